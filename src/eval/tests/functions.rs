//! Functions that the recorded expressions cannot show: our own, those that refer to names, and those that ask the clock.

use super::{Names, eval, eval_in};
use crate::eval::Moment;
use crate::value::Value;

fn text(expression: &str) -> String {
    let value = eval(expression).unwrap_or_else(|problems| panic!("{expression}: {problems:?}"));
    value.as_str().unwrap_or_default().to_owned()
}

fn holds(expression: &str) {
    assert_eq!(eval(expression).unwrap().as_bool(), Some(true), "{expression}");
}

fn fails(expression: &str) {
    assert!(eval(expression).is_err(), "{expression}");
}

#[test]
fn what_is_packed_and_encoded_comes_back() {
    for written in ["\"\"", "\"ü & 日本\"", "join(\",\", range(1000))"] {
        holds(&format!("base64gunzip(base64gzip({written})) == {written}"));
        holds(&format!("urldecode(urlencode({written})) == {written}"));
    }
    assert_eq!(text("urldecode(\"a+b%20c%2f\")"), "a b c/");
    fails("urldecode(\"%2\")");
    fails("urldecode(\"%ff\")");
    fails("base64gunzip(base64encode(\"no gzip\"))");
}

#[test]
fn networks_contain_addresses_and_networks_of_their_family() {
    holds("cidrcontains(\"10.0.0.0/8\", \"10.255.0.1\")");
    holds("cidrcontains(\"10.0.0.0/8\", \"10.1.0.0/16\")");
    holds("!cidrcontains(\"10.0.0.0/8\", \"0.0.0.0/0\")");
    holds("cidrcontains(\"fd00::/8\", \"fd12::1\")");
    fails("cidrcontains(\"10.0.0.0/8\", \"fd12::1\")");
    fails("cidrcontains(\"10.0.0.0/8\", \"ten\")");
}

#[test]
fn versions_are_compared_as_semver_orders_them() {
    let cases = [
        ("1.10.0", "1.9.0", 1),
        ("1.0.0-rc.1", "v1.0.0", -1),
        ("1.0.0+a", "1.0.0+b", 0),
    ];
    for (left, right, order) in cases {
        let value = eval(&format!("semver_compare(\"{left}\", \"{right}\")")).unwrap();
        assert_eq!(value.as_i64(), Some(order), "{left} {right}");
    }
    fails("semver_compare(\"1.0\", \"1.0.0\")");
}

#[test]
fn maps_are_merged_at_every_depth_and_lists_replaced() {
    let merged =
        "deepmerge({a = {b = 1, c = [1, 2]}, d = 1}, null, {a = {c = [3], e = {f = 1}}}, {d = {g = 1}})";
    holds(&format!(
        "jsonencode({merged}) == jsonencode({{a = {{b = 1, c = [3], e = {{f = 1}}}}, d = {{g = 1}}}})"
    ));
    holds("issensitive(deepmerge({a = {b = 1}}, {a = sensitive({c = 2})}).a)");
    fails("deepmerge({}, [1])");
}

#[test]
fn toml_is_read_and_written() {
    let document = "{name = \"x\", port = 80, ratio = 1.5, on = true, tags = [\"a\"], db = {host = \"h\"}, more = [{a = 1}, {a = 2}]}";
    holds(&format!("tomldecode(tomlencode({document})) == {document}"));
    assert_eq!(text("tomlencode({a = {b = 1}, c = null})"), "[a]\nb = 1\n");
    assert_eq!(
        text("tomldecode(\"at = 1979-05-27T07:32:00Z\").at"),
        "1979-05-27T07:32:00Z"
    );
    fails("tomldecode(\"a = \")");
    fails("tomldecode(\"a = inf\")");
    fails("tomlencode([1])");
    fails("tomlencode({a = [null]})");
}

#[test]
fn templates_are_taken_from_plain_references() {
    let mut names = Names::new();
    let templates = Value::object([
        (
            "hello",
            Value::from("hi ${name}%{ for p in ports } ${p}%{ endfor }"),
        ),
        ("list", Value::tuple([Value::from("${x}")])),
        ("number", Value::from(5)),
        ("again", Value::from("${templatestring(x, {})}")),
    ]);
    names.values.insert("local".to_owned(), templates);
    let cases = [
        (
            "templatestring(local.hello, {name = \"x\", ports = [1, 2]})",
            Some("hi x 1 2"),
        ),
        ("templatestring(local.list[0], {x = true})", Some("true")),
        ("[for t in local.list : templatestring(t, {x = 1})][0]", Some("1")),
        ("try(templatestring(\"a\", {}), \"caught\")", Some("caught")),
        ("templatestring(\"a\", {})", None),
        ("templatestring((local.hello), {})", None),
        ("templatestring(local.hello, {name = \"x\"})", None),
        ("templatestring(local.list[0], {x = [1]})", None),
        ("templatestring(local.list[0], {x = null})", None),
        ("templatestring(local.list[0], {\"1x\" = 1, x = 2})", None),
        ("templatestring(local.number, {})", None),
        ("templatestring(local.again, {x = \"a\"})", None),
    ];
    for (expression, expected) in cases {
        let found = eval_in(expression, &names).ok();
        assert_eq!(found.as_ref().and_then(Value::as_str), expected, "{expression}");
    }
}

