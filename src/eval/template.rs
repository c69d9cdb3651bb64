//! Templates: quoted, heredocs, and files.

use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{
    Directive, Element, ForDirective, HeredocTemplate, IfDirective, StringTemplate, Template,
};

use super::budget::MAX_TEXT;
use super::evaluator::Evaluator;
use super::loops::Items;
use super::token::{Style, literals};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::value::{Type, Value, convert, type_of};

/// What a template has come to so far.
#[derive(Default)]
struct Rendered {
    text: String,
    unknown: bool,
    sensitive: bool,
}

impl Evaluator<'_> {
    /// A template that is nothing but one interpolation is the value itself.
    pub(super) fn string_template(&mut self, template: &StringTemplate) -> Value {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.value(&only.expr);
        }
        self.template(template, Style::Quoted)
    }

    /// A heredoc is always text.
    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate) -> Value {
        let range = heredoc.span().unwrap_or(0..0);
        let flush = self
            .source
            .text
            .get(range)
            .is_some_and(|text| text.starts_with("<<-"));
        self.template(&heredoc.template, Style::Plain { flush })
    }

    fn template(&mut self, template: &Template, style: Style) -> Value {
        let texts = match literals(template, &self.source.text, style) {
            Ok(texts) => texts,
            Err(range) if self.source.text[range.clone()].contains('\n') => {
                let span = self.span(Some(range));
                return self.fail(line_end(span));
            }
            Err(range) => {
                let span = self.span(Some(range));
                return self.fail(
                    Diagnostic::error("Invalid escape sequence")
                        .detail("The escapes are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN.")
                        .at(span, "no such escape"),
                );
            }
        };
        let mut rendered = Rendered::default();
        self.render(template, &texts, &mut 0, &mut rendered);
        if !self.budget.take(rendered.text.len()) {
            self.too_much(template.span());
            return Value::unknown(Type::String);
        }
        let value = if rendered.unknown {
            Value::unknown(Type::String)
        } else {
            Value::normalised(rendered.text)
        };
        value.sensitive_if(rendered.sensitive)
    }

    /// Renders a template; `next` counts the literals, which stand in the order of the source.
    fn render(&mut self, template: &Template, texts: &[String], next: &mut usize, into: &mut Rendered) {
        for element in template {
            match element {
                Element::Literal(_) => {
                    into.text.push_str(texts.get(*next).map_or("", String::as_str));
                    *next += 1;
                }
                Element::Interpolation(interpolation) => self.interpolate(&interpolation.expr, into),
                Element::Directive(directive) => match &**directive {
                    Directive::If(branch) => self.render_if(branch, texts, next, into),
                    Directive::For(each) => self.render_for(each, texts, next, into),
                },
            }
            if into.text.len() > MAX_TEXT {
                into.text.clear();
                into.unknown = true;
                let span = self.span(template.span());
                self.fail(
                    Diagnostic::error("Text too large")
                        .detail("This template comes to more than 16 MiB of text.")
                        .at(span, "too large"),
                );
                return;
            }
        }
    }

    fn interpolate(&mut self, expression: &Expression, into: &mut Rendered) {
        let value = self.value(expression);
        into.sensitive |= value.sensitive;
        let span = self.span(expression.span());
        if value.is_null() {
            self.fail(
                Diagnostic::error("Null in a template")
                    .detail("This value is null, and null cannot be put into text.")
                    .at(span, "null"),
            );
            return;
        }
        match convert(&value, &Type::String) {
            Ok(text) => match text.as_str() {
                Some(text) => into.text.push_str(text),
                None => into.unknown = true,
            },
            Err(error) => {
                let ty = type_of(&value).described();
                self.fail(
                    Diagnostic::error("Invalid template interpolation value")
                        .detail(format!("This value cannot be put into text: {error}."))
                        .at(span, ty)
                        .help("Use join(...) or jsonencode(...) to make text of it."),
                );
            }
        }
    }

    fn render_if(&mut self, branch: &IfDirective, texts: &[String], next: &mut usize, into: &mut Rendered) {
        let condition = self.value(&branch.if_expr.cond_expr);
        let condition = self.boolean(&condition, &branch.if_expr.cond_expr, "The condition of an `if`");
        into.sensitive |= condition.sensitive;
        if condition.is_unknown() {
            into.unknown = true;
        }
        let mut aside = Rendered::default();
        let chosen = condition.as_bool();
        let before = self.problems.0.len();
        let yes = if chosen == Some(true) {
            &mut *into
        } else {
            &mut aside
        };
        self.render(&branch.if_expr.template, texts, next, yes);
        if chosen == Some(false) {
            self.problems.0.truncate(before);
        }
        if let Some(other) = &branch.else_expr {
            let before = self.problems.0.len();
            let no = if chosen == Some(false) {
                &mut *into
            } else {
                &mut aside
            };
            self.render(&other.template, texts, next, no);
            if chosen == Some(true) {
                self.problems.0.truncate(before);
            }
        }
        into.sensitive |= aside.sensitive;
    }

    fn render_for(&mut self, each: &ForDirective, texts: &[String], next: &mut usize, into: &mut Rendered) {
        let for_expr = &each.for_expr;
        let collection = self.value(&for_expr.collection_expr);
        let start = *next;
        *next += count_literals(&for_expr.template);
        let items = match self.items(&collection, &for_expr.collection_expr) {
            Items::Known(items, sensitive) => {
                into.sensitive |= sensitive;
                items
            }
            Items::Unknown(sensitive) => {
                into.sensitive |= sensitive;
                into.unknown = true;
                return;
            }
        };
        let key_var = for_expr.key_var.as_ref().map(|name| name.as_str());
        for (key, value) in items {
            let variables = self.bind(key_var, key, for_expr.value_var.as_str(), value);
            self.render(&for_expr.template, texts, &mut start.clone(), into);
            self.locals.truncate(self.locals.len() - variables);
            if !self.step(for_expr.collection_expr.span()) {
                break;
            }
        }
    }

    /// Evaluates a parsed template file: like a quoted template, one interpolation alone is the value itself.
    pub(super) fn template_file(mut self, template: &Template) -> Result<Value, Diagnostics> {
        self.in_template = true;
        let value = match template.as_single_element() {
            Some(Element::Interpolation(only)) => self.value(&only.expr),
            _ => self.template(template, Style::Plain { flush: false }),
        };
        self.finish(value)
    }
}

