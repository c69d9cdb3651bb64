//! Unknown and sensitive values on their way through expressions.

use super::{Names, eval, eval_in};
use crate::value::{Type, type_of};

#[test]
fn unknown_operands_give_unknown_results_of_the_right_type() {
    let cases = [
        ("unknown + 1", "number"),
        ("unknown < 1", "bool"),
        ("!unknown", "bool"),
        ("-unknown", "number"),
        ("unknown == 1", "bool"),
        ("unknown && true", "bool"),
        ("\"a-${unknown}\"", "string"),
        ("unknown_text", "string"),
        ("upper(unknown)", "string"),
        ("length(unknown)", "number"),
        ("jsonencode([unknown])", "string"),
        ("format(\"%s\", unknown)", "string"),
        ("join(\",\", [unknown, \"a\"])", "string"),
        ("unknown ? 1 : 2", "number"),
        ("unknown ? 1 : \"a\"", "string"),
        ("unknown.a.b[0]", "any"),
        ("unknown[*].id", "any"),
        ("unknown_list[0]", "string"),
        ("[for x in unknown: x]", "any"),
        ("{for x in [unknown]: x => 1}", "any"),
        ("[1, 2][unknown]", "any"),
        ("tolist([\"a\"])[unknown]", "string"),
        ("tolist(unknown_list)", "list(string)"),
        ("max(1, unknown)", "number"),
        ("can(unknown)", "bool"),
        ("\"%{ for x in unknown }${x}%{ endfor }\"", "string"),
        ("\"%{ if unknown }a%{ endif }\"", "string"),
    ];
    for (text, ty) in cases {
        let value = eval(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        assert!(value.is_unknown(), "{text} is {value:?}");
        assert_eq!(type_of(&value).to_string(), ty, "{text}");
    }
}

#[test]
fn what_does_not_need_the_unknown_is_known() {
    let cases = [
        ("length([unknown, 1])", "2"),
        ("keys({a = unknown})", "[\"a\"]"),
        ("[unknown, 1][1]", "1"),
        ("{a = unknown, b = 2}.b", "2"),
        ("false && unknown", "false"),
        ("unknown || true", "true"),
        ("true ? 1 : unknown", "1"),
        ("merge({a = unknown}, {b = 1}).b", "1"),
        ("concat([unknown], [2])[1]", "2"),
        ("lookup({a = 1}, \"a\", unknown)", "1"),
        ("try(1, unknown)", "1"),
        ("[for x in [unknown, 2]: 1]", "[1, 1]"),
    ];
    for (text, expected) in cases {
        assert_eq!(format!("{:?}", eval(text).unwrap()), expected, "{text}");
    }
}

/// Terraform 1.11.4 answers these with `issensitive`.
#[test]
fn sensitive_travels_as_in_terraform() {
    let cases = include_str!("sensitive.tsv");
    for line in cases.lines() {
        let (text, expected) = line.split_once('\t').unwrap();
        assert_eq!(format!("{:?}", eval(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn sensitive_travels_through_operators_and_templates() {
    for text in [
        "\"${secret}\"",
        "\"a ${secret}\"",
        "secret == \"x\"",
        "!(secret == \"x\")",
        "length(secret) + 1",
        "upper(secret)",
        "\"%{ if secret == \"x\" }a%{ endif }\"",
        "\"%{ for c in split(\"\", secret) }${c}%{ endfor }\"",
        "[for c in split(\"\", secret): c]",
        "{(secret) = 1}",
        "{s3cret = 1}[secret]",
        "secret == \"x\" ? 1 : 2",
        "sensitive([{a = 1}])[0].a",
        "sensitive([{a = 1}])[*].a",
        "jsonencode({a = [secret]})",
        "sensitive(unknown)",
        "\"${sensitive(unknown)}\"",
        "base64encode(secret)",
        "sha256(secret)",
        "[for x in [1, 2]: x if secret == \"x\"]",
    ] {
        assert!(eval(text).unwrap().sensitive, "{text}");
    }
}

#[test]
fn elements_keep_their_own_marks() {
    for text in [
        "[secret, 1]",
        "{a = secret, b = 1}",
        "merge({a = secret}, {b = 1})",
        "concat([secret], [1])",
    ] {
        let value = eval(text).unwrap();
        assert!(!value.sensitive && value.is_sensitive_anywhere(), "{text}");
    }
    assert!(!eval("{a = secret, b = 1}.b").unwrap().sensitive);
    assert!(eval("{a = secret, b = 1}.a").unwrap().sensitive);
}

#[test]
fn problems_do_not_quote_secrets() {
    for text in [
        "tonumber(secret)",
        "secret + 1",
        "{for x in [secret, secret]: x => 1}",
        "secret ? 1 : 2",
        "regex(\"x\", secret)",
        "{a = 1}[secret]",
        "base64decode(secret)",
        "jsondecode(secret)",
        "parseint(secret, 10)",
        "formatdate(secret, \"2020-01-02T03:04:05Z\")",
        "format(secret, 1)",
        "file(secret)",
        "file(\"${secret}/x\")",
        "format(\"%z${secret}\", 1)",
        "env(secret)",
        "templatefile(secret, {})",
        "tolist(sensitive({s3cret = [1], b = 2}))",
    ] {
        let problems = eval(text).expect_err(text);
        assert!(
            !format!("{problems:?}").contains("s3cret"),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn the_environment_is_given_and_sensitive() {
    let mut names = Names::new();
    names.environment.insert("TOKEN".to_owned(), "abc".to_owned());
    let found = eval_in("env(\"TOKEN\")", &names).unwrap();
    assert_eq!((found.as_str(), found.sensitive), (Some("abc"), true));
    let default = eval_in("env(\"NONE\", \"d\")", &names).unwrap();
    assert_eq!((default.as_str(), default.sensitive), (Some("d"), true));
    assert!(eval_in("env(\"NONE\", null)", &names).unwrap().is_null());
    assert!(eval_in("env(\"NONE\")", &names).is_err());
}

#[test]
fn conversions_of_unknown_values_settle_their_type() {
    let value = eval("toset(unknown_list)").unwrap();
    assert_eq!(type_of(&value), Type::set(Type::String));
}
