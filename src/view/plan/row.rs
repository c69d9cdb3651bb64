//! One line of a plan: a sign, a depth, a text, and a remark.

use crate::view::Paint;

/// What happens to what a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Nothing.
    None,
    /// It is added.
    Add,
    /// It is changed in place.
    Change,
    /// It is taken away.
    Remove,
    /// It is taken away and made anew.
    Replace,
    /// It is made anew, then the predecessor is taken away.
    ReplaceStartFirst,
    /// It is read.
    Read,
}

/// A line. Its text is escaped already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What happens to it.
    pub(crate) sign: Sign,
    /// How deep it is nested; 0 is the block itself.
    pub(crate) depth: usize,
    /// The text.
    pub(crate) text: String,
    /// What stands behind the text, such as `replaces`; empty if nothing.
    pub(crate) remark: String,
}

impl Row {
    /// Makes a line without remark.
    pub(crate) fn new(sign: Sign, depth: usize, text: impl Into<String>) -> Self {
        Self {
            sign,
            depth,
            text: text.into(),
            remark: String::new(),
        }
    }

    /// Makes a line that counts what is not shown, such as `(3 unchanged attributes hidden)`.
    pub(crate) fn hidden(depth: usize, count: usize, what: &str) -> Self {
        let plural = if count == 1 { "" } else { "s" };
        Self {
            remark: format!("({count} unchanged {what}{plural} hidden)"),
            ..Self::new(Sign::None, depth, "")
        }
    }

    /// An empty line.
    pub(crate) fn blank() -> Self {
        Self::new(Sign::None, 0, "")
    }
}

/// Writes a line with its newline.
pub(crate) fn write(row: &Row, paint: Paint) -> String {
    if row.sign == Sign::None && row.text.is_empty() && row.remark.is_empty() {
        return "\n".to_owned();
    }
    let mut line = " ".repeat(4 * row.depth);
    line += &paint.sign(row.sign);
    line.push(' ');
    line += &row.text;
    if !row.remark.is_empty() {
        let gap = if row.text.is_empty() { "" } else { " " };
        line += &format!("{gap}{}", paint.dim(&format!("# {}", row.remark)));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

impl Paint {
    /// Writes a sign, three columns wide.
    pub(super) fn sign(self, sign: Sign) -> String {
        match sign {
            Sign::None => "   ".to_owned(),
            Sign::Add => self.green("  +"),
            Sign::Change => self.yellow("  ~"),
            Sign::Remove => self.red("  -"),
            Sign::Replace => format!("{}/{}", self.red("-"), self.green("+")),
            Sign::ReplaceStartFirst => format!("{}/{}", self.green("+"), self.red("-")),
            Sign::Read => self.cyan(" <="),
        }
    }
}
