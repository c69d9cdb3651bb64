//! Text as it was written → the same text with those heredocs spelt otherwise that the parser would misread.
//!
//! The language ends a heredoc at a line that holds the marker and nothing else but blanks. The parser takes any line that begins
//! with the marker, knows only spaces and tabs before it, and overlooks the end of a heredoc without lines if the same marker ends
//! another one further below. All are spelt so that it reads them as they are meant, in as many bytes: each place in the tree is
//! the place in the file.

use std::borrow::Cow;

use super::scan::{self, Heredoc};

/// Returns the text for the parser.
pub(super) fn spelt(text: &str) -> Cow<'_, str> {
    if !text.contains("<<") {
        return Cow::Borrowed(text);
    }
    let mut spelt = Cow::Borrowed(text);
    for heredoc in scan::heredocs(text) {
        if heredoc.body.is_empty() {
            let range = heredoc.start..heredoc.end.end;
            let empty = format!("\"\"{}", " ".repeat(range.len() - 2));
            spelt.to_mut().replace_range(range, &empty);
            continue;
        }
        let before = text[..heredoc.end.start].rfind('\n').map_or(0, |at| at + 1)..heredoc.end.start;
        if !text[before.clone()].chars().all(|c| matches!(c, ' ' | '\t')) {
            let spaces = " ".repeat(before.len());
            spelt.to_mut().replace_range(before, &spaces);
        }
        if let Some(other) = other_marker(text, &heredoc) {
            let text = spelt.to_mut();
            text.replace_range(heredoc.marker, &other);
            text.replace_range(heredoc.end, &other);
        }
    }
    spelt
}

/// Returns a marker of the same length that no line contains, if a line begins with the one that is there.
fn other_marker(text: &str, heredoc: &Heredoc) -> Option<String> {
    let body = &text[heredoc.body.clone()];
    let marker = &text[heredoc.marker.clone()];
    let is_misread = |line: &str| line.trim_start_matches([' ', '\t']).starts_with(marker);
    if !body.lines().any(is_misread) {
        return None;
    }
    let letters = ('A'..='Z').chain('a'..='z').chain(['_']);
    let (at, last) = marker.char_indices().next_back()?;
    // Letters of several bytes are replaced by as many.
    letters
        .map(|other| format!("{}{}", &marker[..at], other.to_string().repeat(last.len_utf8())))
        .find(|other| !body.contains(other.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_reads_well_stays() {
        for text in [
            "a = 1 << 2\n",
            "a = <<EOT\nx\nEOT\nb = <<EOT\ny EOT\nEOT\n",
            "# <<EOT\na = \"<<EOT\"\n",
        ] {
            assert!(matches!(spelt(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_line_that_begins_with_the_marker_does_not_end_a_heredoc() {
        let text = "a = <<EOT\nx\nEOT is its end\nEOA\nEOT\nb = 1\n";
        assert_eq!(spelt(text), "a = <<EOB\nx\nEOT is its end\nEOA\nEOB\nb = 1\n");
    }

    #[test]
    fn a_heredoc_without_lines_ends_before_another_one() {
        let text = "a = <<-EOT\n  EOT \nb = [<<EOT\nEOT\n, \"${<<E\nx\nE\n}\"]\nc = <<EOT\ny\nEOT\n";
        let expected = "a = \"\"           \nb = [\"\"       \n, \"${<<E\nx\nE\n}\"]\nc = <<EOT\ny\nEOT\n";
        assert_eq!(spelt(text), expected);
        assert_eq!(text.len(), expected.len());
    }

    #[test]
    fn other_blanks_before_the_marker_hid_the_end_of_a_heredoc() {
        let text = "a = <<-EOT\n  x\n \u{b}\u{a0}EOT\nb = 1\nEOT\n";
        assert_eq!(spelt(text), "a = <<-EOT\n  x\n    EOT\nb = 1\nEOT\n");
    }

    #[test]
    fn what_is_wrong_elsewhere_does_not_matter() {
        let text = "a = (\nb {\n  c = <<EOT\nEOT\n  d = \"\n}\ne {\n  f = <<EOT\nEOT\n}\ng = <<EOT\nx\nEOT\n";
        let expected =
            "a = (\nb {\n  c = \"\"       \n  d = \"\n}\ne {\n  f = \"\"       \n}\ng = <<EOT\nx\nEOT\n";
        assert_eq!(spelt(text), expected);
    }

    #[test]
    fn the_end_of_an_empty_heredoc_behind_many_spaces_was_a_panic() {
        let text = format!("a = <<EOT\n{}EOT\n", " ".repeat(66_000));
        let spelt = spelt(&text);
        assert!(spelt.starts_with("a = \"\" ") && spelt.ends_with(" \n"));
        assert_eq!(spelt.len(), text.len());
    }

    #[test]
    fn what_is_no_heredoc_became_one() {
        for begun in ["<<--EOT", "<<EOT ", "<<1EOT", "<<EOT\t", "<< EOT", "<<-EOT \r"] {
            let marker = begun.trim_start_matches(['<', '-', ' ']).trim_end();
            let text = format!("a = {begun}\n{marker}\nb = {begun}\n{marker} x\n{marker}\n");
            assert!(matches!(spelt(&text), Cow::Borrowed(_)), "{text}");
            assert!(hcl_edit::parser::parse_body(&spelt(&text)).is_err(), "{text}");
        }
    }

    #[test]
    fn markers_are_names_in_any_script() {
        for begun in ["<<É", "<<-É\r", "<<_E-", "<<E--T"] {
            let marker = begun.trim_start_matches(['<', '-']).trim_end();
            let text = format!("a = {begun}\n{marker}\nb = {begun}\n{marker} x\n {marker}\n");
            let spelt = spelt(&text);
            assert!(matches!(spelt, Cow::Owned(_)), "{text}");
            assert_eq!(spelt.len(), text.len());
            let body = hcl_edit::parser::parse_body(&spelt);
            assert_eq!(body.map(|body| body.len()).ok(), Some(2), "{spelt}");
        }
    }

    #[test]
    fn many_items_that_are_never_closed_are_not_gone_through_again_and_again() {
        let text = format!("x ?\n{}", "a {\n  b = <<E\nE\n".repeat(5_000));
        assert!(scan::heredocs(&text).len() <= scan::ENOUGH);
        assert_eq!(spelt(&text).len(), text.len());
    }
}
