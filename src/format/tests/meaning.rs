//! The text of a configuration → the tree that it stands for, so that two texts can be asked whether they mean the same.
//!
//! The fuzz targets have this file too.

use hcl_edit::Ident;
use hcl_edit::expr::{Array, Expression, FuncArgs, FuncCall, FuncName, Object, ObjectKeyMut, ObjectValue};
use hcl_edit::structure::{AttributeMut, Block, BlockLabel, Body};
use hcl_edit::template::{Directive, Element};
use hcl_edit::visit_mut::{self, VisitMut};

use crate::config;
use crate::diagnostic::Source;

/// Returns the tree of a text, `None` if the parser refuses it.
///
/// Spaces, comments and positions are no part of it, nor are the differences between the forms that formatting turns into each other:
/// bare labels, `"${x}"` and `(x)` as whole values, types of variables as text.
pub(crate) fn meaning(text: &str) -> Option<Body> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut body = config::parse_tree(&Source::new("main.hcl", text)).ok()?;
    for block in body.get_blocks_mut("variable") {
        for mut structure in &mut block.body {
            if let Some(mut attribute) = structure.as_attribute_mut()
                && attribute.key.as_str() == "type"
            {
                written_today(attribute.value_mut());
            }
        }
    }
    Canonical.visit_body_mut(&mut body);
    Some(body)
}

/// Replaces what formatting may change by one of its forms.
struct Canonical;

impl VisitMut for Canonical {
    fn visit_attr_mut(&mut self, mut node: AttributeMut<'_>) {
        while let Some(inner) = whole_value(node.get().value.clone()) {
            *node.value_mut() = inner;
        }
        visit_mut::visit_attr_mut(self, node);
    }

    fn visit_block_mut(&mut self, node: &mut Block) {
        for label in &mut node.labels {
            *label = BlockLabel::from(label.as_str());
        }
        visit_mut::visit_block_mut(self, node);
    }

    fn visit_object_item_mut(&mut self, key: ObjectKeyMut<'_>, value: &mut ObjectValue) {
        *value = ObjectValue::new(value.expr().clone());
        visit_mut::visit_object_item_mut(self, key, value);
    }

    fn visit_array_mut(&mut self, node: &mut Array) {
        node.set_trailing("");
        node.set_trailing_comma(false);
        visit_mut::visit_array_mut(self, node);
    }

    fn visit_object_mut(&mut self, node: &mut Object) {
        node.set_trailing("");
        visit_mut::visit_object_mut(self, node);
    }

    fn visit_func_args_mut(&mut self, node: &mut FuncArgs) {
        node.set_trailing("");
        node.set_trailing_comma(false);
        visit_mut::visit_func_args_mut(self, node);
    }

    fn visit_directive_mut(&mut self, node: &mut Directive) {
        // The spaces before the keywords.
        match node {
            Directive::If(directive) => {
                directive.if_expr.set_preamble("");
                if let Some(otherwise) = &mut directive.else_expr {
                    otherwise.set_preamble("");
                    otherwise.set_trailing("");
                }
                directive.endif_expr.set_preamble("");
                directive.endif_expr.set_trailing("");
            }
            Directive::For(directive) => {
                // The library's own walk leaves this out.
                self.visit_expr_mut(&mut directive.for_expr.collection_expr);
                directive.for_expr.set_preamble("");
                directive.endfor_expr.set_preamble("");
                directive.endfor_expr.set_trailing("");
            }
        }
        visit_mut::visit_directive_mut(self, node);
    }
}

/// Returns what stands in `"${x}"` or `(x)`.
fn whole_value(value: Expression) -> Option<Expression> {
    match value {
        Expression::Parenthesis(inner) => Some(inner.into_inner()),
        Expression::StringTemplate(template) => {
            let mut elements = template.into_iter();
            match (elements.next(), elements.next()) {
                (Some(Element::Interpolation(only)), None) => Some(only.expr),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Replaces the type of a variable in one of its old forms.
fn written_today(ty: &mut Expression) {
    let of = |outer: &str, inner: &str| {
        let mut arguments = FuncArgs::new();
        arguments.push(Expression::from(Ident::new(inner)));
        Expression::from(FuncCall::new(FuncName::new(Ident::new(outer)), arguments))
    };
    let today = match ty {
        Expression::String(text) => match text.as_str() {
            "string" => Expression::from(Ident::new("string")),
            word @ ("list" | "map") => of(word, "string"),
            _ => return,
        },
        Expression::Variable(name) if matches!(name.as_str(), "list" | "map" | "set") => {
            of(name.as_str(), "any")
        }
        _ => return,
    };
    *ty = today;
}
