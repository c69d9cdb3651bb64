//! What expressions refer to.

use super::parse;
use crate::eval::{Step, references};

fn found(text: &str) -> Vec<String> {
    let (expression, source) = parse(text).unwrap();
    references(&expression, &source)
        .into_iter()
        .map(|reference| {
            let steps: String = reference
                .steps
                .iter()
                .map(|step| match step {
                    Step::Attribute(name) => format!(".{name}"),
                    Step::Index(index) => format!("[{index}]"),
                    Step::Key(key) => format!("[{key:?}]"),
                    Step::Splat => "[*]".to_owned(),
                    Step::Dynamic => "[?]".to_owned(),
                })
                .collect();
            let span = reference.span.range;
            format!("{}|{steps} at {}", reference.path.join("."), &source.text[span])
        })
        .collect()
}

#[test]
fn references_end_where_evaluation_begins() {
    assert_eq!(
        found("[container.web[0].name, volume.data[\"a\"], a.b[local.i].c, x.*.y]"),
        [
            "container.web|[0].name at container.web[0].name",
            "volume.data|[\"a\"] at volume.data[\"a\"]",
            "a.b|[?] at a.b[local.i].c",
            "local.i| at local.i",
            "x|[*].y at x.*.y",
        ]
    );
}

#[test]
fn variables_of_loops_are_no_references() {
    assert_eq!(
        found("[for k, v in var.all: \"${k}${v.x}${var.y}\" if v.z == local.w]"),
        ["var.all| at var.all", "var.y| at var.y", "local.w| at local.w"]
    );
    assert_eq!(
        found("\"%{ for x in var.a }${x}${var.b}%{ endfor }\""),
        ["var.a| at var.a", "var.b| at var.b"]
    );
}

#[test]
fn keys_of_objects_are_words() {
    assert_eq!(
        found("{a = b.c, (d.e) = f(g.h)}"),
        ["b.c| at b.c", "d.e| at d.e", "g.h| at g.h"]
    );
}