#[test]
fn what_differs_at_each_call_is_unknown_until_apply() {
    let mut names = Names::new();
    for call in ["timestamp()", "plantimestamp()", "uuid()", "bcrypt(\"secret\")"] {
        assert!(eval_in(call, &names).unwrap().is_unknown(), "{call}");
    }
    names.moment = Some(Moment::Now);
    for call in [
        "timecmp(timestamp(), \"2020-01-01T00:00:00Z\") == 1",
        "timecmp(plantimestamp(), \"2020-01-01T00:00:00Z\") == 1",
        "uuid() != uuid()",
        "length(uuid()) == 36",
        "substr(bcrypt(\"secret\", 4), 0, 7) == \"$2a$04$\" || substr(bcrypt(\"secret\", 4), 0, 7) == \"$2b$04$\"",
    ] {
        assert_eq!(eval_in(call, &names).unwrap().as_bool(), Some(true), "{call}");
    }
    assert!(eval_in("bcrypt(\"secret\", 31)", &names).is_err());
}

#[test]
fn types_are_told_at_a_console_alone() {
    fails("type(1)");
    let names = Names {
        console: true,
        ..Names::new()
    };
    let told = eval_in("type({a = 1, b = [\"x\", null], c = tolist([true])})", &names).unwrap();
    assert_eq!(
        told.as_str(),
        Some(
            "object({\n    a: number,\n    b: tuple([\n        string,\n        dynamic,\n    ]),\n    c: list(bool),\n})"
        )
    );
}

#[test]
fn all_functions_of_terraform_are_there() {
    let names = "abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256 base64sha512 basename bcrypt can \
        ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat contains csvdecode \
        dirname distinct element endswith ephemeralasnull file filebase64 filebase64sha256 filebase64sha512 fileexists filemd5 \
        fileset filesha1 filesha256 filesha512 flatten floor format formatdate formatlist indent index issensitive join \
        jsondecode jsonencode keys length log lookup lower matchkeys max md5 merge min nonsensitive one parseint pathexpand \
        plantimestamp pow range regex regexall replace reverse rsadecrypt sensitive setintersection setproduct setsubtract \
        setunion sha1 sha256 sha512 signum slice sort split startswith strcontains strrev substr sum templatefile templatestring \
        textdecodebase64 textencodebase64 timeadd timecmp timestamp title tobool tolist tomap tonumber toset tostring transpose \
        trim trimprefix trimspace trimsuffix try upper urlencode uuid uuidv5 values yamldecode yamlencode zipmap";
    let missing: Vec<&str> = names
        .split_whitespace()
        .filter(|name| {
            crate::eval::function::find(name).is_none() && !crate::eval::special::NAMES.contains(name)
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn many_matches_in_a_long_text_were_refused() {
    let mut names = Names::new();
    let line = "{ \"name\": \"value\", \"list\": [1, 2, 3] }\n";
    let long = line.repeat(1_000_000 / line.len());
    let dense = long.chars().filter(|c| !c.is_whitespace()).count();
    names.values.insert("long".to_owned(), Value::from(long.as_str()));
    let cases = [
        ("length(replace(long, \"/\\\\s/\", \"\"))", dense),
        ("length(replace(long, \"/\\\\s+/\", \"\"))", dense),
        ("length(regexall(\"[a-z]+\", long))", 3 * long.lines().count()),
        ("length(regexall(\"(?m)^.*$\", long))", long.lines().count() + 1),
        (
            "length(regexall(\"\\\"[^\\\"]*\\\"\", long))",
            3 * long.lines().count(),
        ),
        ("length(regexall(\"\", substr(long, 0, 50000)))", 50_001),
    ];
    for (expression, expected) in cases {
        let found =
            eval_in(expression, &names).unwrap_or_else(|problems| panic!("{expression}: {problems:?}"));
        assert_eq!(found.as_i64(), i64::try_from(expected).ok(), "{expression}");
    }
}

#[test]
fn searches_that_look_ahead_at_each_match_are_bounded() {
    let mut names = Names::new();
    names
        .values
        .insert("many".to_owned(), Value::from("a".repeat(40_000).as_str()));
    for call in ["regexall(\"a.*b|a\", many)", "replace(many, \"/a.*b|a/\", \"\")"] {
        let problems = eval_in(call, &names).unwrap_err();
        assert!(problems.0[0].detail.contains("look"), "{problems:?}");
    }
    names
        .values
        .insert("many".to_owned(), Value::from("a".repeat(4_000).as_str()));
    assert!(eval_in("regexall(\"a.*b|a\", many)", &names).is_ok());
}
