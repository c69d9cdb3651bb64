//! What is given from outside, and the values of the variables.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::constant;
use crate::config::variables::VariableFile;
use crate::config::{Expr, Module, Variable, parse_expression};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::eval::{Moment, Scope, evaluate, type_constraint};
use crate::value::{Type, Value, convert};

/// What is given from outside: plain data, full of secrets.
#[derive(Clone)]
pub struct Inputs {
    /// The environment. `WHARF_VAR_name` gives a variable's value, unless one of the assignments does.
    pub environment: BTreeMap<String, String>,
    /// Variable files and `--var` options, each going beyond those before it.
    pub assignments: Vec<Assignment>,
    /// The workspace.
    pub workspace: String,
    /// The directory in which wharf was started, absolute.
    pub working_dir: PathBuf,
    /// Whether everything is to go: then a file that cannot be read is not needed, and what it holds is unknown.
    pub destroying: bool,
    /// Whether it is planned or applied: what `timestamp()` and its like give is not known before.
    pub moment: Moment,
}

/// Something that gives variables their values.
#[derive(Clone)]
pub enum Assignment {
    /// A file.
    File(VariableFile),
    /// An option `--var name=text`.
    Option {
        /// The variable.
        name: String,
        /// The text behind the `=`.
        text: String,
    },
}

/// Shows nothing that could be a secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Inputs")
            .field("assignments", &self.assignments)
            .field("workspace", &self.workspace)
            .field("working_dir", &self.working_dir)
            .finish_non_exhaustive()
    }
}

/// Shows where values come from, not the values.
impl fmt::Debug for Assignment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "File({})", file.source.path.display()),
            Self::Option { name, .. } => write!(formatter, "Option({name})"),
        }
    }
}

impl Inputs {
    /// The beginning of the names in the environment that give variables their values.
    pub const PREFIX: &'static str = "WHARF_VAR_";
}

/// Where a value comes from.
enum Given<'a> {
    /// Text, with what to call its origin.
    Text(String, &'a str),
    /// An expression in a file.
    Written(&'a Expr),
    /// A value, and where it is made.
    Value(Value, Span),
}

/// Nothing can be referred to where values are given.
struct Nothing;

impl Scope for Nothing {
    fn resolve(&self, _: &[&str], spans: &[Span]) -> Result<(Value, usize), Diagnostic> {
        let diagnostic = Diagnostic::error("References are not possible here")
            .detail("The value of a variable cannot refer to anything.")
            .help("Text is written in double quotes.");
        Err(match spans.first() {
            Some(span) => diagnostic.at(span.clone(), "a reference"),
            None => diagnostic,
        })
    }
}

/// Decides on the value of each variable of the root module.
pub(super) fn variables(
    root: &Module,
    inputs: &Inputs,
    problems: &mut Diagnostics,
) -> IndexMap<String, Value> {
    let given = given(root, inputs, problems);
    root.variables
        .values()
        .map(|variable| {
            let value = value(variable, given.get(variable.name.as_str()));
            // What has been reported as wrong takes part in no further problem.
            let value = problems.note(value).unwrap_or_else(|| Value::unknown(Type::Any));
            (variable.name.clone(), value.sensitive_if(variable.sensitive))
        })
        .collect()
}

/// Finds which value counts for each variable, and reports names that no variable has.
fn given<'a>(
    root: &'a Module,
    inputs: &'a Inputs,
    problems: &mut Diagnostics,
) -> BTreeMap<&'a str, Given<'a>> {
    let mut given = BTreeMap::new();
    for name in root.variables.keys() {
        if let Some(text) = inputs.environment.get(&format!("{}{name}", Inputs::PREFIX)) {
            given.insert(
                name.as_str(),
                Given::Text(format!("{}{name}", Inputs::PREFIX), text),
            );
        }
    }
    let meant = |name: &str| match did_you_mean(name, root.variables.keys().map(String::as_str)) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Declare it with `variable \"{name}\" {{ … }}`, or take the value out."),
    };
    for assignment in &inputs.assignments {
        match assignment {
            Assignment::Option { name, text } if root.variables.contains_key(name) => {
                given.insert(name, Given::Text(format!("--var {name}"), text));
            }
            Assignment::Option { name, .. } => problems.push(
                Diagnostic::error("Undeclared variable")
                    .detail(format!(
                        "`--var` gives a value to `{name}`, and no variable has that name."
                    ))
                    .help(meant(name)),
            ),
            Assignment::File(file) => {
                for (name, (span, expr)) in &file.values {
                    if root.variables.contains_key(name) {
                        given.insert(name, Given::Written(expr));
                    } else {
                        problems.push(
                            Diagnostic::warning("Undeclared variable")
                                .detail(format!("No variable has the name `{name}`."))
                                .at(span.clone(), "has no effect")
                                .help(meant(name)),
                        );
                    }
                }
            }
        }
    }
    given
}

/// Returns where a variable of the root module is given its value.
pub(super) fn given_at(inputs: &Inputs, name: &str) -> Option<Span> {
    let whole = |origin: String, text: &str| Span::new(&Source::new(origin, text), 0..text.len());
    let assigned = inputs
        .assignments
        .iter()
        .rev()
        .find_map(|assignment| match assignment {
            Assignment::File(file) => file.values.get(name).map(|(_, expr)| expr.span()),
            Assignment::Option { name: given, text } => {
                (given == name).then(|| whole(format!("--var {name}"), text))
            }
        });
    assigned.or_else(|| {
        let variable = format!("{}{name}", Inputs::PREFIX);
        let text = inputs.environment.get(&variable)?;
        Some(whole(variable, text))
    })
}

