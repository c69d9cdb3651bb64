//! Colours: given or not, and never the only bearer of a meaning.

use anstyle::{AnsiColor, Style};

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    colours: bool,
}

impl Paint {
    /// Makes a paint that colours, or does not.
    pub const fn new(colours: bool) -> Self {
        Self { colours }
    }

    /// Leaves all text as it is.
    pub const PLAIN: Self = Self::new(false);

    /// Tells whether it colours.
    pub const fn colours(self) -> bool {
        self.colours
    }

    /// Paints what is added or went well.
    pub fn green(self, text: &str) -> String {
        self.apply(AnsiColor::Green.on_default(), text)
    }

    /// Paints what is taken away or went wrong.
    pub fn red(self, text: &str) -> String {
        self.apply(AnsiColor::Red.on_default(), text)
    }

    /// Paints what is changed or needs care.
    pub fn yellow(self, text: &str) -> String {
        self.apply(AnsiColor::Yellow.on_default(), text)
    }

    /// Paints what is read.
    pub fn cyan(self, text: &str) -> String {
        self.apply(AnsiColor::Cyan.on_default(), text)
    }

    /// Paints headings.
    pub fn bold(self, text: &str) -> String {
        self.apply(Style::new().bold(), text)
    }

    /// Paints what matters least.
    pub fn dim(self, text: &str) -> String {
        self.apply(Style::new().dimmed(), text)
    }

    fn apply(self, style: Style, text: &str) -> String {
        if self.colours && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
