//! The corpus, whose results another tool gave, and what must hold for any text.

mod meaning;
mod properties;

use std::fmt::Write;

use proptest::prelude::*;

use super::lexer::{self, Kind, Token};
use super::{format, is_open, rewrite};

/// One text before and after on each line.
const CORPUS: [&str; 2] = [
    include_str!("../../../tests/corpus/fmt/by_hand.jsonl"),
    include_str!("../../../tests/corpus/fmt/generated.jsonl"),
];

fn corpus() -> Vec<(String, String)> {
    CORPUS
        .iter()
        .flat_map(|file| file.lines())
        .map(|line| {
            let pair: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| pair[name].as_str().unwrap().to_owned();
            (text("in"), text("out"))
        })
        .collect()
}

#[test]
fn the_corpus_is_formatted_byte_for_byte() {
    let mut wrong = String::new();
    let pairs = corpus();
    for (text, expected) in &pairs {
        let formatted = format(text);
        if formatted.as_ref() != Some(expected) {
            let _ = write!(
                wrong,
                "--- text\n{text}--- expected\n{expected}--- formatted\n{formatted:?}\n"
            );
        }
    }
    assert!(pairs.len() > 400, "{}", pairs.len());
    assert_eq!(wrong, "");
}

#[test]
fn formatted_text_stays_as_it_is() {
    for (_, formatted) in corpus() {
        let (tokens, _) = lexer::tokens(&formatted).unwrap();
        // Of `"${"${x}"}"` one layer goes at a time.
        if rewrite::rewritten(&tokens) == tokens {
            assert_eq!(format(&formatted).as_deref(), Some(formatted.as_str()));
        }
    }
}

/// The meaning is in the tokens and their order: nothing but what is rewritten on purpose may differ.
#[test]
fn the_same_tokens_come_out_in_the_same_order() {
    for (text, formatted) in corpus() {
        let text = text.trim_start_matches('\u{feff}');
        let (before, _) = lexer::tokens(text).unwrap();
        let (after, _) = lexer::tokens(&formatted).unwrap();
        assert_eq!(rewrite::rewritten(&before), after, "{text}");
    }
}

/// What is rewritten on purpose stays a configuration, and what was one before does too.
#[test]
fn what_the_parser_takes_it_still_takes() {
    for (text, formatted) in corpus() {
        let text = text.trim_start_matches('\u{feff}');
        if hcl_edit::parser::parse_body(text).is_ok() {
            assert!(hcl_edit::parser::parse_body(&formatted).is_ok(), "{formatted}");
        }
    }
}

/// Puts more spaces where there may be any: between tokens, outside of literal text.
fn with_spaces(text: &str, spaces: &[usize]) -> String {
    let (tokens, _) = lexer::tokens(text).unwrap();
    let mut wider = String::new();
    let mut at = 0;
    for (number, token) in tokens.iter().enumerate() {
        let start = token.text.as_ptr().addr() - text.as_ptr().addr();
        wider += &text[at..start];
        let may = |before: Option<&Token<'_>>| {
            let inside = |kind| matches!(kind, Kind::Text | Kind::OpenQuote | Kind::OpenHeredoc);
            let within = before.is_some_and(|before| inside(before.kind))
                || matches!(
                    token.kind,
                    Kind::Text | Kind::CloseQuote | Kind::CloseHeredoc | Kind::Newline
                );
            let empties = token.kind == Kind::OpenSequence
                && before.is_some_and(|before| before.kind == Kind::CloseSequence);
            !within && !empties
        };
        let before = number.checked_sub(1).map(|before| &tokens[before]);
        if may(before) {
            wider += &" ".repeat(spaces[number % spaces.len()]);
        }
        wider += token.text;
        at = start + token.text.len();
    }
    wider + &text[at..]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn spaces_make_no_difference(which in any::<prop::sample::Index>(), spaces in prop::collection::vec(0..4_usize, 1..30)) {
        let corpus = corpus();
        let (text, formatted) = which.get(&corpus);
        let text = text.trim_start_matches('\u{feff}');
        prop_assert_eq!(format(&with_spaces(text, &spaces)), Some(formatted.clone()));
    }

    #[test]
    fn no_text_is_too_odd(text in "([a-z =\"{}$%~\\[\\]()<>\n\r\t#/*.,:?!-]|<<EOT\n|EOT\n|\\$\\{|é|\u{feff}){0,60}") {
        let _ = is_open(&text);
        if let Some(formatted) = format(&text) {
            // Nothing but spaces, quotes and brackets comes and goes.
            let kept = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert!(formatted.len() >= kept(&text).len());
        }
    }
}

#[test]
fn brackets_and_heredocs_stay_open() {
    for text in ["[1,", "f(\n1", "{ a = \"}\"", "<<EOT\nx", "<<EOT", "\"${[\" # ["] {
        let expected = !text.starts_with('"');
        assert_eq!(is_open(text), expected, "{text}");
    }
    assert!(!is_open("[1] # ["));
    assert!(!is_open("<<EOT\nx\nEOT"));
    assert!(!is_open("\"a"));
}
