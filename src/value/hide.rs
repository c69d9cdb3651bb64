//! Text that was made by others from values with secrets → the same text without the secrets.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Value;
use super::seal::plain;

/// What stands in the place of a secret.
const HIDDEN: &str = "(sensitive)";

/// Anything shorter stands in too many words to be told from them.
const SHORTEST: usize = 4;

/// Returns the secrets in values as they may stand in text, the longest first.
pub fn secrets<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for value in values {
        gather(value, false, &mut found);
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

/// Puts something else in the place of each secret of a text.
pub fn hide(text: &str, secrets: &[String]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn secrets_are_hidden_whole_by_line_and_quoted() {
        let key = "-----BEGIN\nabc\"def\n-----END";
        let spec = BTreeMap::from([
            (
                "env".to_owned(),
                Value::object([("KEY", Value::from(key).sensitive()), ("MODE", "open".into())]),
            ),
            (
                "file".to_owned(),
                Value::tuple([Value::object([("content", Value::from("s3cret"))])]).sensitive(),
            ),
        ]);
        let secrets = secrets(spec.values());
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
        let spec = BTreeMap::from([(
            "env".to_owned(),
            Value::object([("A", Value::from("a").sensitive())]),
        )]);
        let secrets = secrets(spec.values());
        assert_eq!(hide("a container", &secrets), "a container");
    }
}
