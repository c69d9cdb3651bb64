//! Documents → what they are in the native syntax, and what is wrong with them.

use super::super::tests::{KINDS, compact, configs};
use super::super::variables;
use super::*;
use crate::diagnostic::Source;

fn native(document: &str) -> String {
    let source = Source::new("main.hcl.json", document);
    match configuration(&source, KINDS) {
        Ok(native) => native.text.clone(),
        Err(problems) => compact(&problems),
    }
}

fn errors(document: &str) -> String {
    compact(&configs(&[("main.hcl.json", document)]).expect_err("the document is wrong"))
}

#[test]
fn blocks_are_properties_with_a_level_for_each_label() {
    insta::assert_snapshot!(native(
        r#"{
  "//": "a comment",
  "variable": {"n": {"type": "list(string)", "default": ["a"], "validation": [{"condition": "${length(var.n) > 0}", "error_message": "none"}]}},
  "locals": [{"a": 1.5e3}, {"b": "${local.a}"}],
  "data": {"network": {"proxy": {"name": "proxy"}}},
  "container": {
    "web": {
      "//": {"also": "a comment"},
      "image": "web:${var.n[0]}",
      "env": {"//": "no comment", "${var.n[0]}": null},
      "depends_on": ["container.db"],
      "port": [{"container": 80}, {"container": 81}],
      "dynamic": {"mount": {"for_each": "${var.n}", "iterator": "it", "content": {"volume": "${it.value}"}}},
      "lifecycle": {"ignore_changes": "all"}
    }
  }
}"#
    ), @r#"
    variable "n" {
    type = list(string)
    default = ["a", ]
    validation {
    condition = length(var.n) > 0
    error_message = "none"
    }
    }
    locals {
    a = 1.5e3
    }
    locals {
    b = local.a
    }
    data "network" "proxy" {
    name = "proxy"
    }
    container "web" {
    image = "web:${var.n[0]}"
    env = {"//" = "no comment", "${var.n[0]}" = null, }
    depends_on = [container.db, ]
    port {
    container = 80
    }
    port {
    container = 81
    }
    dynamic "mount" {
    for_each = var.n
    iterator = it
    content {
    volume = it.value
    }
    }
    lifecycle {
    ignore_changes = all
    }
    }
    "#);
}

#[test]
fn strings_are_templates_with_json_escapes() {
    insta::assert_snapshot!(native(
        r#"{"locals": {
  "a": "${upper(\"x\")}",
  "b": "a \"${upper(\"x\")}\" $${no} %{ if true }yes%{ endif }\n\\",
  "c": "$ 100% {}",
  "d": "${1} and ${2}",
  "e": "${\n1\n}",
  "f": "\ud83d\ude00\u0000\/"
}}"#
    ), @r#"
    locals {
    a = upper("x")
    b = "a \"${upper("x")}\" $${no} %{ if true }yes%{ endif }\n\\"
    c = "$ 100% {}"
    d = "${1} and ${2}"
    e = "${
    1
    }"
    f = "😀\u0000/"
    }
    "#);
}

#[test]
fn strings_of_variable_files_are_text() {
    let source = Source::new(
        "a.vars.hcl.json",
        r#"{"a": "${x} %{y} $${z}", "b": [{"c": "${d}"}]}"#,
    );
    let native = values(&source).unwrap();
    assert_eq!(
        native.text,
        "a = \"\\u0024{x} \\u0025{y} $\\u0024{z}\"\nb = [{\"c\" = \"\\u0024{d}\", }, ]\n"
    );
    let file = variables::parse(&source).unwrap();
    assert_eq!(file.values["b"].0.location(), "a.vars.hcl.json:1:26");
}

