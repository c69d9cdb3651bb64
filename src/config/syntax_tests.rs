//! Texts that do not parse → where the mistake is.

use super::syntax::parse;
use super::tests::compact;
use crate::diagnostic::Source;

fn errors(text: &str) -> String {
    compact(&parse(&Source::new("main.hcl", text)).expect_err("the text is wrong"))
}

#[test]
fn a_mistake_in_a_block_that_ends_with_the_file_was_not_told() {
    insta::assert_snapshot!(errors("locals {\n  x = 1 +\n"), @r"
    Error: Syntax error
      A value was expected here.
      at main.hcl:2:10 [\n]
    Error: Unclosed block
      at main.hcl:1:1 [locals {]: this block is never closed
    ");
    insta::assert_snapshot!(errors("a {\n  b {\n    x = 1 +"), @r"
    Error: Syntax error
      A value was expected here.
      at main.hcl:3:12 []
    Error: Unclosed block
      at main.hcl:2:3 [b {]: this block is never closed
    ");
    insta::assert_snapshot!(errors("locals {\n  x = 1"), @r"
    Error: Unclosed block
      at main.hcl:1:1 [locals {]: this block is never closed
    ");
}

#[test]
fn operators_without_a_value_are_pointed_at_where_the_value_is_missing() {
    insta::assert_snapshot!(errors("x = 1 +\n"), @r"
    Error: Syntax error
      A value was expected here.
      at main.hcl:1:8 [\n]
    ");
    insta::assert_snapshot!(errors("x = !\ny = 2\n"), @r"
    Error: Syntax error
      A value was expected here.
      at main.hcl:1:6 [\n]
    ");
}

#[test]
fn a_point_without_a_name_was_told_of_on_the_next_line() {
    insta::assert_snapshot!(errors("locals {\n  x = a.\n}\n"), @r"
    Error: Syntax error
      A name, an index or `*` was expected behind the point.
      at main.hcl:2:9 [\n]
    ");
}

#[test]
fn a_name_alone_is_pointed_at_as_a_whole() {
    for text in ["locals\n", "locals", "a = 1\nlocals\n", "a = 1\nlocals"] {
        let found = errors(text);
        assert!(
            found.contains("[locals]") && found.contains("this is only a name"),
            "{text:?}: {found}"
        );
        assert_eq!(found.matches("Error").count(), 1, "{text:?}: {found}");
    }
    let found = errors("locals {\n  x 1\n}\n");
    assert!(found.contains("main.hcl:2:3 [x]"), "{found}");
}

#[test]
fn a_brace_on_the_next_line_is_one_mistake() {
    let found = errors("variable \"x\"\n{\n}\n");
    assert_eq!(found.matches("Error").count(), 1, "{found}");
}

#[test]
fn every_unclosed_block_with_a_mistake_inside_counted_beyond_the_bound() {
    let found = errors(&format!("x ?\n{}", "a {\n  b ?\n".repeat(3_000)));
    let told = found.matches("Error").count();
    assert!((50..=51).contains(&told), "{told}");
}

#[test]
fn what_is_nearly_a_heredoc_is_told_how_to_begin_one() {
    insta::assert_snapshot!(errors("a = <<EOT \n{ \" {\nEOT\nb = 1\n"), @r"
    Error: Syntax error
      Expected newline.
      at main.hcl:1:10 [ ]
      help: A heredoc begins with `<<` or `<<-` and a name right behind, and nothing else follows on the line.
    ");
    for begun in ["<< EOT", "<<--EOT", "<<1"] {
        let found = errors(&format!("a = {begun}\nx\n"));
        assert!(
            found.contains("A heredoc begins with") || found.contains("heredoc is never closed"),
            "{found}"
        );
    }
}

#[test]
fn a_label_over_several_lines_was_taken() {
    insta::assert_snapshot!(errors("a \"b\nc\" {\n  d \"e\n\" {}\n}\n"), @r#"
    Error: Line end in a quoted label
      A label in quotes must end on the line on which it begins.
      at main.hcl:1:3 [\"b\nc\"]: goes over several lines
      help: Close it with `"` on the same line.
    Error: Line end in a quoted label
      A label in quotes must end on the line on which it begins.
      at main.hcl:3:5 [\"e\n\"]: goes over several lines
      help: Close it with `"` on the same line.
    "#);
}

#[test]
fn a_template_in_quotes_over_several_lines_was_taken_where_nothing_evaluated_it() {
    let text = "a = false ? \"${x}b\n\" : 1\nc = \"${\nx\n}${<<E\nd\n${\"e\nf\"}\nE\n}\"\n";
    insta::assert_snapshot!(errors(text), @r#"
    Error: Line end in a quoted string
      A string in quotes must end on the line on which it begins.
      at main.hcl:1:13 [\"${x}b\n\"]: goes over several lines
      help: Write \n for a line end, or use a heredoc: <<EOT.
    Error: Line end in a quoted string
      A string in quotes must end on the line on which it begins.
      at main.hcl:7:3 [\"e\nf\"]: goes over several lines
      help: Write \n for a line end, or use a heredoc: <<EOT.
    "#);
}

#[test]
fn a_heredoc_was_ended_by_a_line_that_holds_more_than_its_marker() {
    insta::assert_snapshot!(errors("b = [<<F\ny\nF\n]\na = <<-E\n  x\nE<1\n"), @r"
    Error: Unterminated heredoc
      A heredoc ends with a line that holds nothing but its marker.
      at main.hcl:5:5 [<<-E\n  x\nE]: something follows behind the marker that ends it
    ");
}

#[test]
fn a_number_parted_by_a_blank_became_another_when_it_was_formatted() {
    insta::assert_snapshot!(errors("a = -2. 5\nb = [1 .5, (1).5]\n"), @r"
    Error: Invalid index
      A number has no elements, and the fraction of a number is written without a blank.
      at main.hcl:1:5 [-2. 5]: an element of a number
      help: Remove the blank, if you mean one number.
    Error: Invalid index
      A number has no elements, and the fraction of a number is written without a blank.
      at main.hcl:2:6 [1 .5]: an element of a number
      help: Remove the blank, if you mean one number.
    ");
}

#[test]
fn a_directive_went_on_below_the_end_of_its_heredoc() {
    let text = "a = <<EOT\n%{ if true }\n x\n  EOT\n%{ endif }\nEOT\nb = <<EOT\n%{ if true }EOT\nEOT x\n EOT%{ endif }\nEOT\n";
    insta::assert_snapshot!(errors(text), @r"
    Error: Unexpected end of template
      The heredoc ends before the directive in it does: its `%{ endif }` or `%{ endfor }` stands below the marker.
      at main.hcl:2:13 [\n x\n  EOT\n]: holds the line that ends the heredoc
      help: Give the heredoc a marker that no line of it is.
    ");
}

#[test]
fn a_directive_went_on_behind_the_end_of_its_string() {
    let text = "a = \"%{ if true }y\"//\":%{ endif }\"\nb = \"%{ if true }\\\\\\\"%{ endif }\"\nc = \"%{ for x in [1] }\\\\\"%{ endfor }\"\n";
    insta::assert_snapshot!(errors(text), @r#"
    Error: Unexpected end of template
      The string ends before the directive in it does: its `%{ endif }` or `%{ endfor }` stands behind the quote.
      at main.hcl:1:18 [y\"//\":]: holds the quote
      help: Write \" for a quote that does not end the string.
    Error: Unexpected end of template
      The string ends before the directive in it does: its `%{ endif }` or `%{ endfor }` stands behind the quote.
      at main.hcl:3:23 [\\\\\"]: holds the quote
      help: Write \" for a quote that does not end the string.
    "#);
}

#[test]
fn a_carriage_return_was_a_blank_between_brackets() {
    let text = "a = [1,\r2]\r\nb = /*\n\r*/ 1\nc = <<E\nd\re\nE\nf = \"g\rh\"\ni = \"/*\" # /*\nj = [\r]\n";
    insta::assert_snapshot!(errors(text), @r"
    Error: Invalid character
      A carriage return that no line feed follows ends no line, and is no blank either.
      at main.hcl:1:8 [\r]: a carriage return
      help: End lines with a line feed; in a string, write \r.
    Error: Invalid character
      A carriage return that no line feed follows ends no line, and is no blank either.
      at main.hcl:7:7 [\r]: a carriage return
      help: End lines with a line feed; in a string, write \r.
    Error: Invalid character
      A carriage return that no line feed follows ends no line, and is no blank either.
      at main.hcl:9:6 [\r]: a carriage return
      help: End lines with a line feed; in a string, write \r.
    ");
}

#[test]
fn a_list_began_with_something_called_for() {
    let text = "a = [for+ x]\nb = [\n  for.x, 1]\nc = [fork, for]\nd = [for x in y : x]\n";
    insta::assert_snapshot!(errors(text), @r"
    Error: Invalid 'for' expression
      What begins with `[for` makes a list of each element of another.
      at main.hcl:1:6 [for]: begins a `for` expression
      help: Write [for x in list : x], or give it another name.
    Error: Invalid 'for' expression
      What begins with `[for` makes a list of each element of another.
      at main.hcl:3:3 [for]: begins a `for` expression
      help: Write [for x in list : x], or give it another name.
    ");
}

#[test]
fn a_reference_went_on_below_its_line() {
    let text = "a = x.\ny\nb = { c = [x.\n  y], d = x.\n  y }\ne = \"${x.\ny}\"\nf = g(x.\ny)[z.\n0]\nh = [for k in x.\ny : k]\n";
    insta::assert_snapshot!(errors(text), @r"
    Error: Invalid attribute name
      Where no bracket is open, an expression ends with its line, and so does a reference.
      at main.hcl:1:6 [.\n]: goes on in another line
      help: Write it on one line, or put brackets around it.
    Error: Invalid attribute name
      Where no bracket is open, an expression ends with its line, and so does a reference.
      at main.hcl:4:12 [.\n  ]: goes on in another line
      help: Write it on one line, or put brackets around it.
    ");
}
