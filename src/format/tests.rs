//! The corpus, whose results another tool gave, and what must hold for any text.

use std::fmt::Write;

use hcl_edit::expr::{Array, Expression, Object, ObjectValueAssignment, ObjectValueTerminator};
use hcl_edit::structure::{Block, BlockLabel, Body};
use hcl_edit::template::{Element, ForDirective, IfDirective};
use hcl_edit::visit_mut::{self, VisitMut};
use proptest::prelude::*;

use super::lexer::{self, Kind, Token};
use super::{format, is_open, rewrite};

/// One text before and after on each line.
const CORPUS: [&str; 2] = [
    include_str!("../../tests/corpus/fmt/by_hand.jsonl"),
    include_str!("../../tests/corpus/fmt/generated.jsonl"),
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

#[test]
fn formatting_changes_no_meaning() {
    let mut compared = 0;
    for (text, formatted) in corpus() {
        let text = text.trim_start_matches('\u{feff}');
        // The parser refuses objects that have a key twice, which are of no interest here.
        if let (Ok(mut before), Ok(mut after)) = (
            hcl_edit::parser::parse_body(text),
            hcl_edit::parser::parse_body(&formatted),
        ) {
            Meaning.visit_body_mut(&mut before);
            Meaning.visit_body_mut(&mut after);
            assert_eq!(before, after, "{text}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}

/// Takes out of a tree what stands for nothing, and what is rewritten on purpose.
struct Meaning;

impl VisitMut for Meaning {
    fn visit_body_mut(&mut self, body: &mut Body) {
        visit_mut::visit_body_mut(self, body);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        for label in &mut block.labels {
            *label = BlockLabel::String(label.as_str().to_owned().into());
        }
        if block.ident.as_str() == "variable" {
            block.body.remove_attribute("type");
        }
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_attr_mut(&mut self, mut attribute: hcl_edit::structure::AttributeMut<'_>) {
        let value = std::mem::replace(attribute.value_mut(), Expression::from(true));
        *attribute.value_mut() = bare(value);
        visit_mut::visit_attr_mut(self, attribute);
    }

    fn visit_if_directive_mut(&mut self, branch: &mut IfDirective) {
        branch.if_expr.set_preamble("");
        if let Some(other) = &mut branch.else_expr {
            other.set_preamble("");
            other.set_trailing("");
        }
        branch.endif_expr.set_preamble("");
        branch.endif_expr.set_trailing("");
        visit_mut::visit_if_directive_mut(self, branch);
    }

    fn visit_for_directive_mut(&mut self, each: &mut ForDirective) {
        each.for_expr.set_preamble("");
        each.endfor_expr.set_preamble("");
        each.endfor_expr.set_trailing("");
        visit_mut::visit_for_directive_mut(self, each);
    }

    fn visit_array_mut(&mut self, array: &mut Array) {
        array.set_trailing("");
        array.set_trailing_comma(false);
        visit_mut::visit_array_mut(self, array);
    }

    fn visit_object_mut(&mut self, object: &mut Object) {
        object.set_trailing("");
        for (_, value) in object.iter_mut() {
            value.set_terminator(ObjectValueTerminator::None);
            value.set_assignment(ObjectValueAssignment::Equals);
        }
        visit_mut::visit_object_mut(self, object);
    }
}

/// Returns what stands in brackets and in a lone `"${…}"`.
fn bare(expression: Expression) -> Expression {
    match expression {
        Expression::Parenthesis(inner) => bare(inner.into_inner()),
        Expression::StringTemplate(template) => match template.iter().collect::<Vec<_>>().as_slice() {
            [Element::Interpolation(interpolation)] => bare(interpolation.expr.clone()),
            _ => Expression::StringTemplate(template),
        },
        other => other,
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
            !before.is_some_and(|before| inside(before.kind))
                && !matches!(
                    token.kind,
                    Kind::Text | Kind::CloseQuote | Kind::CloseHeredoc | Kind::Newline
                )
                && !(token.kind == Kind::OpenSequence
                    && before.is_some_and(|b| b.kind == Kind::CloseSequence))
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
