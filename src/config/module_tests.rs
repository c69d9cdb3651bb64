//! Modules on the disk → what is loaded, or what is wrong with the calls.

use super::tests::compact;
use super::*;

const KINDS: KindNames<'static> = KindNames {
    managed: &["container", "volume"],
    data: &[],
    is_block: |_, _| false,
};

/// Writes files into a directory and loads it; problems are told with paths relative to it.
fn loaded(files: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let told =
        |problems: &Diagnostics| compact(problems).replace(&format!("{}/", directory.path().display()), "");
    match load(directory.path(), KINDS) {
        Ok(config) if config.problems.has_errors() => Err(told(&config.problems)),
        Ok(config) => Ok(config),
        Err(problems) => Err(told(&problems)),
    }
}

fn call(name: &str, source: &str) -> String {
    format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n")
}

#[test]
fn a_module_is_read_once_however_often_it_is_called() {
    let config = loaded(&[
        (
            "main.hcl",
            &[call("a", "./a"), call("b", "./x/../a"), call("c", "./c")].concat(),
        ),
        ("a/one.hcl", "volume \"x\" {}\n"),
        ("a/two.hcl", &call("deep", "./deep")),
        ("a/deep/main.hcl", "volume \"y\" {}\n"),
        ("c/main.hcl", &call("a", "../a")),
    ])
    .unwrap();
    let dirs: Vec<String> = config
        .modules
        .iter()
        .map(|it| it.dir.display().to_string())
        .collect();
    assert_eq!(dirs, [".", "a", "c", "a/deep"]);
    let called: Vec<_> = config.root().calls.values().map(|call| call.module).collect();
    assert_eq!(called, [Some(1), Some(1), Some(2)]);
    assert_eq!(config.modules[2].calls["a"].module, Some(1));

    let again = parse(config.files(), config.root_dir, "x".to_owned(), KINDS).unwrap();
    let again: Vec<String> = again
        .modules
        .iter()
        .map(|it| it.dir.display().to_string())
        .collect();
    assert_eq!(again, dirs);
}

#[test]
fn calls_that_lead_nowhere_are_all_reported() {
    let problems = loaded(&[
        (
            "main.hcl",
            &[
                call("a", "./modules/ap"),
                call("b", "modules/app"),
                call("c", "registry.example/x/y"),
                call("d", "./main.hcl"),
                call("e", "./empty"),
                "module \"f\" {\n  source  = var.x\n  version = \"1\"\n  engines = {}\n}\n".to_owned(),
                "module \"g\" {\n  port {}\n}\n".to_owned(),
            ]
            .concat(),
        ),
        (
            "modules/app/main.hcl",
            "engine {}\nwharf {\n  project = \"x\"\n}\n",
        ),
        ("empty/README", ""),
    ]);
    insta::assert_snapshot!(problems.unwrap_err());
}

#[test]
fn only_the_version_may_be_told_by_a_module_that_is_called() {
    let problems = loaded(&[
        ("main.hcl", &[call("a", "./a"), call("b", "./b")].concat()),
        ("a/main.hcl", "wharf {\n  required_version = \">= 0.1\"\n}\n"),
        ("b/main.hcl", "wharf {\n  project = \"x\"\n}\nengine {}\n"),
    ])
    .unwrap_err();
    assert_eq!(
        problems.matches("belongs to the root module").count(),
        2,
        "{problems}"
    );
    assert!(!problems.contains("a/main.hcl"), "{problems}");
}

#[test]
fn a_module_that_contains_itself_is_refused() {
    let problems = loaded(&[
        ("main.hcl", &[call("a", "./a"), call("me", "./")].concat()),
        ("a/main.hcl", &call("b", "../b")),
        ("b/main.hcl", &call("a", "../a")),
    ]);
    insta::assert_snapshot!(problems.unwrap_err());
}

#[test]
fn syntax_errors_of_all_modules_are_told_together() {
    let problems = loaded(&[
        ("main.hcl", &call("a", "./a")),
        ("other.hcl", "volume \"x\" {\n"),
        ("a/main.hcl", "volume \"x\" {\n  name = \n}\n"),
    ])
    .unwrap_err();
    assert!(
        problems.contains("at other.hcl:") && problems.contains("at a/main.hcl:"),
        "{problems}"
    );
}
