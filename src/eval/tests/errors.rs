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
    insta::assert_snapshot!(told("[1 + \"x\", nothing.a, !5, upper()]"), @r#"
    Invalid operand | This operand does not fit the operator: a number is required, and this string is not one.
      `"x"` a string
    Undefined reference | 
      `nothing` not declared
    Invalid operand | This operand does not fit the operator: a bool is required, not a number.
      `5` a number
    Not enough function arguments | `upper` needs one argument, and `str` is missing.
      `upper` `str` is missing
      help: Call it as upper(str string).
    "#);
}

#[test]
fn functions_are_suggested() {
    insta::assert_snapshot!(told("uper(\"a\")"), @r#"
    Unknown function | There is no function `uper`.
      `uper` no such function
      help: Did you mean `upper`?
    "#);
}

#[test]
fn arguments_are_pointed_at() {
    insta::assert_snapshot!(told("join(\",\", [\"a\", [1]])"), @r#"
    Invalid function argument | `lists` of `join`: at `[1]`, a string is required, not a tuple.
      `["a", [1]]` a tuple
    "#);
    insta::assert_snapshot!(told("cidrsubnet(\"10.0.0.0/8\", 8, 300)"), @r#"
    Invalid function argument | `netnum` of `cidrsubnet`: there is no subnet with this number.
      `300` a number
    "#);
    insta::assert_snapshot!(told("upper(\"a\", \"b\")"), @r#"
    Too many function arguments | `upper` takes one argument, and is given 2.
      `"b"` one too many
      help: Call it as upper(str string).
    "#);
    insta::assert_snapshot!(told("lookup({a = 1}, \"b\")"), @r#"
    Invalid function argument | `key` of `lookup`: there is no element with this key, and no default is given.
      `"b"` a string
    "#);
    insta::assert_snapshot!(told("max([1, null]...)"), @r#"
    Invalid function argument | `numbers` of `max`: it must not be null.
      `[1, null]` null
    "#);
}

#[test]
fn attributes_are_suggested() {
    insta::assert_snapshot!(told("web.nmae"), @r#"
    Unsupported attribute | This object has no attribute `nmae`.
      `nmae` no such attribute
      help: Did you mean `name`?
    "#);
    insta::assert_snapshot!(told("[web].name"), @r#"
    Unsupported attribute | This value is a tuple: its elements have attributes, it has none.
      `name` no such attribute
      help: Pick one element, such as [0].name, or take all with [*].name.
    "#);
    insta::assert_snapshot!(told("web.ports[3]"), @r#"
    Invalid index | There is no element 3: there are 1, and the first is 0.
      `3` this index
    "#);
    insta::assert_snapshot!(told("tomap({alpha = 1})[\"alhpa\"]"), @r#"
    Invalid index | A map of number has no element with this key.
      `"alhpa"` this index
      help: Did you mean "alpha"?
    "#);
}

#[test]
fn conditionals_name_both_types() {
    insta::assert_snapshot!(told("true ? true : 1"), @r#"
    Inconsistent conditional result types | Both results of a conditional must have one type: the first is a bool, the second a number.
      `1` a number
      help: Convert one of them, for example with tostring(...).
    "#);
    insta::assert_snapshot!(told("null ? 1 : 2"), @r#"
    Null condition | The condition of a conditional must be true or false, and this is null.
      `null` null
    "#);
}

#[test]
fn templates_refuse_null_and_lists() {
    insta::assert_snapshot!(told("\"a ${null} ${[1]}\""), @r#"
    Null in a template | This value is null, and null cannot be put into text.
      `null` null
    Invalid template interpolation value | This value cannot be put into text: a string is required, not a tuple.
      `[1]` a tuple
      help: Use join(...) or jsonencode(...) to make text of it.
    "#);
}

#[test]
fn loops_tell_what_is_wrong() {
    insta::assert_snapshot!(told("[for x in 5: x]"), @r#"
    Iteration over what is no collection | `for` goes over a list, set, tuple, map or object, and this is a number.
      `5` a number
    "#);
    insta::assert_snapshot!(told("{for x in [\"a\", \"a\"]: x => 1}"), @r#"
    Duplicate object key | Two elements produce the same key "a" in this `for` expression.
      `x` the same key twice
      help: Write ... behind the value to group the values of a key.
    "#);
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
