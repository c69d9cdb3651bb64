//! Small configurations as literals → what is wrong with them.

use std::path::PathBuf;

use super::*;
use crate::diagnostic::Label;

pub(super) const KINDS: KindNames<'static> = KindNames {
    managed: &["container", "network", "volume"],
    data: &["network"],
    is_block: |path, name| matches!((path, name), (["container"], "port" | "mount")),
};

/// Renders diagnostics, one block of lines each: place, words, label, help.
pub(crate) fn compact(problems: &Diagnostics) -> String {
    let label = |label: &Label| {
        let covered = label.span.source.text[label.span.range.clone()].escape_debug();
        let text = if label.text.is_empty() {
            String::new()
        } else {
            format!(": {}", label.text)
        };
        format!("{} [{covered}]{text}", label.span.location())
    };
    let mut lines = Vec::new();
    for problem in &problems.0 {
        lines.push(format!("{:?}: {}", problem.severity, problem.summary));
        if !problem.detail.is_empty() {
            lines.push(format!("  {}", problem.detail));
        }
        lines.extend(problem.label.iter().map(|at| format!("  at {}", label(at))));
        lines.extend(problem.related.iter().map(|at| format!("  also {}", label(at))));
        if !problem.help.is_empty() {
            lines.push(format!("  help: {}", problem.help));
        }
    }
    lines.join("\n")
}

fn config(text: &str) -> Result<Config, Diagnostics> {
    configs(&[("main.hcl", text)])
}

pub(super) fn configs(files: &[(&str, &str)]) -> Result<Config, Diagnostics> {
    let sources = files
        .iter()
        .map(|(name, text)| Source::new(*name, *text))
        .collect();
    let config = parse(
        ModuleFiles::alone(sources),
        PathBuf::from("."),
        "shop".to_owned(),
        KINDS,
    )?;
    if config.problems.has_errors() {
        Err(config.problems)
    } else {
        Ok(config)
    }
}

fn errors(text: &str) -> String {
    compact(&config(text).expect_err("the configuration is wrong"))
}