/// Decides on the value of a variable of a module that is called.
///
/// # Errors
/// What is given does not fit the variable.
pub(super) fn argument(variable: &Variable, given: Option<(Value, Span)>) -> Result<Value, Diagnostics> {
    value(
        variable,
        given.map(|(value, span)| Given::Value(value, span)).as_ref(),
    )
}

fn value(variable: &Variable, given: Option<&Given<'_>>) -> Result<Value, Diagnostics> {
    if constant::default(variable).is_err() {
        // Said where the references of the module are read, so that it takes part in no further problem.
        return Ok(Value::unknown(Type::Any));
    }
    let ty = match &variable.ty {
        Some(expr) => Some(type_constraint(&expr.expression, &expr.source)?),
        None => None,
    };
    if let (Some(expr), Some(_)) = (&variable.default, given) {
        // A default that does not fit is wrong even where it is not needed.
        let span = match variable.sensitive {
            true => variable.span.clone(),
            false => expr.span(),
        };
        fitting(variable, &written(variable, expr)?, ty.as_ref(), span)?;
    }
    let (value, span) = match given {
        Some(Given::Text(origin, text)) => text_value(variable, ty.as_ref(), origin, text)?,
        Some(Given::Written(expr)) => (written(variable, expr)?, expr.span()),
        Some(Given::Value(value, span)) => (value.clone(), span.clone()),
        None => default(variable)?,
    };
    // A variable that cannot be null falls back to its default, if it has one.
    let (value, span) = match &variable.default {
        Some(expr) if value.is_null() && !variable.nullable => (written(variable, expr)?, expr.span()),
        _ => (value, span),
    };
    // The line of a secret must not be shown.
    let span = if variable.sensitive {
        variable.span.clone()
    } else {
        span
    };
    if value.is_null() && !variable.nullable {
        return Err(Diagnostic::error("Invalid value of a variable")
            .detail(format!("`{}` cannot be null.", variable.name))
            .at(span, "null")
            .into());
    }
    fitting(variable, &value, ty.as_ref(), span)
}

/// Converts a value to the type of a variable.
fn fitting(variable: &Variable, value: &Value, ty: Option<&Type>, span: Span) -> Result<Value, Diagnostics> {
    // The keys of a secret are a part of it.
    let value = value.clone().sensitive_if(variable.sensitive);
    convert(&value, ty.unwrap_or(&Type::Any)).map_err(|error| {
        let place = match error.path.is_empty() {
            true => String::new(),
            false => format!(" at `{}{}`", variable.name, error.path),
        };
        let problem = Diagnostic::error("Invalid value of a variable").detail(format!(
            "The value does not fit the type of `{}`{place}: {error}.",
            variable.name
        ));
        match span == variable.span {
            true => problem.at(span, "its value does not fit").into(),
            false => problem
                .at(span, "this value")
                .related(variable.span.clone(), "declared here")
                .into(),
        }
    })
}

fn default(variable: &Variable) -> Result<(Value, Span), Diagnostics> {
    match &variable.default {
        Some(expr) => Ok((written(variable, expr)?, expr.span())),
        None => Err(Diagnostic::error("Missing variable")
            .detail(format!("`{}` has no default, and no value is given.", variable.name))
            .at(variable.span.clone(), "needs a value")
            .help(format!(
                "Give one with `--var {name}=…`, in `wharf.vars.hcl`, or in the environment as `{prefix}{name}`.",
                name = variable.name,
                prefix = Inputs::PREFIX
            ))
            .into()),
    }
}

/// Evaluates what is written for a variable. Neither the line of a secret is shown nor a word of it.
fn written(variable: &Variable, expr: &Expr) -> Result<Value, Diagnostics> {
    evaluated(expr).map_err(|problems| match variable.sensitive {
        false => problems,
        true => Diagnostic::error("Invalid value of a variable")
            .detail(format!(
                "What is written for `{}` in {} cannot be evaluated. It is not shown, for the variable is sensitive.",
                variable.name,
                expr.source.path.display()
            ))
            .at(variable.span.clone(), "its value is not written out")
            .help("Text is written in double quotes; references and functions are not possible there.")
            .into(),
    })
}

fn evaluated(expr: &Expr) -> Result<Value, Diagnostics> {
    constant::constant(expr)?;
    evaluate(&expr.expression, &expr.source, &Nothing)
}

/// Text is taken as it is, unless the variable's type is one that text cannot be converted to.
fn text_value(
    variable: &Variable,
    ty: Option<&Type>,
    origin: &str,
    text: &str,
) -> Result<(Value, Span), Diagnostics> {
    // A secret must not be shown as the line of an error.
    let shown = if variable.sensitive { "(sensitive)" } else { text };
    let whole = Span::new(&Source::new(origin, shown), 0..shown.len());
    match ty {
        None => Ok((Value::from(text), whole)),
        Some(ty) if ty.is_primitive() => Ok((Value::from(text), whole)),
        Some(_) => {
            let source: Arc<Source> = Source::new(origin, text);
            let value = parse_expression(&source).and_then(|expr| evaluated(&expr));
            match value {
                Ok(value) => Ok((value, whole)),
                Err(_) if variable.sensitive => Err(Diagnostic::error("Invalid value of a variable")
                    .detail(format!(
                        "The text given for `{}` is not an expression.",
                        variable.name
                    ))
                    .at(variable.span.clone(), "declared here")
                    .into()),
                Err(problems) => Err(problems),
            }
        }
    }
}
