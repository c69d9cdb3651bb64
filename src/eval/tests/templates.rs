//! Heredocs and template files, with what Terraform 1.11.4 makes of them.

use super::{Names, eval, eval_in};
use crate::eval::Files;
use crate::value::Value;

fn heredoc(body: &str) -> String {
    let text = format!("[<<{body}\n]");
    let value = eval(&text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    value.as_elements().unwrap()[0].as_str().unwrap().to_owned()
}

#[test]
fn flush_heredocs_lose_their_common_indentation() {
    let cases = [
        ("-E\n    one\n      two\n    three\n  E", "one\n  two\nthree\n"),
        (
            "-E\n    %{ for x in [\"a\", \"b\"] }\n      item ${x}\n    %{ endfor }\n    end\n  E",
            "\n  item a\n\n  item b\n\nend\n",
        ),
        (
            "-E\n    %{ for x in [\"a\", \"b\"] ~}\n      item ${x}\n    %{ endfor ~}\n    end\n  E",
            "      item a\n      item b\n    end\n",
        ),
        ("-E\n${\"a\"} zero\n    four\n  E", "a zero\n    four\n"),
        (
            "-E\n    ${\"a\"} four\n      six\n\n    blank above\n  E",
            "a four\n  six\n\nblank above\n",
        ),
        ("-E\n    a $${x} %%{y} \\n\n  E", "a ${x} %{y} \\n\n"),
        ("-E\n    a\n  \n    b\n  E", "a\n  \nb\n"),
        ("-E\n    a\n\ttab\n    b\n  E", "   a\ntab\n   b\n"),
        (
            "-E\n    %{ if true }yes%{ else }no%{ endif }\n    %{~ if true }\n      x\n    %{~ endif }\n  E",
            "    yes\n\n      x\n\n",
        ),
        (
            "-E\n      a ${\"a\"}\n    ${\"b\"}\n     c\n  E",
            "  a a\nb\n c\n",
        ),
        ("-E\n    a\n   ${1}\n  E", " a\n1\n"),
        ("-E\n\n    a\n\n  E", "\na\n\n"),
    ];
    for (body, expected) in cases {
        assert_eq!(heredoc(body), expected, "{body}");
    }
}

#[test]
fn strip_markers_take_the_white_space_of_one_token() {
    assert_eq!(heredoc("E\n  a\n    ${~ \"a\" ~}\n  b\nE"), "  a\na  b\n");
    assert_eq!(heredoc("E\na\n${~ \"a\" ~}\n\n  b\nE"), "aa\n  b\n");
    assert_eq!(heredoc("E\nE"), "");
}

#[test]
fn escapes_inside_directives_of_quoted_templates_are_resolved() {
    let value = eval("\"%{ if true }\\n  a\\t\\\"x\\\"\\n%{~ endif }é\"").unwrap();
    assert_eq!(value.as_str(), Some("\n  a\t\"x\"é"));
}

#[test]
fn text_is_normalised_when_joined() {
    assert_eq!(
        eval("\"e${\"\\u0301\"}\" == \"é\"").unwrap().as_bool(),
        Some(true)
    );
}

#[test]
fn a_heredoc_of_one_interpolation_is_text() {
    assert_eq!(heredoc("E\n${1}\nE"), "1\n");
}

fn project() -> (tempfile::TempDir, Names) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("sub")).unwrap();
    for (name, text) in [
        (
            "hello.tpl",
            "\u{feff}Hello ${name}!%{ for p in ports } ${p}%{ endfor }",
        ),
        ("list.tpl", "${ports}"),
        ("again.tpl", "${templatefile(\"hello.tpl\", {})}"),
        ("sub/a.txt", "a"),
        ("sub/b.md", "b"),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let names = Names {
        files: Some(Files::below(directory.path())),
        ..Names::new()
    };
    (directory, names)
}

#[test]
fn template_files_see_only_their_variables() {
    let (_directory, names) = project();
    let value = eval_in(
        "templatefile(\"hello.tpl\", {name = \"x\", ports = [1, 2]})",
        &names,
    )
    .unwrap();
    assert_eq!(value.as_str(), Some("Hello x! 1 2"));
    let list = eval_in("templatefile(\"list.tpl\", {ports = [1]})", &names).unwrap();
    assert_eq!(list.as_elements().unwrap().len(), 1);
    let problems = eval_in("templatefile(\"hello.tpl\", {nmae = \"x\", ports = []})", &names).unwrap_err();
    assert_eq!(problems.0[0].help, "Did you mean `nmae`?");
    assert!(eval_in("templatefile(\"again.tpl\", {})", &names).is_err());
    let secret = eval_in("templatefile(\"hello.tpl\", {name = secret, ports = []})", &names).unwrap();
    assert!(secret.sensitive);
}

