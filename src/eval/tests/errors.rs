//! The words of errors, with the text that the caret stands under.

use super::eval;

fn told(text: &str) -> String {
    let problems = eval(text).expect_err(text);
    let mut told = String::new();
    for problem in problems {
        let label = problem.label.unwrap();
        let under = &label.span.source.text[label.span.range.clone()];
        told.push_str(&format!(
            "{} | {}\n  `{under}` {}\n",
            problem.summary, problem.detail, label.text
        ));
        if !problem.help.is_empty() {
            told.push_str(&format!("  help: {}\n", problem.help));
        }
    }
    told
}

#[test]
fn all_problems_are_told_in_order() {
    insta::assert_snapshot!(told("[1 + \"x\", nothing.a, !5, upper()]"), @"");
}

#[test]
fn functions_are_suggested() {
    insta::assert_snapshot!(told("uper(\"a\")"), @"");
}

#[test]
fn arguments_are_pointed_at() {
    insta::assert_snapshot!(told("join(\",\", [\"a\", [1]])"), @"");
    insta::assert_snapshot!(told("cidrsubnet(\"10.0.0.0/8\", 8, 300)"), @"");
    insta::assert_snapshot!(told("upper(\"a\", \"b\")"), @"");
    insta::assert_snapshot!(told("lookup({a = 1}, \"b\")"), @"");
    insta::assert_snapshot!(told("max([1, null]...)"), @"");
}

#[test]
fn attributes_are_suggested() {
    insta::assert_snapshot!(told("web.nmae"), @"");
    insta::assert_snapshot!(told("[web].name"), @"");
    insta::assert_snapshot!(told("web.ports[3]"), @"");
    insta::assert_snapshot!(told("tomap({alpha = 1})[\"alhpa\"]"), @"");
}

#[test]
fn conditionals_name_both_types() {
    insta::assert_snapshot!(told("true ? true : 1"), @"");
    insta::assert_snapshot!(told("null ? 1 : 2"), @"");
}

#[test]
fn templates_refuse_null_and_lists() {
    insta::assert_snapshot!(told("\"a ${null} ${[1]}\""), @"");
}

#[test]
fn loops_tell_what_is_wrong() {
    insta::assert_snapshot!(told("[for x in 5: x]"), @"");
    insta::assert_snapshot!(told("{for x in [\"a\", \"a\"]: x => 1}"), @"");
}

#[test]
fn undeclared_names_are_not_caught() {
    assert!(eval("try(nothing.a, 1)").is_err());
    assert!(eval("can(nothing)").is_err());
    assert!(eval("true ? 1 : nothing").is_err());
    assert!(eval("try(web.nothing, 1)").is_ok());
}

#[test]
fn one_mistake_is_told_once() {
    let problems = eval("upper(nothing) + length(nothing)").unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems:?}");
}

#[test]
fn hostile_expressions_end() {
    let doubling = (0..28).fold("\"x\"".to_owned(), |inner, _| {
        format!("[for a in [{inner}]: \"${{a}}${{a}}\"][0]")
    });
    assert!(eval(&doubling).is_err());
    let wide = (0..28).fold("[1]".to_owned(), |inner, _| {
        format!("[for a in [{inner}]: [a, a]][0]")
    });
    assert!(eval(&wide).is_err());
    assert!(eval("[for a in range(1000): [for b in range(1000): [for c in range(1000): c]]]").is_err());
    assert!(eval("format(\"%1000000000d\", 1)").is_err());
}
