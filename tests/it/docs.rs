//! Holds the documentation to the code.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_reference_is_what_the_tables_say() {
    assert_eq!(
        read("docs/reference.md"),
        wharf::kinds::reference::reference(),
        "run `cargo xtask docs`"
    );
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let link = regex::Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    for document in walkdir::WalkDir::new(root.join("docs"))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .chain([root.join("README.md")])
    {
        if document.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        for found in link.captures_iter(&fs::read_to_string(&document).unwrap()) {
            let target = document.parent().unwrap().join(&found[1]);
            assert!(target.exists(), "{} links to {}", document.display(), &found[1]);
        }
    }
}