#[test]
fn files_below_the_root_can_be_read_and_no_others() {
    let (_directory, names) = project();
    assert_eq!(
        eval_in("file(\"sub/a.txt\")", &names).unwrap().as_str(),
        Some("a")
    );
    assert_eq!(
        eval_in("fileexists(\"sub/none\")", &names).unwrap().as_bool(),
        Some(false)
    );
    let set = eval_in("join(\",\", fileset(\".\", \"**/*.{txt,md}\"))", &names).unwrap();
    assert_eq!(set.as_str(), Some("sub/a.txt,sub/b.md"));
    for text in [
        "file(\"../x\")",
        "file(\"/etc/hostname\")",
        "file(\"sub/../../x\")",
        "file(\"none\")",
    ] {
        assert!(eval_in(text, &names).is_err(), "{text}");
    }
    let hash = eval_in("filesha256(\"sub/a.txt\") == sha256(\"a\")", &names).unwrap();
    assert_eq!(hash.as_bool(), Some(true));
}

#[test]
fn directories_hash_and_pack_the_same_whatever_their_times() {
    let (first, names) = project();
    let (_second, others) = project();
    std::fs::File::open(first.path().join("sub/a.txt"))
        .and_then(|file| file.set_modified(std::time::UNIX_EPOCH))
        .unwrap();
    for text in [
        "dirhash(\".\")",
        "archive_base64(\"sub\")",
        "dirhash(\".\", [\"*.md\"])",
    ] {
        let (left, right) = (eval_in(text, &names).unwrap(), eval_in(text, &others).unwrap());
        assert_eq!(left, right, "{text}");
    }
    let plain = eval_in("archive_base64(\"sub\", [])", &names).unwrap();
    let replaced = "archive_base64(\"sub\", [], { \"a.txt\" = \"a\" })";
    assert_eq!(
        plain,
        eval_in(replaced, &names).unwrap(),
        "the same text from another place is the same archive"
    );
    assert_ne!(
        plain,
        eval_in("archive_base64(\"sub\", [], { \"b\" = \"a\" })", &names).unwrap()
    );
    for wrong in ["\"*.md\"", "[], [\"a\"]", "[], { \"../b\" = \"a\" }", "[], {}, 1"] {
        assert!(
            eval_in(&format!("archive_base64(\"sub\", {wrong})"), &names).is_err(),
            "{wrong}"
        );
    }
    let all = eval_in("dirhash(\"sub\")", &names).unwrap();
    assert_ne!(all, eval_in("dirhash(\"sub\", [\"*.md\"])", &names).unwrap());
}

/// Names that share what a configuration may use up.
struct Sharing {
    names: Names,
    total: std::sync::Arc<crate::eval::Total>,
}

impl crate::eval::Scope for Sharing {
    fn resolve(
        &self,
        path: &[&str],
        spans: &[crate::diagnostic::Span],
    ) -> Result<(Value, usize), crate::diagnostic::Diagnostic> {
        self.names.resolve(path, spans)
    }

    fn files(&self) -> Option<&Files> {
        self.names.files()
    }

    fn budget(&self) -> crate::eval::Budget {
        crate::eval::Budget::of(&self.total)
    }
}

fn shared(text: &str, scope: &Sharing) -> Result<Value, String> {
    let (expression, source) = super::parse(text).unwrap();
    crate::eval::evaluate(&expression, &source, scope).map_err(|problems| {
        problems
            .0
            .iter()
            .map(|problem| problem.summary.as_str())
            .collect()
    })
}

#[test]
fn the_bytes_of_files_were_read_for_nothing() {
    let (directory, names) = project();
    std::fs::File::create(directory.path().join("big"))
        .and_then(|file| file.set_len(1 << 30))
        .unwrap();
    let scope = Sharing {
        names,
        total: std::sync::Arc::default(),
    };
    // Too large for a text: refused before it is read.
    for call in ["file(\"big\")", "filebase64(\"big\")"] {
        assert_eq!(shared(call, &scope).unwrap_err(), "Invalid function argument");
    }
    let fourteen: Vec<String> = (0..14).map(|_| "can(file(\"big\"))".to_owned()).collect();
    assert!(shared(&format!("[{}]", fourteen.join(", ")), &scope).is_ok());
    for call in [
        "filesha256(\"big\")",
        "try(dirhash(\".\"), 1)",
        "templatefile(\"hello.tpl\", {name = \"x\", ports = []})",
    ] {
        assert_eq!(
            shared(call, &scope).unwrap_err(),
            "Configuration too large",
            "{call}"
        );
    }
}

#[test]
fn a_file_is_hashed_as_it_is() {
    let (directory, names) = project();
    std::fs::write(directory.path().join("bytes"), [0, 255, 10]).unwrap();
    let eval = |text: &str| eval_in(text, &names).unwrap().as_bool();
    assert_eq!(eval("filesha256(\"bytes\") == sha256(\"x\")"), Some(false));
    assert_eq!(eval("filebase64(\"bytes\") == \"AP8K\""), Some(true));
    assert_eq!(
        eval(
            "filesha1(\"sub/a.txt\") == sha1(\"a\") && filemd5(\"sub/a.txt\") == md5(\"a\") && filesha512(\"sub/a.txt\") == sha512(\"a\")"
        ),
        Some(true)
    );
}
