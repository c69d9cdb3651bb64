//! A diagnostic as JSON, in the shape that Terraform's `validate -json` and its log of a run give it.

use serde_json::{Value as Json, json};

use crate::diagnostic::{Diagnostic, Span};
use crate::format;

/// Returns a diagnostic as JSON: severity, summary, detail, and the range and the lines of its place.
///
/// Columns count characters; offsets of the highlight count bytes from the beginning of the first line.
pub fn diagnostic(diagnostic: &Diagnostic) -> Json {
    let mut body = json!({
        "severity": super::diagnostic::severity(diagnostic.severity),
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
    });
    if !diagnostic.help.is_empty() {
        body["help"] = diagnostic.help.clone().into();
    }
    if let Some(label) = &diagnostic.label {
        body["range"] = range(&label.span);
        body["snippet"] = snippet(&label.span, diagnostic);
    }
    body
}

fn range(span: &Span) -> Json {
    let position = |offset: usize| {
        let (line, column) = span.source.line_column(offset);
        json!({"line": line, "column": column, "byte": offset})
    };
    json!({
        "filename": span.source.path.display().to_string(),
        "start": position(span.range.start),
        "end": position(span.range.end),
    })
}

fn snippet(span: &Span, diagnostic: &Diagnostic) -> Json {
    let text = &span.source.text;
    let start = boundary(text, span.range.start);
    let end = boundary(text, span.range.end).max(start);
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    // A place that ends with the end of a line does not reach into the next one.
    let inside = text[start..end].trim_end_matches(['\n', '\r']).len() + start;
    let last = text[inside..].find('\n').map_or(text.len(), |at| inside + at);
    let code = text[first..last].trim_end_matches('\r');
    let values: Vec<Json> = diagnostic
        .values
        .iter()
        .map(|known| json!({"traversal": known.reference, "statement": known.statement}))
        .collect();
    json!({
        "context": format::block_around(text, start),
        "code": code,
        "start_line": span.source.line_column(start).0,
        "highlight_start_offset": start - first,
        "highlight_end_offset": (end - first).min(code.len()),
        "values": values,
    })
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Known, Source};

    fn of(text: &str, piece: &str) -> Json {
        let source = Source::new("main.hcl", text);
        let at = text.find(piece).unwrap();
        let span = Span::new(&source, at..at + piece.len());
        let known = Known {
            reference: "local.b".to_owned(),
            statement: "is 5".to_owned(),
        };
        diagnostic(&Diagnostic::error("Wrong").at(span, "").knowing([known]))
    }

    #[test]
    fn the_highlight_counts_bytes_and_the_column_characters() {
        let body = of("locals {\n  a = [\"é\", x]\n}\n", "x]");
        assert_eq!(
            body["range"]["start"],
            json!({"line": 2, "column": 13, "byte": 22})
        );
        assert_eq!(
            body["snippet"],
            json!({
                "context": "locals",
                "code": "  a = [\"é\", x]",
                "start_line": 2,
                "highlight_start_offset": 13,
                "highlight_end_offset": 15,
                "values": [{"traversal": "local.b", "statement": "is 5"}],
            })
        );
    }

    #[test]
    fn a_place_of_several_lines_shows_all_of_them() {
        let body = of("output \"o\" {\n  value = [\n    1,\n  ]\n}\n", "[\n    1,\n  ]");
        assert_eq!(body["snippet"]["code"], "  value = [\n    1,\n  ]");
        assert_eq!(body["snippet"]["context"], "output \"o\"");
    }
}
