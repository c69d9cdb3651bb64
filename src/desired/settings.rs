//! The `wharf` and `engine` blocks: what is decided before any object is looked at.

use semver::{Version, VersionReq};

use super::graph::Graph;
use super::reading::Reader;
use super::setting::Prepared;
use super::walk::Walk;
use super::{Inputs, Kinds, Unknowns};
use crate::config::{Config, Expr};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::kinds::KINDS;
use crate::value::{Type, Value, convert};

/// What the `wharf` and `engine` blocks say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The project: given, or the name of the directory or file.
    pub project: String,
    /// The path of the state file as it is written, relative to the configuration's directory.
    pub state_path: Option<String>,
    /// Where the engine listens.
    pub engine_host: Option<String>,
}

/// Evaluates the `wharf` and `engine` blocks.
///
/// # Errors
/// Problems of these blocks, and of the variables and locals of the configuration.
pub fn settings(config: &Config, inputs: &Inputs) -> Result<Settings, Diagnostics> {
    let mut problems = Diagnostics::default();
    let prepared = Prepared::new(config, inputs, KINDS, &mut problems);
    let settings = problems.note(read(config, inputs, KINDS, &prepared));
    match settings {
        Some(settings) if !problems.has_errors() => Ok(settings),
        _ => Err(problems),
    }
}

/// Evaluates the blocks of a configuration that is prepared.
pub(super) fn read(
    config: &Config,
    inputs: &Inputs,
    kinds: Kinds,
    prepared: &Prepared,
) -> Result<Settings, Diagnostics> {
    let setting = prepared.setting(config, inputs, kinds, config.default_project.clone());
    let mut walk = Walk::new(&setting);
    let mut text = |expr: &Option<Expr>| match expr {
        Some(expr) => text(expr, config, kinds, &prepared.graph, &mut walk),
        None => None,
    };
    let version = text(&config.wharf.required_version);
    let project = text(&config.wharf.project);
    let state_path = text(&config.wharf.state_path);
    let engine_host = text(&config.engine.host);
    let mut problems = walk.problems;
    if let (Some(required), Some(expr)) = (version, &config.wharf.required_version) {
        problems.extend(check_version(&required, expr));
    }
    for expr in config
        .modules
        .iter()
        .filter_map(|module| module.required_version.as_ref())
    {
        match expr.expression.as_str() {
            Some(required) => problems.extend(check_version(required, expr)),
            None => problems.push(
                Diagnostic::error("Not a literal")
                    .detail("In a module that is called, the version is plain text.")
                    .at(expr.span(), "not plain text"),
            ),
        }
    }
    if let (Some(project), Some(expr)) = (&project, &config.wharf.project) {
        problems.extend(check_project(project, expr));
    }
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(Settings {
        project: project.unwrap_or_else(|| config.default_project.clone()),
        state_path,
        engine_host,
    })
}

/// Evaluates one argument, which may use variables, local values and functions.
fn text(expr: &Expr, config: &Config, kinds: Kinds, graph: &Graph, walk: &mut Walk<'_>) -> Option<String> {
    let mut found = Diagnostics::default();
    let mut reader = Reader::new(config, 0, kinds, graph.parts[0].numbering, &mut found);
    reader.expr(expr);
    let needs = reader.found;
    if found.has_errors() {
        walk.problems.extend(found);
        return None;
    }
    let wrong = |summary: &str, detail: &str| Diagnostic::error(summary).detail(detail).at(expr.span(), "");
    let is_object = |need| graph.units.reaches(0, need, &graph.parts);
    if needs.iter().any(is_object) {
        walk.problems.push(wrong(
            "Settings cannot refer to objects",
            "This must be known before any object is looked at; it may use variables, local values and functions.",
        ));
        return None;
    }
    walk.demand_all(0, &needs, &mut Unknowns::default());
    let value = walk.evaluated(0, expr)?;
    if value.is_unknown() {
        // Something that it is made from was reported.
        return None;
    }
    if value.sensitive {
        walk.problems.push(wrong(
            "Sensitive setting",
            "A setting is shown, so it cannot be made from a secret.",
        ));
        return None;
    }
    let text = convert(&value, &Type::String).ok();
    let text = text.as_ref().and_then(Value::as_str).map(str::to_owned);
    if text.is_none() {
        walk.problems.push(wrong("Wrong type", "This takes a string."));
    }
    text
}

fn check_project(project: &str, expr: &Expr) -> Option<Diagnostic> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if project.starts_with(|c: char| c.is_ascii_alphanumeric()) && project.chars().all(good) {
        return None;
    }
    Some(
        Diagnostic::error("Invalid project name")
            .detail(format!("`{project}` cannot be a part of names and file names."))
            .at(expr.span(), "")
            .help("A project's name begins with a letter or digit, and goes on with letters, digits, `_`, `.` and `-`."),
    )
}

fn check_version(required: &str, expr: &Expr) -> Option<Diagnostic> {
    let here = env!("CARGO_PKG_VERSION");
    match Version::parse(here)
        .ok()
        .and_then(|version| satisfies(&version, required))
    {
        Some(true) => None,
        Some(false) => Some(
            Diagnostic::error("Unsuitable version of wharf")
                .detail(format!(
                    "The configuration is for wharf `{required}`, and this is {here}."
                ))
                .at(expr.span(), "required here"),
        ),
        None => Some(
            Diagnostic::error("Invalid version constraint")
                .detail(format!("`{required}` is not a version constraint."))
                .at(expr.span(), "")
                .help(
                    "A constraint looks like `\">= 0.1\"` or `\"~> 1.2\"`; several are separated by commas.",
                ),
        ),
    }
}

/// Tells whether a version meets all of a list of constraints; `None` if they are malformed.
fn satisfies(version: &Version, constraints: &str) -> Option<bool> {
    let mut all = true;
    for constraint in constraints.split(',').map(str::trim) {
        let (inverted, requirement) = if let Some(bound) = constraint.strip_prefix("!=") {
            (true, format!("={}", bound.trim()))
        } else if let Some(bound) = constraint.strip_prefix("~>") {
            // The last component that is given may grow.
            let bound = bound.trim();
            let operator = if bound.matches('.').count() >= 2 { "~" } else { "^" };
            (false, pessimistic(operator, bound)?)
        } else if constraint.starts_with(|c: char| c.is_ascii_digit()) {
            (false, format!("={constraint}"))
        } else {
            (false, constraint.to_owned())
        };
        all &= VersionReq::parse(&requirement).ok()?.matches(version) != inverted;
    }
    Some(all)
}

/// `^0.1` would not let `0.2` in, so a bound of two components is written out.
fn pessimistic(operator: &str, bound: &str) -> Option<String> {
    if operator == "~" {
        return Some(format!("~{bound}"));
    }
    let major: u64 = bound.split('.').next()?.parse().ok()?;
    Some(match bound.contains('.') {
        true => format!(">={bound}, <{}", major + 1),
        false => format!(">={bound}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_mean_what_they_mean_in_terraform() {
        let version = Version::parse("1.4.2").unwrap();
        for (constraints, expected) in [
            (">= 0.1", Some(true)),
            (">= 1.2, < 1.4", Some(false)),
            ("~> 1.2", Some(true)),
            ("~> 1.4.0", Some(true)),
            ("~> 1.3.0", Some(false)),
            ("!= 1.4.2", Some(false)),
            ("1.4.2", Some(true)),
            ("= 1.4.1", Some(false)),
            ("soon", None),
        ] {
            assert_eq!(satisfies(&version, constraints), expected, "{constraints}");
        }
    }
}
