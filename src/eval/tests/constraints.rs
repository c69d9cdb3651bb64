//! Type constraints, and what conversions to them make of values.

use super::{eval, parse};
use crate::eval::type_constraint;
use crate::value::{Type, convert, type_of};

fn ty(text: &str) -> Type {
    let (expression, source) = parse(text).unwrap();
    type_constraint(&expression, &source).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

fn converted(value: &str, to: &str) -> String {
    match convert(&eval(value).unwrap(), &ty(to)) {
        Ok(value) => format!("{value:?} {}", type_of(&value)),
        Err(error) => format!("error at {:?}: {}", error.path, error.message),
    }
}

#[test]
fn constraints_are_read_and_written() {
    for text in [
        "string",
        "list(string)",
        "map(list(number))",
        "set(any)",
        "tuple([string, bool])",
        "object({a = string, b = optional(number)})",
    ] {
        assert_eq!(ty(text).to_string(), text);
    }
    assert_eq!(ty("list"), ty("list(any)"));
}

#[test]
fn wrong_constraints_are_told() {
    let told = |text: &str| {
        let (expression, source) = parse(text).unwrap();
        let problems = type_constraint(&expression, &source).expect_err(text);
        format!("{} {}", problems.0[0].detail, problems.0[0].help)
    };
    assert_eq!(told("strng"), "There is no type `strng`. Did you mean `string`?");
    assert_eq!(
        told("\"string\""),
        "A type is written without quotes. Write string instead of \"string\"."
    );
    assert_eq!(
        told("list(string, string)"),
        "list(...) takes exactly one argument. "
    );
    assert_eq!(
        told("object({a = optional(number, \"x\")})"),
        "The default does not fit the attribute's type: a number is required, and this string is not one. "
    );
    assert!(told("optional(string)").starts_with("optional(...) may only stand"));
    assert!(told("set").starts_with("A set needs"));
}

#[test]
fn optional_attributes_get_their_defaults() {
    let constraint =
        "object({a = string, b = optional(number, 5), c = optional(object({d = optional(bool, true)}), {})})";
    assert_eq!(
        converted("{a = 1}", constraint),
        "{\"a\": \"1\", \"b\": 5, \"c\": {\"d\": true}} object({a = string, b = number, c = object({d = bool})})"
    );
    assert_eq!(
        converted(
            "{a = \"x\", b = null, z = 1}",
            "object({a = string, b = optional(number, 5)})"
        ),
        "{\"a\": \"x\", \"b\": 5} object({a = string, b = number})"
    );
    assert_eq!(
        converted("{}", "object({a = string, b = number})"),
        "error at \"\": the attributes \"a\", \"b\" are required"
    );
}

#[test]
fn problems_name_their_place() {
    assert_eq!(
        converted("[{p = [1, \"x\"]}]", "list(object({p = list(number)}))"),
        "error at \"[0].p[1]\": a number is required, and this string is not one"
    );
    assert_eq!(
        converted("{a = [1]}", "map(string)"),
        "error at \"[\\\"a\\\"]\": a string is required, not a tuple"
    );
}

#[test]
fn any_is_settled_by_the_elements() {
    assert_eq!(
        converted("[1, \"a\"]", "list(any)"),
        "[\"1\", \"a\"] list(string)"
    );
    assert_eq!(
        converted("[[1], [\"a\", 2]]", "list(list(any))"),
        "[[\"1\"], [\"a\", \"2\"]] list(list(string))"
    );
    assert_eq!(
        converted("{a = 1, b = [1]}", "any"),
        "{\"a\": 1, \"b\": [1]} object({a = number, b = tuple([number])})"
    );
    assert_eq!(converted("null", "list(string)"), "null list(string)");
}

#[test]
fn marks_and_unknowns_travel_through_conversions() {
    let value = convert(&eval("[secret, unknown]").unwrap(), &ty("list(string)")).unwrap();
    let elements = value.as_elements().unwrap();
    assert!(!value.sensitive && elements[0].sensitive && elements[1].is_unknown());
    assert_eq!(type_of(&elements[1]), Type::String);
    assert!(
        convert(&eval("[secret]").unwrap(), &ty("set(string)"))
            .unwrap()
            .sensitive
    );
}

/// Each line of `constraints.tsv` holds a constraint, ` <- `, the default of a variable of that type, and what the variable
/// then is in Terraform 1.11.4: its value as JSON and its type, or `!error`.
#[test]
fn values_become_what_their_constraint_makes_of_them_in_terraform() {
    let mut wrong = Vec::new();
    for line in include_str!("constraints.tsv").lines() {
        let (given, expected) = line.split_once('\t').unwrap();
        let (constraint, value) = given.split_once(" <- ").unwrap();
        let found = recorded(constraint, value).unwrap_or_else(|| "!error".to_owned());
        if found != expected {
            wrong.push(format!("{given}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn recorded(constraint: &str, value: &str) -> Option<String> {
    let (expression, source) = parse(constraint)?;
    let ty = type_constraint(&expression, &source).ok()?;
    let value = convert(&eval(value).ok()?, &ty).ok()?;
    Some(format!(
        "{}\t{}",
        super::table::json(&value)?,
        super::table::compact(&type_of(&value))
    ))
}

#[test]
fn an_empty_map_lacked_the_optional_attributes_of_an_object() {
    let constraint = "object({a = optional(string, \"d\"), b = optional(number)})";
    let expected = "{\"a\": \"d\", \"b\": null} object({a = string, b = number})";
    assert_eq!(converted("tomap({})", constraint), expected);
    let nested = format!("object({{o = {constraint}, m = map({constraint})}})");
    assert_eq!(
        converted("{o = tomap({}), m = {x = tomap({})}}", &nested),
        "{\"m\": {\"x\": {\"a\": \"d\", \"b\": null}}, \"o\": {\"a\": \"d\", \"b\": null}} object({m = map(object({a = string, b = number})), o = object({a = string, b = number})})"
    );
    assert_eq!(
        converted("tomap({})", "object({a = string})"),
        "error at \"\": the attribute \"a\" is required"
    );
}
