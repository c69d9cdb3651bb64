//! Holds the code to `docs/architecture.md`: who may import whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Imports that no table has to allow.
const FREE: &[&str] = &["address", "diagnostic"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads the table: module → what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let section = text
        .split("## Who may import whom")
        .nth(1)
        .expect("the section is there");
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|');
            let names = |cell: &str| {
                cell.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let module = names(cells.next().unwrap()).remove(0);
            (
                module,
                cells.next().map(names).unwrap_or_default().into_iter().collect(),
            )
        })
        .collect()
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the files of a module with their code: comments and what stands in `#[cfg(test)]` modules do not count.
fn code_of(module: &str) -> Vec<(PathBuf, String)> {
    let source = root().join("src");
    let mut files = vec![source.join(format!("{module}.rs"))];
    if source.join(module).is_dir() {
        files.extend(rust_files(&source.join(module)));
    }
    files
        .into_iter()
        .filter(|path| path.is_file() && !path.components().any(|part| part.as_os_str() == "tests"))
        .filter(|path| {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            stem != "tests" && !stem.ends_with("_tests")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = without_tests(&text);
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>();
            (path, code.join("\n"))
        })
        .collect()
}

/// Takes the bodies of `#[cfg(test)] mod x { … }` out of a file; what stands below `#[cfg(test)] mod x;` is code.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        code.push_str(line);
        code.push('\n');
        if line == "#[cfg(test)]" {
            let next = lines.next().unwrap_or_default();
            let is_body = next.starts_with("mod ") && next.ends_with('{');
            if is_body {
                assert!(lines.any(|line| line == "}"), "the body of `{next}` has no end");
            } else {
                code.push_str(next);
                code.push('\n');
            }
        }
    }
    code
}

#[test]
fn what_stood_below_the_declaration_of_a_test_module_was_not_looked_at() {
    let text = "#[cfg(test)]\nmod a;\nuse crate::b::B;\n#[cfg(test)]\nmod c {\n    use crate::d::D;\n}\nuse crate::e::E;\n";
    let expected = ["b", "e"].map(str::to_owned);
    assert_eq!(
        named_after(&without_tests(text), "crate::"),
        BTreeSet::from(expected)
    );
    assert!(code_of("plan").iter().all(|(path, code)| {
        code.contains("use ") || fs::read_to_string(path).unwrap().lines().count() < 40
    }));
}

/// Finds the words that follow a prefix such as `crate::`, also in `use crate::{a, b}`.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => {
                names.insert(rest.chars().take_while(|c| is_word(*c)).collect());
            }
            Some(group) => {
                let mut depth = 0_i32;
                let mut word = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            names.insert(std::mem::take(&mut word));
                        }
                        _ if depth == 0 => word.push(c),
                        _ => {}
                    }
                }
                names.insert(word);
            }
        }
    }
    names
        .into_iter()
        .map(|name| {
            name.trim()
                .chars()
                .take_while(|c| is_word(*c))
                .collect::<String>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let table = table();
    assert!(table.len() >= 13, "the table was not found: {table:?}");
    let mut wrong = Vec::new();
    for (module, allowed) in &table {
        if module == "cli" {
            continue;
        }
        for (path, code) in code_of(module) {
            let imported = named_after(&code, "crate::");
            let state = code.contains("wharf_state::").then(|| "wharf_state".to_owned());
            for import in imported.into_iter().chain(state) {
                let known = table.contains_key(&import) || import == "wharf_state";
                if known
                    && import != *module
                    && !FREE.contains(&import.as_str())
                    && !allowed.contains(&import)
                {
                    wrong.push(format!(
                        "{} imports `{import}`",
                        path.strip_prefix(root()).unwrap().display()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not allowed by docs/architecture.md:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_module_stands_in_the_table() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared: BTreeSet<_> = text
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.trim_end_matches(';').to_owned()))
        .collect();
    assert_eq!(declared, table().into_keys().collect());
}

#[test]
fn only_the_engine_names_its_client_libraries() {
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let relative = path.strip_prefix(root().join("src")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for library in ["bollard::", "hyper::", "hyper_util::", "http_body_util::"] {
            if code.contains(library) && !relative.starts_with("engine") {
                wrong.push(format!("{} names {library}", relative.display()));
            }
        }
        if relative.starts_with("plan") && code.contains("tokio::") {
            wrong.push(format!("{} names tokio", relative.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn kinds_do_not_know_each_other() {
    let kinds = root().join("src/kinds");
    let folders: Vec<_> = wharf::kinds::KINDS.iter().map(|kind| kind.name()).collect();
    let mut wrong = Vec::new();
    for folder in &folders {
        for path in rust_files(&kinds.join(folder)) {
            let code = fs::read_to_string(&path).unwrap();
            for other in folders.iter().filter(|other| *other != folder) {
                if code.contains(&format!("kinds::{other}::"))
                    || code.contains(&format!("super::super::{other}::"))
                {
                    wrong.push(format!("{folder} imports {other}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
