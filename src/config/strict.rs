//! What a syntax tree does not tell of text: there labels and strings in quotes may go over line ends, a directive may go on behind
//! the quote that ends its string or the line that ends its heredoc, something may follow on the line that ends a heredoc, a carriage return that ends no line is a
//! blank, `2. 5` is the element 5 of the number 2, a list may begin with something called `for`, and a reference may go on below its line
//! where no bracket is open; in the language none of it may be.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{
    Array, Expression, ForExpr, FuncArgs, Object, Parenthesis, Traversal, TraversalOperator,
};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::{Directive, HeredocTemplate, Interpolation, StringTemplate};
use hcl_edit::visit::{self, Visit};

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Finds what a file has and the language does not allow.
pub(super) fn problems(source: &Arc<Source>, body: &Body) -> Diagnostics {
    let mut finder = Finder::new(source);
    finder.visit_body(body);
    finder.ended()
}

/// Finds what an expression has and the language does not allow.
pub(super) fn problems_in(source: &Arc<Source>, expression: &Expression) -> Diagnostics {
    let mut finder = Finder::new(source);
    finder.visit_expr(expression);
    finder.ended()
}

struct Finder<'a> {
    source: &'a Arc<Source>,
    problems: Diagnostics,
    /// Where heredocs stand.
    heredocs: Vec<Range<usize>>,
    /// Where labels, strings and heredocs stand: what looks like a comment there is none.
    texts: Vec<Range<usize>>,
    /// Whether line ends are blanks: a bracket is open, and not one of an object.
    in_brackets: bool,
    /// Whether the template at hand stands in quotes.
    in_quotes: bool,
    /// What ends the heredoc at hand.
    marker: &'a str,
    /// Whether its own text, not that of the expressions in it, has a line end.
    broken: bool,
}

impl<'a> Finder<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        Self {
            source,
            problems: Diagnostics::default(),
            heredocs: Vec::new(),
            texts: Vec::new(),
            in_brackets: false,
            in_quotes: false,
            marker: "",
            broken: false,
        }
    }

    /// Visits what stands between brackets.
    fn within(&mut self, in_brackets: bool, visit: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.in_brackets, in_brackets);
        visit(self);
        self.in_brackets = around;
    }

    fn ended(mut self) -> Diagnostics {
        let text = self.source.text.as_bytes();
        let lone: Vec<usize> = (0..text.len())
            .filter(|at| text[*at] == b'\r' && text.get(at + 1) != Some(&b'\n'))
            .collect();
        if lone.is_empty() {
            return self.problems;
        }
        self.texts.sort_by_key(|range| range.start);
        let mut allowed = comments(text, &self.texts);
        allowed.append(&mut self.heredocs);
        for at in lone {
            if !allowed.iter().any(|range| range.contains(&at)) {
                self.problems.push(carriage_return(self.span(Some(at..at + 1))));
            }
        }
        self.problems
    }

    fn has_line_end(&self, range: Option<Range<usize>>) -> bool {
        range
            .and_then(|range| self.source.text.get(range))
            .is_some_and(|text| text.contains('\n'))
    }

    fn span(&self, range: Option<Range<usize>>) -> Span {
        Span::new(self.source, range.unwrap_or_default())
    }
}

