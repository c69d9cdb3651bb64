//! Texts of several lines, as rows.

use similar::{ChangeTag, TextDiff};

use super::row::{Row, Sign};
use crate::view::escape::escape_lines;

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// Shows every line of a text that is new or goes.
pub(super) fn whole(text: &str, depth: usize) -> Vec<Row> {
    text.lines().map(|line| row(Sign::None, line, depth)).collect()
}

/// Shows the lines that differ with some around them.
pub(super) fn difference(before: &str, after: &str, depth: usize) -> Vec<Row> {
    let diff = TextDiff::from_lines(before, after);
    let mut rows = Vec::new();
    let mut shown_to = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        rows.extend(hidden(depth, start - shown_to));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => Sign::None,
                ChangeTag::Delete => Sign::Remove,
                ChangeTag::Insert => Sign::Add,
            };
            let mut row = row(sign, change.value(), depth);
            if change.missing_newline() {
                row.remark = "no newline at the end".to_owned();
            }
            rows.push(row);
        }
        shown_to = group.last().map_or(shown_to, |op| op.old_range().end);
    }
    rows.extend(hidden(depth, diff.old_len() - shown_to));
    rows
}

fn row(sign: Sign, line: &str, depth: usize) -> Row {
    let line = line.strip_suffix('\n').unwrap_or(line);
    Row::new(sign, depth, escape_lines(line))
}

fn hidden(depth: usize, count: usize) -> Option<Row> {
    (count > 0).then(|| Row::hidden(depth, count, "line"))
}