#[test]
fn what_is_wrong_is_shown_in_the_document() {
    insta::assert_snapshot!(errors(
        r#"{
  "variable": {"n": {"defalt": 1}},
  "container": {"web": {"depends_on": ["not a reference"], "count": 1, "for_each": "${[]}"}},
  "contaner": {"web": {}},
  "output": {"x": {}},
  "data": {"netwrk": {"x": {}}}
}"#
    ), @r#"
    Error: Unknown argument
      A `variable` block has no argument `defalt`.
      at main.hcl.json:2:22 [\"defalt\"]: not known here
      help: Did you mean `default`?
    Error: Both `count` and `for_each`
      A block can be repeated by a number or by the elements of a collection, not by both.
      at main.hcl.json:3:87 [[]]: `for_each` stands here
      also main.hcl.json:3:69 [1]: and `count` here
    Error: Not a reference
      Only a reference to a block can stand here, such as `container.web` or `container.web[0]`.
      at main.hcl.json:3:40 [\"not a reference\"]: not a reference to a block
    Error: Unknown block type
      There are no blocks of type `contaner`.
      at main.hcl.json:4:3 [\"contaner\"]: not known
      help: Did you mean `container`?
    Error: Missing argument
      An `output` block needs `value`.
      at main.hcl.json:5:14 [\"x\"]: `value` is missing here
    Error: Unknown kind
      `data` blocks cannot read a `netwrk`.
      at main.hcl.json:6:12 [\"netwrk\"]: not known
      help: Did you mean `network`?
    "#);
}

#[test]
fn syntax_errors_are_shown_in_the_document() {
    insta::assert_snapshot!(errors("{\n  \"locals\": {\"a\": tru}\n}"), @"
    Error: Syntax error
      This is not JSON: unexpected token.
      at main.hcl.json:2:19 [tru]
    ");
    insta::assert_snapshot!(errors("{\"locals\": {\"a\": 1,}}"), @"
    Error: Syntax error
      This is not JSON: trailing commas are not allowed.
      at main.hcl.json:1:19 [,]
    ");
    insta::assert_snapshot!(errors("// no\n{}"), @"
    Error: Syntax error
      This is not JSON: comments are not allowed.
      at main.hcl.json:1:1 [// no]
    ");
    insta::assert_snapshot!(errors(""), @"
    Error: Empty file
      `main.hcl.json` holds no JSON.
      help: An empty configuration is `{}`.
    ");
    insta::assert_snapshot!(errors("3"), @"
    Error: Not an object
      The outermost value of the document is an object.
      at main.hcl.json:1:1 [3]: something else
    ");
    insta::assert_snapshot!(errors(r#"{"locals": {"a": "x ${1 +} y", "b": "${open", "c d": 1}}"#), @r#"
    Error: Unterminated template
      A `${` or `%{` in this string is never closed with `}`.
      at main.hcl.json:1:37 [\"${open\"]
      help: To mean it literally, write `$${` or `%%{`.
    Error: Not a name
      `c d` cannot be the name of an argument or of a block.
      at main.hcl.json:1:47 [\"c d\"]
      help: A name begins with a letter or `_`, and goes on with letters, digits, `_` and `-`.
    "#);
    insta::assert_snapshot!(errors(r#"{"locals": {"a": "x ${1 +} y"}, "variable": 3, "output": {"x": [1]}}"#), @"
    Error: Not an object
      A block is an object, and several blocks are an array of objects.
      at main.hcl.json:1:45 [3]: neither of them
    Error: Not an object
      A block is an object, and several blocks are an array of objects.
      at main.hcl.json:1:65 [1]: neither of them
    ");
    insta::assert_snapshot!(errors(r#"{"locals": {"a": "x ${1 +} y", "b": "\u00e9${ * }"}}"#), @"
    Error: Syntax error
      A value was expected here.
      at main.hcl.json:1:26 [}]
    ");
    insta::assert_snapshot!(errors(r#"{"locals": {"a": 1, "a": 2}}"#), @r#"
    Error: Argument set twice
      `a` is set before in the same block.
      at main.hcl.json:1:21 [\"a\"]: set again here
      help: Keep one of them.
    "#);
}

#[test]
fn depth_is_limited() {
    let document = format!(
        "{{\"locals\": {{\"a\": {}{}}}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let problems = configs(&[("main.hcl.json", &document)]).expect_err("it is too deep");
    assert_eq!(problems.0[0].summary, "Nested too deeply");
}

#[test]
fn an_engine_has_a_label_or_not() {
    let whole = native(r#"{"engine": {"host": "unix:///a"}}"#);
    assert_eq!(whole, "engine {\nhost = \"unix:///a\"\n}\n");
    let labelled = native(r#"{"engine": {"edge": {"host": "unix:///a"}}}"#);
    assert_eq!(labelled, "engine \"edge\" {\nhost = \"unix:///a\"\n}\n");
    let both = configs(&[
        ("a.hcl.json", r#"{"network": {"a": {}}}"#),
        ("b.hcl", "volume \"b\" {}"),
    ])
    .unwrap();
    let names: Vec<String> = both.root().blocks.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["network.a", "volume.b"]);
    assert_eq!(both.root().sources[0].path.to_str(), Some("a.hcl.json"));
}

#[test]
fn an_import_names_its_instance_in_the_native_syntax() {
    insta::assert_snapshot!(native(
        r#"{"import": [{"to": "container.web[each.key]", "id": "${each.value}-1", "for_each": {"a": "b"}}]}"#
    ));
}
