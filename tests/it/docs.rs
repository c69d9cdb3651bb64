//! Holds the documentation to the code.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use wharf::cli::arguments::Arguments;

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

#[test]
fn every_command_and_option_is_in_the_list() {
    let text = read("docs/commands.md");
    // As a whole, not as the beginning of a longer one.
    let is_listed = |name: &str| {
        let whole = format!("`{}[`= ]", regex::escape(name));
        regex::Regex::new(&whole).unwrap().is_match(&text)
    };
    let mut missing = Vec::new();
    let mut commands = vec![(String::new(), Arguments::command())];
    while let Some((path, command)) = commands.pop() {
        let arguments = command.get_arguments().filter(|it| !it.is_hide_set());
        let options = arguments.flat_map(|argument| {
            let long = argument.get_long().map(|long| format!("--{long}"));
            long.into_iter()
                .chain(argument.get_short().map(|short| format!("-{short}")))
        });
        missing.extend(
            options
                .filter(|option| !is_listed(option))
                .map(|option| format!("{path} {option}")),
        );
        for inner in command.get_subcommands().filter(|it| !it.is_hide_set()) {
            let path = format!("{path} {}", inner.get_name()).trim().to_owned();
            if !is_listed(&path) {
                missing.push(path.clone());
            }
            commands.push((path, inner.clone()));
        }
    }
    assert!(missing.is_empty(), "docs/commands.md lacks {missing:?}");
}

#[test]
fn what_an_example_is_called_with_it_declares() {
    let option = regex::Regex::new(r"(?:--var '?|WHARF_VAR_)(\w+)=").unwrap();
    let file = regex::Regex::new(r"wharf \w+ +(\S+)").unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hcl") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for line in text
            .lines()
            .filter(|line| line.starts_with("#   ") && line.contains("wharf "))
        {
            seen += 1;
            assert_eq!(
                file.captures(line).unwrap()[1],
                format!("examples/{name}"),
                "{line}"
            );
            for found in option.captures_iter(line) {
                let declared = format!("variable \"{}\" {{", &found[1]);
                assert!(
                    text.contains(&declared),
                    "{name} has no {declared}, but says {line}"
                );
            }
        }
    }
    assert!(seen > 5, "{seen} lines");
}
