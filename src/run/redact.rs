//! Text that came back from the engine, such as an error or a container's last words → the same without the secrets that wharf gave it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::background::lock;
use super::bind;
use super::context::Context;
use crate::diagnostic::Diagnostics;
use crate::kinds::Spec;
use crate::plan::Step;
use crate::value::Value;
use crate::value::seal::plain;

/// What stands in the place of a secret.
const HIDDEN: &str = "(sensitive)";

/// Anything shorter stands in too many words to be told from them.
const SHORTEST: usize = 4;

/// Takes the secrets of all objects so far out of problems of a step.
pub(super) fn problems(context: &Context<'_>, step: &Step, problems: &mut Diagnostics) {
    // What a step waits for may have got its secrets in an earlier run: then nothing has asked for its values yet.
    if let Ok(change) = context.change(step)
        && change.after.is_object()
    {
        let _ = bind::spec(context, change);
    }
    let secrets = {
        let world = lock(&context.world);
        secrets(world.specs.values().map(AsRef::as_ref))
    };
    for problem in &mut problems.0 {
        problem.detail = hide(&problem.detail, &secrets);
    }
}

/// Takes the secrets of all objects so far out of lines.
pub(super) fn lines(context: &Context<'_>, lines: &mut [String]) {
    if lines.is_empty() {
        return;
    }
    let secrets = secrets(lock(&context.world).specs.values().map(AsRef::as_ref));
    for line in lines {
        *line = hide(line, &secrets);
    }
}

/// Returns the secrets of specs as they may stand in text, the longest first.
fn secrets<'a>(specs: impl Iterator<Item = &'a Spec>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for spec in specs {
        for value in spec.values() {
            gather(value, false, &mut found);
        }
    }
    let mut forms: Vec<String> = found.iter().flat_map(|secret| forms(secret)).collect();
    forms.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
    forms.dedup();
    forms
}

fn gather(value: &Value, within_secret: bool, found: &mut BTreeSet<String>) {
    let secret = within_secret || value.sensitive;
    if secret && !value.is_unknown() {
        match plain(value) {
            Json::String(text) => found.insert(text),
            Json::Number(number) => found.insert(number.to_string()),
            _ => false,
        };
    }
    for child in value.children() {
        gather(child, secret, found);
    }
}

/// A secret can stand there as it is, line by line, or quoted.
fn forms(secret: &str) -> Vec<String> {
    let quoted = Json::from(secret).to_string();
    std::iter::once(secret)
        .chain(secret.lines().map(str::trim))
        .chain([quoted.trim_matches('"')])
        .filter(|form| form.len() >= SHORTEST)
        .map(str::to_owned)
        .collect()
}

fn hide(text: &str, secrets: &[String]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_whole_by_line_and_quoted() {
        let key = "-----BEGIN\nabc\"def\n-----END";
        let spec = Spec::from([
            (
                "env".to_owned(),
                Value::object([("KEY", Value::from(key).sensitive()), ("MODE", "open".into())]),
            ),
            (
                "file".to_owned(),
                Value::tuple([Value::object([("content", Value::from("s3cret"))])]).sensitive(),
            ),
        ]);
        let secrets = secrets([&spec].into_iter());
        assert_eq!(hide(&format!("<{key}>"), &secrets), "<(sensitive)>");
        assert_eq!(hide("line: abc\"def", &secrets), "line: (sensitive)");
        assert_eq!(
            hide(r#"{"KEY":"-----BEGIN\nabc\"def\n-----END"}"#, &secrets),
            r#"{"KEY":"(sensitive)"}"#
        );
        assert_eq!(hide("s3cret and open", &secrets), "(sensitive) and open");
    }

    #[test]
    fn what_is_too_short_to_be_told_from_words_stays() {
        let spec = Spec::from([(
            "env".to_owned(),
            Value::object([("A", Value::from("a").sensitive())]),
        )]);
        let secrets = secrets([&spec].into_iter());
        assert_eq!(hide("a container", &secrets), "a container");
    }
}
