//! Files.

use unicode_normalization::UnicodeNormalization;

use super::{Call, Failure, Outcome};
use super::{Function, Kind, function, param, string};
use crate::eval::Scope;

pub(super) const FUNCTIONS: &[Function] = &[function("file", &[param("path", Kind::String)], string, file)];

/// Reads a file as text, normalised to NFC.
pub(in crate::eval) fn read_text(scope: &dyn Scope, path: &str) -> Result<String, String> {
    let files = scope.files().ok_or("files cannot be read here")?;
    let bytes = files.read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| format!("`{path}` is not UTF-8 text; use filebase64"))?;
    Ok(text.nfc().collect())
}

fn file(call: &Call<'_>) -> Outcome {
    read_text(call.scope, call.text(0))
        .map(Into::into)
        .map_err(|message| Failure::at(0, message))
}
