//! Formatting changes the layout of a file and never what it means: the trees are compared, not the tokens.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::meaning::meaning;
use super::{corpus, format};

/// Stands where there may be spaces and comments.
const GAP: char = '\u{1}';
/// Stands where there may be line ends too: between brackets.
const WIDE_GAP: char = '\u{2}';

const GAPS: &[&str] = &["", " ", "   ", "\t", " /* c */ ", " "];
const WIDE_GAPS: &[&str] = &[
    "",
    " ",
    "\n",
    "\n\n   ",
    " // c\n",
    "# c\n\t",
    "/* c\n */",
    " ",
    "\r\n",
];

/// Expressions as text, with gaps where the layout is free.
fn expression() -> impl Strategy<Value = String> {
    let words = select(vec![
        "1",
        "-7",
        "1.50",
        "2e3",
        "true",
        "null",
        "var.a",
        "local.b.c",
        "each.key",
        "x",
        "\"\"",
        "\"a b\"",
        "\"$${a}\"",
        "\"a\\\"\\n\\u00e9\"",
        "\"é\"",
        "var.a[0]",
        "var.a.*.b",
        "var.a[*].b[1]",
        "for-each",
        "var.a.0",
    ]);
    let leaf = words.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        let operator = select(vec!["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"]);
        let strip = || select(vec!["", "~"]);
        prop_oneof![
            (inner.clone(), operator, inner.clone())
                .prop_map(|(a, operator, b)| format!("{a}{GAP}{operator}{GAP}{b}")),
            (select(vec!["-", "!"]), inner.clone()).prop_map(|(sign, a)| format!("{sign}{GAP}{a}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{a}{GAP}?{GAP}{b}{GAP}:{GAP}{c}")),
            inner.clone().prop_map(|a| enclosed('(', &a, ')')),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{GAP}{b}{GAP}]")),
            many.clone()
                .prop_map(|all| enclosed('[', &all.join(&format!("{GAP},{GAP}")), ']')),
            (many.clone(), any::<bool>()).prop_map(|(all, expands)| {
                let dots = if expands && !all.is_empty() { "..." } else { "" };
                format!("f{}", enclosed('(', &(all.join(&format!("{GAP},{GAP}")) + dots), ')'))
            }),
            prop::collection::vec((select(vec!["a", "\"b c\"", "(var.k)", "\"${var.k}\""]), inner.clone(), any::<bool>()), 0..4)
                .prop_map(|items| {
                    let items = items.into_iter().map(|(key, value, ends_line)| {
                        let value = value.replace([GAP, WIDE_GAP], " ");
                        format!("{key}{GAP}={GAP}{value}{GAP}{}", if ends_line { "\n" } else { "," })
                    });
                    format!("{{{GAP}{}{GAP}}}", items.collect::<Vec<_>>().join(&GAP.to_string()))
                }),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(list, value, condition)| {
                enclosed('[', &format!("for{GAP} x in{GAP} {list}{GAP}:{GAP}{value}{GAP} if{GAP} {condition}"), ']')
            }),
            (inner.clone(), inner.clone()).prop_map(|(map, value)| {
                enclosed('{', &format!("for k, v in{GAP} {map}{GAP}:{GAP}k{GAP}=>{GAP}{value}..."), '}')
            }),
            (strip(), inner.clone(), strip(), select(vec!["", " tail", "%%{"])).prop_map(|(open, a, close, tail)| {
                format!("\"${{{open}{}{close}}}{tail}\"", wide(&a))
            }),
            (strip(), inner.clone(), inner).prop_map(|(open, condition, text)| {
                format!("\"%{{{open}{GAP}if{GAP} {condition}{GAP}}}${{{text}}}%{{{GAP}else{GAP}}}b %{{{GAP}endif{GAP}~}}\"")
            }),
        ]
    })
}

/// Puts an expression between brackets, where lines may end.
fn enclosed(open: char, text: &str, close: char) -> String {
    format!("{open}{WIDE_GAP}{}{WIDE_GAP}{close}", wide(text))
}

fn wide(text: &str) -> String {
    text.replace(GAP, &WIDE_GAP.to_string())
}

