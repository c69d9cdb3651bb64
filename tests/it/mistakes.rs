//! What is said of the mistakes that people make: one snapshot to be read from top to bottom.

use std::fmt::Write;

use crate::world::World;

/// Configurations with one mistake each, under a line that begins with `### ` and names it.
const MISTAKES: &str = include_str!("../corpus/mistakes.txt");

#[test]
fn every_mistake_is_pointed_at_and_explained() {
    let world = World::new("mistakes");
    let mut all = String::new();
    let mut count = 0;
    for mistake in MISTAKES.split("### ").skip(1) {
        let (name, text) = mistake.split_once('\n').expect("a line names the mistake");
        world.write("main.hcl", text);
        let ran = world.wharf(&["validate"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("main.hcl:"), "{name}: {}", ran.stderr);
        assert!(
            !ran.stderr.contains("hush"),
            "{name} tells a secret: {}",
            ran.stderr
        );
        let _ = write!(all, "### {name}\n\n{}\n", ran.stderr);
        count += 1;
    }
    assert!(count >= 40, "{count}");
    insta::assert_snapshot!(all);
}
