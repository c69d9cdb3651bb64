//! `moved` blocks as literals → what has which address now.

use std::collections::BTreeSet;

use super::tests::config;
use super::*;

fn moved(text: &str, known: &[&str]) -> String {
    let moves = Moves::new(&config(text));
    let known: BTreeSet<Address> = known.iter().map(|address| address.parse().unwrap()).collect();
    let (renamed, warnings) = moves.all(&known);
    let renamed: Vec<String> = renamed
        .iter()
        .map(|(old, new)| format!("{old} -> {new}"))
        .collect();
    let warnings = warnings.0.iter().map(|warning| warning.detail.clone());
    renamed.into_iter().chain(warnings).collect::<Vec<_>>().join("\n")
}

#[test]
fn moves_follow_blocks_instances_and_chains() {
    let blocks = "moved {\n from = container.a\n to = container.b\n}\nmoved {\n from = container.b\n to = container.c\n}\n";
    assert_eq!(
        moved(blocks, &["container.a[0]", "container.a[1]", "container.x"]),
        "container.a[0] -> container.c[0]\ncontainer.a[1] -> container.c[1]"
    );
    let instances = "moved {\n from = volume.a[0]\n to = volume.a[\"x\"]\n}\nmoved {\n from = volume.b\n to = volume.b[2]\n}\n";
    assert_eq!(
        moved(instances, &["volume.a[0]", "volume.a[1]", "volume.b"]),
        "volume.a[0] -> volume.a[\"x\"]\nvolume.b -> volume.b[2]"
    );
    let modules = "moved {\n from = module.a\n to = module.b[0]\n}\nmoved {\n from = container.x\n to = module.c.container.y\n}\n";
    assert_eq!(
        moved(modules, &["module.a.module.q[1].volume.v", "container.x"]),
        "container.x -> module.c.container.y\nmodule.a.module.q[1].volume.v -> module.b[0].module.q[1].volume.v"
    );
}

#[test]
fn gaining_and_losing_count_keeps_the_first_instance() {
    let count = "volume \"a\" {\n count = 2\n}\n";
    assert_eq!(moved(count, &["volume.a"]), "volume.a -> volume.a[0]");
    assert_eq!(moved(count, &["volume.a", "volume.a[0]"]), "");
    let single = "volume \"a\" {}\n";
    assert_eq!(
        moved(single, &["volume.a[0]", "volume.a[1]"]),
        "volume.a[0] -> volume.a"
    );
}

#[test]
fn a_move_onto_something_that_is_there_is_left_undone() {
    let text = "moved {\n from = volume.a\n to = volume.b\n}\n";
    assert_eq!(
        moved(text, &["volume.a", "volume.b"]),
        "`volume.a` should become `volume.b`, but there is such an object already. It stays what it was."
    );
    let swap = "moved {\n from = volume.b\n to = volume.c\n}\nmoved {\n from = volume.a\n to = volume.b\n}\n";
    assert_eq!(
        moved(swap, &["volume.a", "volume.b"]),
        "volume.b -> volume.c\n`volume.a` should become `volume.b`, but there is such an object already. It stays what it was."
    );
}