/// Files: attributes, blocks in blocks, heredocs, comments.
fn file() -> impl Strategy<Value = String> {
    let name = select(vec!["a", "type", "long_name", "x-y"]);
    let heredoc = (
        select(vec!["", "-"]),
        expression(),
        select(vec!["", "    ", "\t"]),
    )
        .prop_map(|(dash, inner, indent)| {
            let inner = inner.replace([GAP, WIDE_GAP], " ").replace('\n', " ");
            format!("<<{dash}EOT\n{indent}  one ${{{inner}}}\n{indent}two\n\n  {indent}EOT")
        });
    let value = prop_oneof![
        6 => expression(),
        1 => heredoc,
        1 => select(vec!["\"list\"", "map", "\"string\"", "list(string)", "\"any\""]).prop_map(str::to_owned),
    ];
    let attribute = (name, value).prop_map(|(name, value)| {
        // Nothing may stand behind the marker that ends a heredoc.
        let end = if value.ends_with("EOT") {
            "".to_owned()
        } else {
            GAP.to_string()
        };
        format!("{GAP}{name}{GAP}={GAP}{value}{end}\n")
    });
    let comment = select(vec!["\n", "# c\n", "  // c\n", "/* c\n   d */\n", "\n\n"]).prop_map(str::to_owned);
    let item = prop_oneof![4 => attribute, 1 => comment];
    item.prop_recursive(3, 16, 5, |inner| {
        let header = select(vec!["variable \"v\"", "variable v", "b", "b \"l\" m", "c\t\"l\""]);
        let body = prop::collection::vec(inner, 0..5);
        (header, body).prop_map(|(header, body)| match body.is_empty() {
            true => format!("{GAP}{header}{GAP}{{{GAP}}}\n"),
            false => format!("{GAP}{header}{GAP} {{{GAP}\n{}{GAP}}}{GAP}\n", body.concat()),
        })
    })
}

/// Fills the gaps of a text.
fn filled(text: &str, choices: &[Index]) -> String {
    let mut choices = choices.iter().cycle();
    let mut filled = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        match (character, choices.next()) {
            (GAP, Some(choice)) => filled.push_str(choice.get::<&str>(GAPS)),
            (WIDE_GAP, Some(choice)) => filled.push_str(choice.get::<&str>(WIDE_GAPS)),
            _ => filled.push(character),
        }
    }
    filled
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_global_rejects: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn formatting_never_changes_what_a_file_means(
        items in prop::collection::vec(file(), 1..4),
        choices in prop::collection::vec(any::<Index>(), 1..64),
    ) {
        let text = filled(&items.concat(), &choices);
        let tree = meaning(&text);
        // What is generated is a configuration, but for a few things: a name in an expression on two lines, say.
        prop_assume!(tree.is_some());
        let formatted = format(&text).unwrap();
        prop_assert_eq!(meaning(&formatted), tree, "{}", formatted);
        let mut last = formatted;
        loop {
            let again = format(&last).unwrap();
            // Of `"${"${x}"}"` one layer goes at a time.
            if !last.contains("\"${") {
                prop_assert_eq!(&again, &last);
            }
            if again == last {
                break;
            }
            prop_assert!(again.len() < last.len(), "{} becomes {}", last, again);
            last = again;
        }
    }
}

/// The comparison itself sees what differs.
#[test]
fn other_values_labels_and_orders_are_other_meanings() {
    let differ = [
        ("a = 1\n", "a = 2\n"),
        ("a = b + c * d\n", "a = (b + c) * d\n"),
        ("a = [b[*].c[0]]\n", "a = [(b[*].c)[0]]\n"),
        ("a = { (b) = 1 }\n", "a = { b = 1 }\n"),
        ("a = \" ${b}\"\n", "a = b\n"),
        (
            "a = \"${b}%{ if c }d%{ endif }\"\n",
            "a = \"${b}%{ if c ~}d%{ endif }\"\n",
        ),
        ("a = <<-EOT\n  b\nEOT\n", "a = <<EOT\n  b\nEOT\n"),
        ("a = <<-EOT\n  b\n  EOT\n", "a = <<-EOT\n   b\n  EOT\n"),
        ("a \"b\" {\n}\n", "a \"c\" {\n}\n"),
        ("a {\n  b = 1\n}\n", "a {\n  b {\n  }\n}\n"),
        ("a = 1\nb = 2\n", "b = 2\na = 1\n"),
        (
            "variable \"a\" {\n  type = \"list\"\n}\n",
            "variable \"a\" {\n  type = list\n}\n",
        ),
    ];
    for (one, other) in differ {
        let trees = (meaning(one), meaning(other));
        assert!(trees.0.is_some() && trees.1.is_some(), "{one}{other}");
        assert_ne!(trees.0, trees.1, "{one}{other}");
    }
    let same = [
        ("a   =   1 # c\n", "a = 1\n"),
        ("a = \"${ b }\"\n", "a = b\n"),
        ("a b {\n}\n", "a \"b\" {\n}\n"),
        ("a = \"%{if b}c%{endif}\"\n", "a = \"%{ if b }c%{ endif }\"\n"),
        (
            "variable \"a\" {\n  type = \"list\"\n}\n",
            "variable \"a\" {\n  type = list(string)\n}\n",
        ),
    ];
    for (one, other) in same {
        assert_eq!(meaning(one), meaning(other), "{one}{other}");
    }
}

#[test]
fn what_the_corpus_means_stays() {
    for (text, formatted) in corpus() {
        assert_eq!(meaning(&text), meaning(&formatted), "{text}");
    }
}