impl Visit for Finder<'_> {
    fn visit_block(&mut self, node: &Block) {
        for range in node.labels.iter().map(hcl_edit::Span::span) {
            if self.has_line_end(range.clone()) {
                self.problems.push(label_over_lines(self.span(range.clone())));
            }
            self.texts.extend(range);
        }
        visit::visit_block(self, node);
    }

    fn visit_expr(&mut self, node: &Expression) {
        if let Expression::String(text) = node {
            if self.has_line_end(text.span()) {
                self.problems.push(string_over_lines(self.span(text.span())));
            }
            self.texts.extend(text.span());
        }
        visit::visit_expr(self, node);
    }

    fn visit_array(&mut self, node: &Array) {
        let first = node.get(0).and_then(hcl_edit::Span::span);
        let text = first.and_then(|range| Some((range.start, self.source.text.get(range.start..)?)));
        if let Some((start, text)) = text
            && text.starts_with("for")
            && !text[3..].starts_with(is_part_of_name)
        {
            self.problems
                .push(begins_with_for(self.span(Some(start..start + 3))));
        }
        self.within(true, |this| visit::visit_array(this, node));
    }

    fn visit_object(&mut self, node: &Object) {
        self.within(false, |this| visit::visit_object(this, node));
    }

    fn visit_parenthesis(&mut self, node: &Parenthesis) {
        self.within(true, |this| visit::visit_parenthesis(this, node));
    }

    fn visit_func_args(&mut self, node: &FuncArgs) {
        self.within(true, |this| visit::visit_func_args(this, node));
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.within(true, |this| visit::visit_for_expr(this, node));
    }

    fn visit_interpolation(&mut self, node: &Interpolation) {
        self.within(true, |this| visit::visit_interpolation(this, node));
    }

    fn visit_directive(&mut self, node: &Directive) {
        self.within(true, |this| visit::visit_directive(this, node));
    }

    fn visit_traversal_operator(&mut self, node: &TraversalOperator) {
        self.within(true, |this| visit::visit_traversal_operator(this, node));
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        let operator = node.operators.first();
        if let (Expression::Number(_), Some(operator)) = (&node.expr, operator)
            && let TraversalOperator::LegacyIndex(_) = operator.value()
        {
            self.problems.push(element_of_number(self.span(node.span())));
        }
        let mut end = node.expr.span().map(|range| range.end);
        for operator in &node.operators {
            let name = match operator.value() {
                TraversalOperator::GetAttr(name) => name.span(),
                _ => operator.span(),
            };
            let gap = end.zip(name).map(|(end, name)| end..name.start.max(end));
            if !self.in_brackets && self.has_line_end(gap.clone()) {
                self.problems.push(goes_on_below(self.span(gap)));
            }
            end = operator.span().map(|range| range.end);
        }
        visit::visit_traversal(self, node);
    }

    fn visit_string_template(&mut self, node: &StringTemplate) {
        let around = (self.in_quotes, self.broken);
        (self.in_quotes, self.broken) = (true, false);
        self.texts.extend(node.span());
        visit::visit_string_template(self, node);
        if self.broken {
            self.problems.push(string_over_lines(self.span(node.span())));
        }
        (self.in_quotes, self.broken) = around;
    }

    fn visit_heredoc_template(&mut self, node: &HeredocTemplate) {
        let behind = node.span().and_then(|range| self.source.text.get(range.end..));
        let rest = behind.and_then(|behind| behind.lines().next());
        if rest.is_some_and(|rest| !rest.trim().is_empty()) {
            self.problems.push(heredoc_goes_on(self.span(node.span())));
        }
        self.heredocs.extend(node.span());
        self.texts.extend(node.span());
        let text = node.span().and_then(|range| self.source.text.get(range));
        let begin = text.and_then(|text| text.lines().next()).unwrap_or_default();
        let marker = begin.trim_start_matches(['<', '-']).trim();
        let around = (self.in_quotes, self.marker);
        (self.in_quotes, self.marker) = (false, marker);
        visit::visit_heredoc_template(self, node);
        (self.in_quotes, self.marker) = around;
    }

    fn visit_literal(&mut self, node: &hcl_edit::Spanned<String>) {
        let text = node.span().and_then(|range| self.source.text.get(range));
        if self.in_quotes && text.is_some_and(has_quote) {
            self.problems.push(quote_in_directive(self.span(node.span())));
        }
        if !self.in_quotes && text.is_some_and(|text| has_line(text, self.marker)) {
            self.problems.push(marker_in_directive(self.span(node.span())));
        }
        self.broken |= self.in_quotes && self.has_line_end(node.span());
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

fn begins_with_for(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid 'for' expression")
        .detail("What begins with `[for` makes a list of each element of another.")
        .at(span, "begins a `for` expression")
        .help("Write [for x in list : x], or give it another name.")
}

/// Finds the comments that may go over several lines: `/*` begins one where no text and no other comment stands.
fn comments(text: &[u8], texts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut texts = texts.iter().peekable();
    let mut at = 0;
    while at < text.len() {
        while texts.next_if(|range| range.end <= at).is_some() {}
        let find = |end: &[u8]| {
            let rest = text[at..].windows(end.len());
            let end_at = rest.enumerate().find(|(_, window)| *window == end);
            end_at.map_or(text.len(), |(end_at, _)| at + end_at + end.len())
        };
        at = match &text[at..] {
            _ if texts.peek().is_some_and(|range| range.contains(&at)) => {
                texts.next().map_or(at + 1, |it| it.end)
            }
            [b'#', ..] | [b'/', b'/', ..] => find(b"\n"),
            [b'/', b'*', ..] => {
                let end = find(b"*/");
                found.push(at..end);
                end
            }
            _ => at + 1,
        };
    }
    found
}

fn carriage_return(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid character")
        .detail("A carriage return that no line feed follows ends no line, and is no blank either.")
        .at(span, "a carriage return")
        .help("End lines with a line feed; in a string, write \\r.")
}

/// Tells whether text holds a quote that no backslash escapes.
fn has_quote(text: &str) -> bool {
    let mut escaped = false;
    text.bytes().any(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// Tells whether any line that lies in a text from its beginning to its end is a marker.
fn has_line(text: &str, marker: &str) -> bool {
    let whole = text.split('\n').skip(1);
    let mut lines = whole.collect::<Vec<_>>();
    lines.pop();
    lines.iter().any(|line| line.trim() == marker)
}

fn marker_in_directive(span: Span) -> Diagnostic {
    Diagnostic::error("Unexpected end of template")
        .detail("The heredoc ends before the directive in it does: its `%{ endif }` or `%{ endfor }` stands below the marker.")
        .at(span, "holds the line that ends the heredoc")
        .help("Give the heredoc a marker that no line of it is.")
}

fn quote_in_directive(span: Span) -> Diagnostic {
    Diagnostic::error("Unexpected end of template")
        .detail("The string ends before the directive in it does: its `%{ endif }` or `%{ endfor }` stands behind the quote.")
        .at(span, "holds the quote")
        .help("Write \\\" for a quote that does not end the string.")
}

fn label_over_lines(span: Span) -> Diagnostic {
    Diagnostic::error("Line end in a quoted label")
        .detail("A label in quotes must end on the line on which it begins.")
        .at(span, "goes over several lines")
        .help("Close it with `\"` on the same line.")
}

fn heredoc_goes_on(span: Span) -> Diagnostic {
    Diagnostic::error("Unterminated heredoc")
        .detail("A heredoc ends with a line that holds nothing but its marker.")
        .at(span, "something follows behind the marker that ends it")
}

fn goes_on_below(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid attribute name")
        .detail("Where no bracket is open, an expression ends with its line, and so does a reference.")
        .at(span, "goes on in another line")
        .help("Write it on one line, or put brackets around it.")
}

fn element_of_number(span: Span) -> Diagnostic {
    Diagnostic::error("Invalid index")
        .detail("A number has no elements, and the fraction of a number is written without a blank.")
        .at(span, "an element of a number")
        .help("Remove the blank, if you mean one number.")
}

fn string_over_lines(span: Span) -> Diagnostic {
    Diagnostic::error("Line end in a quoted string")
        .detail("A string in quotes must end on the line on which it begins.")
        .at(span, "goes over several lines")
        .help("Write \\n for a line end, or use a heredoc: <<EOT.")
}
