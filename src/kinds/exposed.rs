//! What is shown to everyone who may list objects or processes: no secret may stand there.

use super::spec::problem;
use super::{Problem, Spec, labels};
use crate::value::Value;

const LABELS: &str = "Everyone who may list objects on the engine reads their labels.";
const ARGUMENTS: &str =
    "Everyone who may list containers, or processes on the engine's host, reads what is run.";

/// Finds problems of the labels of an object.
pub(super) fn check_labels(spec: &Spec, help: &str) -> Vec<Problem> {
    let secret = check(spec.get("labels"), "labels", "Sensitive label", LABELS, help);
    secret.into_iter().chain(labels::reserved(spec)).collect()
}

/// Finds secrets in what a container runs.
pub(super) fn check_arguments(spec: &Spec) -> Vec<Problem> {
    let help = "Give the value in a `file` block, or in `env`, and let the program read it there.";
    let test = spec
        .get("healthcheck")
        .and_then(|check| check.as_entries()?.get("test"));
    [
        (spec.get("command"), "command"),
        (spec.get("entrypoint"), "entrypoint"),
        (test, "healthcheck.test"),
    ]
    .into_iter()
    .filter_map(|(value, path)| check(value, path, "Sensitive argument", ARGUMENTS, help))
    .collect()
}

/// Finds a secret in an attribute.
pub(super) fn check(
    value: Option<&Value>,
    path: &str,
    summary: &str,
    detail: &str,
    help: &str,
) -> Option<Problem> {
    value
        .filter(|value| value.is_sensitive_anywhere())
        .map(|_| problem(path, summary, detail.to_owned(), help))
}

/// How a secret gets past these checks if it is none.
pub(super) const NOT_SECRET: &str = "If it is no secret, write `nonsensitive(…)` around it.";

/// Finds a secret among the labels of an image that is built.
pub(super) fn check_build(spec: &Spec) -> Option<Problem> {
    let labels = spec
        .get("build")
        .and_then(|build| build.as_entries()?.get("labels"));
    check(labels, "build.labels", "Sensitive label", LABELS, NOT_SECRET)
}