#[test]
fn files_everything_under_its_name() {
    let config = config(
        r#"
wharf {
  project = "shop"
  state "local" {
    path = "here.json"
  }
}
engine {
  host = "unix:///run/docker.sock"
}
variable "n" {
  type      = number
  default   = 2
  sensitive = true
  validation {
    condition     = var.n > 0
    error_message = "Too few."
  }
}
locals {
  a = 1
  b = local.a
}
output "x" {
  value = local.b
}
data "network" "proxy" {
  name = "proxy"
}
container "web" {
  count      = 2
  image      = "web"
  depends_on = [container.db[0], data.network.proxy]
  lifecycle {
    replace              = "start_first"
    prevent_destroy      = true
    ignore_changes       = [env["A"], memory, port[0].host]
    replace_triggered_by = [volume.data, container.db.image]
  }
  port {
    container = 80
  }
}
"#,
    )
    .unwrap();
    assert!(config.wharf.project.is_some() && config.wharf.state_path.is_some());
    assert!(config.engine.host.is_some());
    assert!(config.root().variables["n"].sensitive && config.root().variables["n"].nullable);
    assert_eq!(config.root().variables["n"].validations.len(), 1);
    assert_eq!(config.root().locals.keys().collect::<Vec<_>>(), ["a", "b"]);
    let addresses: Vec<String> = config.root().blocks.keys().map(ToString::to_string).collect();
    assert_eq!(addresses, ["data.network.proxy", "container.web"]);
    let web = &config.root().blocks[1];
    assert!(matches!(web.repetition, Repetition::Count(_)));
    let [DependsOn::Block(db), DependsOn::Block(proxy)] = &web.depends_on[..] else {
        panic!("{:?}", web.depends_on);
    };
    assert_eq!(db.key, Some(crate::address::Key::Index(0)));
    assert!(proxy.block.data);
    assert!(web.lifecycle.start_first && web.lifecycle.prevent_destroy.is_some());
    let ignored: Vec<&str> = web
        .lifecycle
        .ignore_changes
        .paths
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(ignored, [r#"env["A"]"#, "memory", "port[0].host"]);
    assert_eq!(web.lifecycle.replace_triggered_by[1].path, "image");
    let left: Vec<&str> = web.body.attributes().map(|a| a.key.as_str()).collect();
    assert_eq!(left, ["image"]);
    assert_eq!(web.span.location(), "main.hcl:30:1");
}

#[test]
fn reports_the_syntax_errors_of_all_files_together() {
    let problems = configs(&[
        (
            "a.hcl",
            r#"
container "web" {
  image = "web
  count = 2
}

container "db" {
  env = { A = 1, , }
}

volume "fine" {
}

volume "data" {
  labels = [1, 2
}
"#,
        ),
        (
            "b.hcl",
            "network \"x\" {\n  a = 1\n  a = 2\n}\n\nnetwork \"y\" {\n  b: 1\n}\n",
        ),
    ])
    .unwrap_err();
    insta::assert_snapshot!(compact(&problems), @r#"
    Error: Unterminated string
      A string must be closed on the line where it begins.
      at a.hcl:3:11 [\"web]: this string is never closed
      help: Add the closing `"`; for text of several lines write a heredoc, `<<-EOT` … `EOT`.
    Error: Syntax error
      A value was expected here.
      at a.hcl:8:18 [,]
    Error: Unclosed bracket
      at a.hcl:15:12 [[]: this bracket is never closed
      also a.hcl:16:1 [}]: its end was expected before this
    Error: Argument set twice
      `a` is set before in the same block.
      at b.hcl:3:3 [a]: set again here
      help: Keep one of them.
    Error: Syntax error
      An argument (`name = value`) or a block (`name { … }`) was expected here.
      at b.hcl:7:4 [:]
      help: Arguments are written with `=`.
    "#);
}

#[test]
fn common_slips_are_told_in_the_words_of_the_language() {
    let slips = [
        "network \"x\" {\n  a = 64m\n}\n",
        "network \"x\" {\n  a = 'b'\n}\n",
        "network “x” {\n}\n",
        "network \"x\" {\n  a = { b = \"1\" c = \"2\" }\n}\n",
        "network \"x\" {\n  a = [\"b\" \"c\"]\n}\n",
    ];
    let told: Vec<String> = slips.into_iter().map(errors).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    Error: Syntax error
      The line was expected to end here.
      at main.hcl:2:9 [m]
      help: A number with a unit is text: `"64m"`.
    Error: Syntax error
      A value was expected here.
      at main.hcl:2:7 [\']
      help: Strings are written in straight double quotes, `"…"`.
    Error: Syntax error
      An argument (`name = value`) or a block (`name { … }`) was expected here.
      at main.hcl:1:9 [“]
      help: Strings are written in straight double quotes, `"…"`.
    Error: Syntax error
      A comma, a new line or the closing `}` was expected here.
      at main.hcl:2:17 [c]
    Error: Syntax error
      A comma or the closing `]` was expected here.
      at main.hcl:2:12 [\"]
    "#);
}

#[test]
fn a_block_that_is_never_closed_is_pointed_at_itself() {
    insta::assert_snapshot!(errors(
        r#"
container "web" {
  image = "web"

  port {
    container = 80

}

container "db" {
  image = "db"
}

container "cache" {
  image = "cache"

volume "data" {
}
"#
    ), @r#"
    Error: Unclosed block
      at main.hcl:5:3 [port {]: this block is never closed
    Error: Unclosed block
      at main.hcl:14:1 [container \"cache\" {]: this block is never closed
    "#);
}

#[test]
fn heredocs_comments_and_templates_do_not_mislead_the_scanner() {
    insta::assert_snapshot!(errors(
        r#"
locals {
  a = <<-EOT
    not "closed { here
  EOT
  b = "${join(",", [for x in ["}"] : "${x}"])} $${ {"
  # a { comment "
  /* and [ another */
  c = "%{ if true }}%{ endif }"
}
volume "data" {
  name = = 1
}
/* open
"#
    ), @r#"
    Error: Syntax error
      A value was expected here.
      at main.hcl:12:10 [=]
    Error: Unterminated comment
      at main.hcl:14:1 [/*]: this comment is never closed
    "#);
}

#[test]
fn names_what_is_not_known() {
    insta::assert_snapshot!(errors(
        r#"
contaner "web" {
}
resource "docker_container" "web" {
}
variable "x" {
  defualt = 1
  validation = true
}
variable "count" {
}
output "y" {
}
data "volume" "v" {
}
engine "edge" {
}
name = "x"
"#
    ), @r#"
    Error: Unknown block type
      There are no blocks of type `contaner`.
      at main.hcl:2:1 [contaner]: not known
      help: Did you mean `container`?
    Error: Unknown block type
      There are no blocks of type `resource`.
      at main.hcl:4:1 [resource]: not known
      help: Kinds are block types of their own: `container "web"`, not `resource "docker_container" "web"`.
    Error: Unknown argument
      A `variable` block has no argument `defualt`.
      at main.hcl:7:3 [defualt]: not known here
      help: Did you mean `default`?
    Error: Unknown argument
      A `variable` block has no argument `validation`.
      at main.hcl:8:3 [validation]: not known here
      help: `validation` is a block: write `validation { … }`.
    Error: Reserved name
      A variable cannot be called `count`: it means something of its own.
      at main.hcl:10:1 [variable \"count\"]: choose another name
    Error: Missing argument
      An `output` block needs `value`.
      at main.hcl:12:1 [output \"y\"]: `value` is missing here
    Error: Unknown kind
      `data` blocks cannot read a `volume`.
      at main.hcl:14:6 [\"volume\"]: not known
      help: There is: `network`.
    Error: Named engines are not supported
      A configuration has one engine, and its block has no label.
      at main.hcl:16:1 [engine \"edge\"]: has a label
      help: Write `engine { host = … }`, and use one configuration for each host.
    Error: Argument outside of a block
      At the top level of a file there are only blocks.
      at main.hcl:18:1 [name]: stands in no block
      help: Values that are used in several places go into a `locals` block.
    "#);
}

#[test]
fn labels_are_counted_and_named() {
    insta::assert_snapshot!(errors(
        r#"
container {
}
container "a" "b" {
}
locals "x" {
}
network "a b" {
}
data "network" {
}
"#
    ), @r#"
    Error: Wrong number of labels
      A `container` block has 1 label, not 0.
      at main.hcl:2:1 [container]
      help: Write `container "name" { … }`.
    Error: Wrong number of labels
      A `container` block has 1 label, not 2.
      at main.hcl:4:1 [container \"a\" \"b\"]
      help: Write `container "name" { … }`.
    Error: Wrong number of labels
      A `locals` block has 0 labels, not 1.
      at main.hcl:6:1 [locals \"x\"]
      help: Write `locals { … }`.
    Error: Not a name
      `a b` cannot be used as a name in references.
      at main.hcl:8:1 [network \"a b\"]
      help: A name begins with a letter or `_`, and goes on with letters, digits, `_` and `-`.
    Error: Wrong number of labels
      A `data` block has 2 labels, not 1.
      at main.hcl:10:1 [data \"network\"]
      help: Write `data "kind" "name" { … }`.
    "#);
}

#[test]
fn shows_both_places_of_what_is_declared_twice() {
    let problems = configs(&[
        (
            "a.hcl",
            "container \"web\" {\n}\nlocals {\n  x = 1\n}\nvariable \"v\" {\n}\nwharf {\n}\n",
        ),
        (
            "b.hcl",
            "container \"web\" {\n}\nlocals {\n  x = 2\n}\nvariable \"v\" {\n}\nwharf {\n}\n",
        ),
    ])
    .unwrap_err();
    insta::assert_snapshot!(compact(&problems), @r#"
    Error: Duplicate address
      There are two blocks `container.web`.
      at b.hcl:1:1 [container \"web\"]: declared again here
      also a.hcl:1:1 [container \"web\"]: the first one
      help: Give one of them another name.
    Error: Duplicate local value
      `x` is declared twice.
      at b.hcl:4:3 [x]: declared again here
      also a.hcl:4:3 [x]: the first one
    Error: Duplicate variable
      `v` is declared twice.
      at b.hcl:6:1 [variable \"v\"]: declared again here
      also a.hcl:6:1 [variable \"v\"]: the first one
    Error: Repeated block
      There may be one `wharf` block in all files together.
      at b.hcl:8:1 [wharf]: stands again here
      also a.hcl:8:1 [wharf]: the first one
    "#);
}

#[test]
fn meta_arguments_must_be_well_formed() {
    insta::assert_snapshot!(errors(
        r#"
container "web" {
  count      = 1
  for_each   = {}
  depends_on = "container.db"
  lifecycle {
    prevent_destroy       = var.x
    create_before_destroy = true
    replace               = "stop_first"
    ignore_changes        = [1 + 1]
    replace_triggered_by  = [upper("x")]
    replace_with          = 1
  }
  lifecycle {
  }
}
"#
    ), @r#"
    Error: Both `count` and `for_each`
      A block can be repeated by a number or by the elements of a collection, not by both.
      at main.hcl:4:16 [{}]: `for_each` stands here
      also main.hcl:3:16 [1]: and `count` here
    Error: Not a list of references
      References are written as a list, such as `[container.web]`.
      at main.hcl:5:16 [\"container.db\"]: not a list
    Error: Repeated block
      `lifecycle` may stand once in a block.
      at main.hcl:14:3 [lifecycle]: stands again here
      also main.hcl:6:3 [lifecycle]: the first one
    Error: Contradictory order of replacement
      `create_before_destroy = true` and `replace = "start_first"` mean the same thing.
      at main.hcl:9:29 [\"stop_first\"]: says the opposite of `create_before_destroy`
      help: Keep one of them.
    Error: Not a reference
      Only a reference to a block can stand here, such as `container.web` or `container.web[0]`.
      at main.hcl:11:30 [upper(\"x\")]: not a reference to a block
    Error: Unknown argument
      A `lifecycle` block has no argument `replace_with`.
      at main.hcl:12:5 [replace_with]: not known here
      help: There is: `enabled`, `create_before_destroy`, `replace`, `prevent_destroy`, `ignore_changes`, `replace_triggered_by`.
    "#);
}

#[test]
fn a_directory_is_one_module_and_only_its_configuration_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("shop");
    std::fs::create_dir(&root).unwrap();
    for (name, text) in [
        ("b.hcl", "volume \"b\" {\n}\n"),
        ("a.hcl", "\u{feff}volume \"a\" {\n}\n"),
        (".hidden.hcl", "nonsense"),
        ("#x.hcl", "nonsense"),
        ("b.hcl~", "nonsense"),
        ("x.test.hcl", "nonsense"),
        ("wharf.vars.hcl", "n = 1\n"),
        ("b.auto.vars.hcl", "n = 3\n"),
        ("a.auto.vars.hcl", "n = 2\n"),
    ] {
        std::fs::write(root.join(name), text).unwrap();
    }
    let config = load(&root, KINDS).unwrap();
    assert_eq!(config.default_project, "shop");
    assert_eq!(config.root_dir, root);
    let addresses: Vec<String> = config.root().blocks.keys().map(ToString::to_string).collect();
    assert_eq!(addresses, ["volume.a", "volume.b"]);
    assert_eq!(config.root().blocks[0].span.range, 0..10);

    let files = variables::automatic(&root).unwrap();
    let names: Vec<_> = files
        .iter()
        .map(|file| file.source.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["wharf.vars.hcl", "a.auto.vars.hcl", "b.auto.vars.hcl"]);

    let single = load(&root.join("b.hcl"), KINDS).unwrap();
    assert_eq!(
        (single.default_project.as_str(), single.root().blocks.len()),
        ("b", 1)
    );
}

#[test]
fn says_which_file_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let missing = load(&dir.path().join("nowhere"), KINDS).unwrap_err();
    assert!(missing.0[0].detail.contains("nowhere"), "{missing:?}");
    let empty = load(dir.path(), KINDS).unwrap_err();
    assert_eq!(empty.0[0].summary, "No configuration files");
    std::fs::write(dir.path().join("a.hcl"), b"# fine\nx = \"\xff\"\n").unwrap();
    let binary = load(dir.path(), KINDS).unwrap_err();
    assert!(binary.0[0].detail.contains("Line 2 of"), "{binary:?}");
}

#[test]
fn variable_files_hold_only_values() {
    let source = Source::new("x.vars.hcl", "a = 1\nb {\n}\n");
    let problems = variables::parse(&source).unwrap_err();
    assert_eq!(problems.0[0].summary, "Block in a variable file");
}

proptest::proptest! {
    /// Pieces of the language in any order: whatever is wrong is reported at a place that exists.
    #[test]
    fn no_text_is_too_broken_to_be_reported(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "container", " ", "\n", "\"", "{", "}", "[", "]", "(", ")", "=", ",", "${", "%{", "$${", "<<EOT\n",
                "EOT\n", "<<-E", "/*", "*/", "//", "#", "é", "\\", "a", "1", "a = 1\n", "volume \"x\" {\n", "\r\n", "'", ":",
            ]),
            0..40,
        )
    ) {
        let text: String = pieces.concat();
        let source = Source::new("main.hcl", text);
        if let Err(problems) = syntax::parse(&source) {
            proptest::prop_assert!(problems.has_errors());
            for label in problems.0.iter().flat_map(|problem| problem.label.iter().chain(&problem.related)) {
                proptest::prop_assert!(source.text.get(label.span.range.clone()).is_some());
            }
        }
    }
}

#[test]
fn a_file_of_nothing_but_open_blocks_is_refused_without_reading_it_again_for_each() {
    for text in ["x {\n".repeat(20_000), format!("a = {}", "\"${".repeat(100_000))] {
        let source = Source::new("main.hcl", text);
        let problems = parse(
            ModuleFiles::alone(vec![source]),
            "".into(),
            "shop".to_owned(),
            KINDS,
        )
        .unwrap_err();
        assert!(
            problems.has_errors() && problems.0.len() <= 60,
            "{}",
            problems.0.len()
        );
    }
}

#[test]
fn a_line_of_a_hundred_thousand_brackets_is_gone_through_once() {
    for open in ["(", "[", "{a=", "abs(", "\"${", "[for x in [1]: ", "\"\","] {
        let text = format!("locals {{\n  a = [{}\n}}\n", open.repeat(100_000));
        let begun = std::time::Instant::now();
        let problems = syntax::parse(&Source::new("deep.hcl", text)).unwrap_err();
        assert!(problems.has_errors());
        assert!(begun.elapsed().as_secs() < 10, "{open}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_directive_without_its_end_was_told_as_a_wrong_block() {
    let told: Vec<String> = [
        "locals {\n  a = \"%{ if true }a\"\n}\n",
        "locals {\n  a = \"%{~ for x in [1] ~}%{ if x }a%{ endif }\"\n}\n",
    ]
    .into_iter()
    .map(errors)
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    Error: Unclosed directive
      A directive is ended by `%{ endif }` in the same string.
      at main.hcl:2:8 [%{ if true }]: this directive is never ended
      help: Add `%{ endif }`; to write `%{` itself, double the sign: `%%{`.
    Error: Unclosed directive
      A directive is ended by `%{ endfor }` in the same string.
      at main.hcl:2:8 [%{~ for x in [1] ~}]: this directive is never ended
      help: Add `%{ endfor }`; to write `%{` itself, double the sign: `%%{`.
    "#);
}

/// Such labels were overlooked.
#[test]
fn labels_of_nested_blocks_without_labels_are_refused() {
    let text = r#"
variable "a" {
  validation "x" {
    condition     = var.a
    error_message = "No."
  }
}
container "web" {
  lifecycle "y" {
    precondition "z" {
      condition     = var.a
      error_message = "No."
    }
  }
}
"#;
    insta::assert_snapshot!(compact(&config(text).unwrap_err()), @r#"
    Error: Wrong number of labels
      A `validation` block has no labels.
      at main.hcl:3:14 [\"x\"]: not expected here
      help: Write `validation { … }`.
    Error: Wrong number of labels
      A `lifecycle` block has no labels.
      at main.hcl:9:13 [\"y\"]: not expected here
      help: Write `lifecycle { … }`.
    Error: Wrong number of labels
      A `precondition` block has no labels.
      at main.hcl:10:18 [\"z\"]: not expected here
      help: Write `precondition { … }`.
    "#);
}

/// The parser ends a heredoc at a line that only begins with the marker, and overlooked the end of one without lines: what
/// stood behind it became its text.
#[test]
fn a_heredoc_ends_at_the_line_that_is_its_marker_and_at_no_other() {
    let text = "locals {\n  a = <<EOT\n  EOT \n  b = <<EOT\nx\nEOT is its end\nEOT\n}\n";
    let config = config(text).unwrap();
    let names: Vec<&str> = config.root().locals.keys().map(String::as_str).collect();
    assert_eq!(names, ["a", "b"]);
}
