use insta::assert_snapshot;

use super::*;
use crate::diagnostic::{Source, Span};

const LOOK: Look = Look {
    width: 80,
    paint: Paint::PLAIN,
};

fn span(source: &std::sync::Arc<Source>, words: &str) -> Span {
    let start = source.text.find(words).unwrap();
    Span::new(source, start..start + words.len())
}

fn unknown_attribute() -> Diagnostic {
    let source = Source::new("web.hcl", "container \"web\" {\n  imag = \"bb:1\"\n}\n");
    Diagnostic::error("Unknown attribute")
        .detail("A container has no attribute `imag`.")
        .at(span(&source, "imag"), "not an attribute")
        .help("Did you mean `image`?")
}

#[test]
fn points_at_the_place() {
    assert_snapshot!(report(&unknown_attribute().into(), LOOK), @r#"
     Error: Unknown attribute
     ╰─▶ A container has no attribute `imag`.
      ╭─[web.hcl:2:3]
    1 │ container "web" {
    2 │   imag = "bb:1"
      ·   ──┬─
      ·     ╰── not an attribute
    3 │ }
      ╰────
     help: Did you mean `image`?
    "#);
}

#[test]
fn shows_places_in_the_same_and_in_other_files() {
    let here = Source::new("a.hcl", "volume \"data\" {}\nvolume \"data\" {}\n");
    let there = Source::new("b.hcl", "volume \"data\" {\n}\n");
    let diagnostic = Diagnostic::error("Duplicate address")
        .at(Span::new(&here, 17..30), "declared again here")
        .related(Span::new(&here, 0..13), "declared here")
        .related(span(&there, "volume \"data\""), "and here");
    assert_snapshot!(report(&diagnostic.into(), LOOK), @r#"
     Error: Duplicate address
      ╭─[a.hcl:2:1]
    1 │ volume "data" {}
      · ──────┬──────
      ·       ╰── declared here
    2 │ volume "data" {}
      · ──────┬──────
      ·       ╰── declared again here
      ╰────
     See also: b.hcl:1:1
      ╭─[b.hcl:1:1]
    1 │ volume "data" {
      · ──────┬──────
      ·       ╰── and here
    2 │ }
      ╰────
    "#);
}

#[test]
fn warnings_come_first_and_all_are_counted() {
    let problems = Diagnostics(vec![
        Diagnostic::error("No engine").detail("Nothing answers at `unix:///x`."),
        Diagnostic::warning("Unused variable"),
        Diagnostic::error("No engine").detail("Nothing answers at `unix:///x`."),
        Diagnostic::error("No image"),
    ]);
    assert_snapshot!(report(&problems, LOOK), @r"
      Warning: Unused variable

      Error: No engine
      ╰─▶ Nothing answers at `unix:///x`.

      Error: No image

    2 errors, 1 warning
    ");
}

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let source = Source::new("a\x1b[2J.hcl", "x = \"\u{202e}evil\x1b[31m\" + imag\n");
    let diagnostic = Diagnostic::error("Bad\x1b]0;x\x07")
        .detail("engine says:\r\n\x1b[1mhello")
        .at(span(&source, "imag"), "he\u{200b}re")
        .help("try\x1b[0m");
    let text = report(&diagnostic.clone().into(), LOOK);
    assert!(!text.contains(['\x1b', '\x07', '\r', '\u{202e}', '\u{200b}']));
    assert_snapshot!(text, @r#"
     Error: Bad\x1b]0;x\x07
     ╰─▶ engine says:
         \x1b[1mhello
      ╭─[a\x1b[2J.hcl:1:20]
    1 │ x = "\u{202e}evil\x1b[31m" + imag
      ·                              ──┬─
      ·                                ╰── he\u{200b}re
      ╰────
     help: try\x1b[0m
    "#);
    assert!(!line(&diagnostic).contains(['\x1b', '\n']));
}

#[test]
fn fits_on_one_line() {
    assert_snapshot!(line(&unknown_attribute()), @"error: web.hcl:2:3: Unknown attribute: A container has no attribute `imag`. Did you mean `image`?");
}

#[test]
fn colours_only_where_asked() {
    let coloured = report(
        &unknown_attribute().into(),
        Look {
            paint: Paint::new(true),
            ..LOOK
        },
    );
    assert!(coloured.contains("\x1b["));
    assert!(!report(&unknown_attribute().into(), LOOK).contains('\x1b'));
}

#[test]
fn a_line_of_any_length_is_cut_to_what_the_label_points_at() {
    let source = Source::new("long.hcl", format!("a = \n  [{}x]\nb = 1\n", "(".repeat(100_000)));
    let diagnostic = Diagnostic::error("Unclosed bracket").at(span(&source, "x"), "never closed");
    let text = report(&diagnostic.into(), LOOK);
    assert!(text.contains("[long.hcl:2:100004]"), "{text}");
    assert!(text.contains("2 │ …((("), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 400), "{text}");
}

#[test]
fn thousands_of_problems_are_drawn_in_time_linear_in_their_number() {
    let line = "attribute = 1\n";
    let source = Source::new("many.hcl", line.repeat(5_000));
    let problem = |at: usize| {
        Diagnostic::error("Unknown attribute")
            .at(Span::new(&source, at * line.len()..at * line.len() + 9), "here")
    };
    let problems = crate::diagnostic::Diagnostics((0..5_000).map(problem).collect());
    let begun = std::time::Instant::now();
    let text = report(&problems, LOOK);
    assert!(text.contains("[many.hcl:5000:1]"));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
