//! `dynamic` blocks: nested blocks that are generated from the elements of a collection.

use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;

use crate::config::{header_span, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::eval::{Budget, Files, Scope, evaluate};
use crate::value::{Data, Value};

/// A `dynamic` block, read but not evaluated.
pub(super) struct Dynamic<'b> {
    /// The type of the blocks that it generates.
    pub(super) name: &'b str,
    /// What the element is called in the content.
    pub(super) iterator: &'b str,
    /// The collection.
    pub(super) for_each: &'b Expression,
    /// The body of each generated block.
    pub(super) content: &'b Block,
}

/// One element of the collection.
pub(super) struct Generator {
    iterator: String,
    element: Value,
}

impl<'b> Dynamic<'b> {
    /// Reads the block.
    pub(super) fn read(block: &'b Block, source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let span = header_span(source, block);
        let wrong = |detail: &str| -> Diagnostics {
            Diagnostic::error("Malformed dynamic block")
                .detail(detail)
                .at(span.clone(), "")
                .help("Write `dynamic \"port\" { for_each = … content { … } }`.")
                .into()
        };
        let [label] = block.labels.as_slice() else {
            return Err(wrong(
                "A `dynamic` block has one label: the type of the blocks that it generates.",
            ));
        };
        let for_each = block
            .body
            .get_attribute("for_each")
            .ok_or_else(|| wrong("A `dynamic` block needs `for_each`."))?;
        let mut contents = block.body.get_blocks("content");
        let (Some(content), None) = (contents.next(), contents.next()) else {
            return Err(wrong("A `dynamic` block needs one `content` block."));
        };
        let known_attribute = |name: &str| matches!(name, "for_each" | "iterator" | "labels");
        if block
            .body
            .attributes()
            .any(|attribute| !known_attribute(attribute.key.as_str()))
            || block
                .body
                .blocks()
                .any(|nested| nested.ident.as_str() != "content")
        {
            return Err(wrong(
                "A `dynamic` block holds only `for_each`, `iterator`, `labels` and `content`.",
            ));
        }
        // No nested block of any kind has labels.
        let labels = block.body.get_attribute("labels").map(|labels| &labels.value);
        if let Some(labels) = labels.filter(|it| !it.as_array().is_some_and(hcl_edit::expr::Array::is_empty))
        {
            return Err(Diagnostic::error("Unexpected labels")
                .detail(format!("Blocks of type `{}` have no labels.", label.as_str()))
                .at(span_of(source, labels), "gives labels")
                .help("Take `labels` out.")
                .into());
        }
        let iterator = match block.body.get_attribute("iterator") {
            None => label.as_str(),
            Some(attribute) => match &attribute.value {
                Expression::Variable(name) => name.as_str(),
                _ => return Err(wrong("`iterator` is a single name.")),
            },
        };
        Ok(Self {
            name: label.as_str(),
            iterator,
            for_each: &for_each.value,
            content,
        })
    }

    /// Evaluates the collection; `None` if it is not known yet.
    pub(super) fn generators(
        &self,
        source: &Arc<Source>,
        scope: &dyn Scope,
    ) -> Result<Option<Vec<Generator>>, Diagnostics> {
        let value = evaluate(self.for_each, source, scope)?;
        if value.is_unknown() {
            scope.skipped();
            return Ok(None);
        }
        let pairs: Vec<(Value, Value)> = match &value.data {
            Data::List(_, elements) | Data::Tuple(elements) => (0_i64..)
                .zip(elements.iter())
                .map(|(at, element)| (Value::from(at), element.clone()))
                .collect(),
            Data::Set(_, elements) => elements
                .iter()
                .map(|element| (element.clone(), element.clone()))
                .collect(),
            Data::Map(_, entries) | Data::Object(entries) => entries
                .iter()
                .map(|(name, element)| (Value::from(name.as_str()), element.clone()))
                .collect(),
            _ => {
                return Err(Diagnostic::error("Wrong type")
                    .detail("`for_each` of a `dynamic` block takes a list, a set or a map.")
                    .at(span_of(source, self.for_each), "not a collection")
                    .into());
            }
        };
        let generator = |(key, element): (Value, Value)| Generator {
            iterator: self.iterator.to_owned(),
            element: Value::object([
                ("key", key.sensitive_if(value.sensitive)),
                ("value", element.sensitive_if(value.sensitive)),
            ]),
        };
        Ok(Some(pairs.into_iter().map(generator).collect()))
    }
}

impl Generator {
    /// Adds the iterator to what names stand for.
    pub(super) fn scope<'s>(&'s self, outer: &'s dyn Scope) -> Inner<'s> {
        Inner {
            generator: self,
            outer,
        }
    }
}

/// What names stand for in the content of a `dynamic` block.
pub(super) struct Inner<'s> {
    generator: &'s Generator,
    outer: &'s dyn Scope,
}

impl Scope for Inner<'_> {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match path {
            [root, ..] if *root == self.generator.iterator => Ok((self.generator.element.clone(), 1)),
            _ => self.outer.resolve(path, spans),
        }
    }

    fn element(&self, path: &[&str], spans: &[Span], key: &Value) -> Option<Value> {
        match path {
            [root, ..] if *root == self.generator.iterator => None,
            _ => self.outer.element(path, spans, key),
        }
    }

    fn lasting(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        match path {
            [root, ..] if *root == self.generator.iterator => Ok((self.generator.element.clone(), 1)),
            _ => self.outer.lasting(path, spans),
        }
    }

    fn has_ephemeral(&self) -> bool {
        self.outer.has_ephemeral()
    }

    fn skipped(&self) {
        self.outer.skipped();
    }

    fn files(&self) -> Option<&Files> {
        self.outer.files()
    }

    fn budget(&self) -> Budget {
        self.outer.budget()
    }

    fn environment(&self) -> Option<&std::collections::BTreeMap<String, String>> {
        self.outer.environment()
    }

    fn moment(&self) -> crate::eval::Moment {
        self.outer.moment()
    }

    fn planned_at(&self) -> Option<&str> {
        self.outer.planned_at()
    }
}
