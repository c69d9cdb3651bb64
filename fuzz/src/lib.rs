//! What the fuzz targets share: each feeds arbitrary text to a part of wharf, and draws what that part has to say of it.
//!
//! Nothing is looked at but that it ends: in time, within the memory, and without a panic.

/// What a text means, as the tests of the formatter ask.
#[path = "../../src/format/tests/meaning.rs"]
mod meaning;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use wharf::config::{self, KindNames, ModuleFiles};
use wharf::desired::{Inputs, Unknowns, evaluate};
use wharf::diagnostic::{self, Diagnostic, Diagnostics, Source, Span};
use wharf::eval::{self, Moment, Scope};
use wharf::value::{Type, Value};
use wharf::view::Paint;
use wharf::view::diagnostic::{Look, report};

const KINDS: KindNames<'static> = KindNames {
    managed: &["container", "image", "job", "network", "sync", "volume"],
    data: &["container", "image", "network", "volume"],
    is_block: wharf::kinds::is_block,
};

/// Parses a configuration and evaluates it as `wharf validate` does.
pub fn configuration(name: &str, text: &str) {
    let source = Source::new(name, text);
    let files = ModuleFiles::alone(vec![source]);
    let parsed = config::parse(files, PathBuf::from("."), "fuzz".to_owned(), KINDS);
    let inputs = Inputs {
        environment: BTreeMap::new(),
        assignments: Vec::new(),
        workspace: "default".to_owned(),
        working_dir: PathBuf::from("/nonexistent"),
        destroying: false,
        moment: Moment::Planning,
    };
    let outcome = parsed.and_then(|config| evaluate(&config, &inputs, &mut Unknowns::default()));
    if let Err(problems) = outcome {
        draw(&problems);
    }
}

/// Parses an expression and evaluates it with a few names in scope.
pub fn expression(text: &str) {
    let source = Source::new("expression", text);
    let outcome =
        config::parse_expression(&source).and_then(|expr| eval::evaluate(&expr.expression, &source, &Names));
    if let Err(problems) = outcome {
        draw(&problems);
    }
}

/// Formats a text and asserts what must hold of it: it means the same, and formatting it again changes nothing.
pub fn format(text: &str) {
    let formatted = wharf::format::format(text);
    let Some(tree) = meaning::meaning(text) else {
        return;
    };
    let formatted = formatted.expect("what is parsed can be cut into tokens");
    assert_eq!(meaning::meaning(&formatted), Some(tree), "{formatted:?}");
    let mut last = formatted;
    // Of `"${"${x}"}"` one layer goes at a time, and each that goes makes the text shorter.
    for _ in 0..text.len() {
        let again = wharf::format::format(&last).expect("what was formatted can be cut into tokens");
        if again == last {
            return;
        }
        assert!(
            again.len() < last.len() && last.contains("\"${"),
            "{last:?} becomes {again:?}"
        );
        last = again;
    }
}

/// Draws problems as the terminal shows them.
pub fn draw(problems: &Diagnostics) {
    let look = Look {
        width: 80,
        paint: Paint::PLAIN,
    };
    assert!(!report(problems, look).is_empty() || problems.0.is_empty());
}

struct Names;

impl Scope for Names {
    fn resolve(&self, path: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        let value = match path[0] {
            "unknown" => Value::unknown(Type::Any),
            "secret" => Value::from("s3cret").sensitive(),
            "list" => Value::tuple([1.into(), 2.into(), "three".into()]),
            "map" => Value::object([("a", Value::from(1)), ("b", Value::NULL)]),
            _ => return Err(Diagnostic::error("Undefined reference").at(spans[0].clone(), "not declared")),
        };
        Ok((value, 1))
    }
}

/// Makes a source, so that a target can call what takes one.
pub fn source(text: &str) -> Arc<Source> {
    Source::new("fuzz.hcl", text)
}