/// Words that a line ends inside quotes.
pub(super) fn line_end(span: Span) -> Diagnostic {
    Diagnostic::error("Line end in a quoted string")
        .detail("A string in quotes must end on the line on which it begins.")
        .at(span, "goes over several lines")
        .help("Write \\n for a line end, or use a heredoc: <<EOT.")
}

/// Parses the text of a template file.
///
/// # Errors
/// It is no template.
pub(super) fn parse_template(source: &Arc<Source>) -> Result<Template, Diagnostic> {
    source.text.parse::<Template>().map_err(|error| {
        let location = error.location();
        let offset = location.offset();
        Diagnostic::error("Invalid template")
            .detail(format!("The template cannot be read: {}.", error.message()))
            .at(Span::new(source, offset..offset), "here")
    })
}

fn count_literals(template: &Template) -> usize {
    template
        .iter()
        .map(|element| match element {
            Element::Literal(_) => 1,
            Element::Interpolation(_) => 0,
            Element::Directive(directive) => match &**directive {
                Directive::If(branch) => {
                    let other = branch
                        .else_expr
                        .as_ref()
                        .map_or(0, |other| count_literals(&other.template));
                    count_literals(&branch.if_expr.template) + other
                }
                Directive::For(each) => count_literals(&each.for_expr.template),
            },
        })
        .sum()
}
