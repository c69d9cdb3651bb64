//! Patterns that exclude files: those of `.dockerignore`, and the list of a sync's `exclude`.
//!
//! Both know `*`, `?`, `[a-z]`, `\` and `**`, and `!` in front of a pattern takes back what an earlier one excluded. The
//! last pattern that matches a path decides, and what holds for a directory holds for everything in it. But, as in Docker,
//! a pattern that changes nothing for a directory says nothing of what is in it: after `*.md`, `!docs` does not bring back
//! `docs/a.md`. An exception is found however deep it lies, as BuildKit does it. The two lists differ in where a pattern
//! begins to match: see [`Rules`].

use regex::bytes::Regex;

use super::{Problem, TreePath};

/// Where patterns match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Docker's rules: every pattern starts at the root; a slash at its end means nothing.
    Root,
    /// As in a `.gitignore`: a pattern without a slash before its end matches at any depth, and a slash at its end matches
    /// directories alone.
    Anywhere,
}

/// A list of patterns.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    list: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    regex: Regex,
    takes_back: bool,
    directories_only: bool,
}

impl Patterns {
    /// Compiles patterns. Empty ones say nothing.
    ///
    /// # Errors
    /// Says of each pattern that makes no sense why.
    pub fn new<T: AsRef<str>>(rules: Rules, patterns: &[T]) -> Result<Self, Problem> {
        let mut list = Vec::new();
        let mut lines = Vec::new();
        for text in patterns.iter().map(AsRef::as_ref) {
            match Pattern::new(rules, text) {
                Ok(pattern) => list.extend(pattern),
                Err(why) => lines.push(format!("The pattern `{text}` {why}.")),
            }
        }
        if lines.is_empty() {
            Ok(Self { list })
        } else {
            Err(Problem { lines })
        }
    }

    /// Reads the text of a `.dockerignore`: one pattern a line, `#` starts a comment.
    ///
    /// # Errors
    /// Says of each pattern that makes no sense why.
    pub fn dockerignore(text: &str) -> Result<Self, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::trim)
            .collect();
        Self::new(Rules::Root, &lines)
    }

    /// Makes one path an exception from all patterns.
    pub(super) fn always_keep(&mut self, path: &TreePath) {
        let exact = std::str::from_utf8(path.as_bytes()).map(regex::escape);
        let regex = exact
            .ok()
            .and_then(|exact| Regex::new(&format!(r"\A{exact}\z")).ok());
        self.list.extend(regex.map(|regex| Pattern {
            regex,
            takes_back: true,
            directories_only: false,
        }));
    }

    /// Tells whether a path is excluded, by itself or with a directory above it.
    pub fn excludes(&self, path: &TreePath, is_directory: bool) -> bool {
        if self.list.is_empty() {
            return false;
        }
        let mut steps: Vec<(TreePath, bool)> = path.ancestors().map(|directory| (directory, true)).collect();
        steps.reverse();
        steps.push((path.clone(), is_directory));
        let mut holds = vec![false; self.list.len()];
        steps.iter().fold(false, |_, (step, is_directory)| {
            let mut excluded = false;
            for (pattern, holds) in self.list.iter().zip(&mut holds) {
                // A pattern that would change nothing is not asked, and so does not come to hold for what is inside.
                if !*holds && pattern.takes_back == excluded {
                    *holds = pattern.matches(step, *is_directory);
                }
                if *holds {
                    excluded = !pattern.takes_back;
                }
            }
            excluded
        })
    }

    /// Tells whether something below an excluded directory may be kept, so that one has to look.
    pub(super) fn has_exceptions(&self) -> bool {
        self.list.iter().any(|pattern| pattern.takes_back)
    }
}

impl Pattern {
    /// Compiles one pattern; `None` if it says nothing.
    fn new(rules: Rules, text: &str) -> Result<Option<Self>, &'static str> {
        let text = text.trim();
        let (takes_back, body) = match text.strip_prefix('!') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        if takes_back && body.is_empty() {
            return Err("takes back nothing: `!` must be followed by a pattern");
        }
        let anywhere = rules == Rules::Anywhere;
        let floats = anywhere && !body.trim_end_matches('/').contains('/');
        let Some(clean) = clean(body) else {
            return Ok(None);
        };
        let start = if floats { ANY_DIRECTORIES } else { "" };
        let regex = Regex::new(&format!(r"\A{start}{}\z", translate(&clean)?))
            .map_err(|_| "has a range that is no range of characters")?;
        Ok(Some(Self {
            regex,
            takes_back,
            directories_only: anywhere && body.ends_with('/'),
        }))
    }

    fn matches(&self, path: &TreePath, is_directory: bool) -> bool {
        (is_directory || !self.directories_only) && self.regex.is_match(path.as_bytes())
    }
}

/// Resolves `.`, `..` and doubled slashes, and drops the slashes at both ends. `None` if nothing is left.
fn clean(text: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if text.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Any number of directories, none included. Bytes, because names need not be UTF-8.
const ANY_DIRECTORIES: &str = "(?:(?s-u:.)*/)?";

/// Writes a pattern as a regular expression over bytes.
fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut regex = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '*' if rest.starts_with('*') => {
                rest = rest.trim_start_matches('*');
                match rest.strip_prefix('/') {
                    Some(after) => {
                        rest = after;
                        regex.push_str(ANY_DIRECTORIES);
                    }
                    None => regex.push_str("(?s-u:.)*"),
                }
            }
            '*' => regex.push_str("(?-u:[^/])*"),
            '?' => regex.push_str("[^/]"),
            '[' => rest = translate_class(rest, &mut regex)?,
            '\\' => {
                let escaped = rest
                    .chars()
                    .next()
                    .ok_or("ends with a `\\` that escapes nothing")?;
                rest = &rest[escaped.len_utf8()..];
                push_literal(&mut regex, escaped);
            }
            literal => push_literal(&mut regex, literal),
        }
    }
    Ok(regex)
}

/// Writes what stands after a `[`, and returns what follows the `]`.
fn translate_class<'a>(text: &'a str, regex: &mut String) -> Result<&'a str, &'static str> {
    const UNCLOSED: &str = "has a `[` without its `]`";
    const EMPTY: &str = "has an empty `[]`";
    let (negated, mut rest) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    regex.push_str(if negated { "[^/" } else { "[" });
    let mut members = 0;
    loop {
        let mut chars = rest.chars();
        match chars.next().ok_or(UNCLOSED)? {
            ']' if members == 0 => return Err(EMPTY),
            ']' => {
                regex.push(']');
                return Ok(chars.as_str());
            }
            '-' => regex.push('-'),
            '\\' => push_literal(regex, chars.next().ok_or(UNCLOSED)?),
            literal => push_literal(regex, literal),
        }
        members += 1;
        rest = chars.as_str();
    }
}

fn push_literal(regex: &mut String, literal: char) {
    regex.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells which of the paths are excluded; a slash at the end makes a path a directory.
    fn excluded<'a>(patterns: &Patterns, paths: &'a [&'a str]) -> Vec<&'a str> {
        let excluded = |path: &&&str| {
            let tree_path = TreePath::new(path.trim_end_matches('/')).unwrap();
            patterns.excludes(&tree_path, path.ends_with('/'))
        };
        paths.iter().filter(excluded).copied().collect()
    }

    #[track_caller]
    fn check(rules: Rules, patterns: &[&str], out: &[&str], kept: &[&str]) {
        let compiled = Patterns::new(rules, patterns).unwrap();
        assert_eq!(excluded(&compiled, out), out, "{patterns:?} exclude these");
        assert_eq!(
            excluded(&compiled, kept),
            Vec::<&str>::new(),
            "{patterns:?} keep these"
        );
    }

    #[test]
    fn dockers_documented_examples() {
        let root = |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Root, patterns, out, kept);
        root(
            &["*/temp*"],
            &["somedir/temporary.txt", "somedir/temp/"],
            &["temp", "a/b/temp"],
        );
        root(
            &["*/*/temp*"],
            &["somedir/subdir/temporary.txt"],
            &["somedir/temporary.txt"],
        );
        root(
            &["temp?"],
            &["tempa", "tempb/", "tempb/x"],
            &["temp", "tempab", "a/tempa"],
        );
        root(&["**/*.go"], &["a.go", "a/b/c.go"], &["a.got"]);
        root(
            &["*.md", "!README.md"],
            &["CHANGES.md"],
            &["README.md", "docs/a.md"],
        );
        root(
            &["*.md", "!README*.md", "README-secret.md"],
            &["a.md", "README-secret.md"],
            &["README.md", "README-x.md"],
        );
        root(
            &["*.md", "README-secret.md", "!README*.md"],
            &["a.md"],
            &["README-secret.md"],
        );
        root(&["/foo/bar"], &["foo/bar"], &["bar", "x/foo/bar"]);
        root(&["foo/bar/"], &["foo/bar"], &[]);
        root(&[".", "", "/"], &[], &["a", "a/b"]);
    }

    #[test]
    fn patterns_are_cleaned_like_paths() {
        let root = |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Root, patterns, out, kept);
        root(&["./a//b/../c"], &["a/c"], &["a/b"]);
        root(&["/../a"], &["a"], &[]);
        root(&["../a"], &[], &["a", "x/a"]);
        root(&["! a", "b"], &["b"], &["a"]);
    }

    #[test]
    fn the_last_match_decides_also_below_directories() {
        let root = |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Root, patterns, out, kept);
        root(
            &["a", "!a/keep"],
            &["a/", "a/x", "a/b/c"],
            &["a/keep", "a/keep/deep"],
        );
        root(&["*", "!src"], &["other", "x/src"], &["src/", "src/a/b"]);
        root(&["a/**"], &["a/x", "a/x/y"], &["a/", "ab"]);
        root(
            &["**/node_modules"],
            &["node_modules/", "a/b/node_modules/x"],
            &["node_modules2"],
        );
        root(&["a/**/z"], &["a/z", "a/b/c/z"], &["a/bz"]);
        root(&["**"], &["a", "a/b"], &[]);
        root(&["**", "!**/*.go"], &["a", "a/b"], &["x.go", "a/b/x.go"]);
    }

    #[test]
    fn a_pattern_that_changes_nothing_for_a_directory_says_nothing_of_its_content() {
        let root = |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Root, patterns, out, kept);
        root(&["**/*.md", "!docs"], &["docs/a.md"], &["docs/", "docs/a.txt"]);
        root(&["*", "!x/f", "x"], &["x/", "x/g"], &["x/f"]);
    }

    #[test]
    fn without_a_slash_a_syncs_pattern_matches_at_any_depth() {
        let anywhere =
            |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Anywhere, patterns, out, kept);
        anywhere(&["*.pyc"], &["a.pyc", "x/y/a.pyc"], &["a.py"]);
        anywhere(
            &["__pycache__/"],
            &["__pycache__/", "x/__pycache__/a"],
            &["__pycache__", "x/__pycache__"],
        );
        anywhere(&["/top"], &["top", "top/a"], &["x/top"]);
        anywhere(
            &["docs/*.txt"],
            &["docs/a.txt"],
            &["x/docs/a.txt", "docs/b/a.txt"],
        );
        anywhere(
            &["*.log", "!keep.log"],
            &["a.log", "x/a.log"],
            &["keep.log", "x/keep.log"],
        );
    }

    #[test]
    fn ranges_and_escapes() {
        let root = |patterns: &[&str], out: &[&str], kept: &[&str]| check(Rules::Root, patterns, out, kept);
        root(&["[a-c]x"], &["ax", "cx"], &["dx", "x"]);
        root(&["[^a-c]x"], &["dx", "üx"], &["ax", "/x".trim_start_matches('/')]);
        root(&[r"[\]\-]x"], &["]x", "-x"], &["ax"]);
        root(&["[[&&a]x"], &["[x", "&x", "ax"], &["bx"]);
        root(&[r"\*.md"], &["*.md"], &["a.md"]);
        root(&[r"\!a"], &["!a"], &["a"]);
        root(&["a.b(c)+"], &["a.b(c)+"], &["axb(c)+", "a.bcc"]);
        root(&["?"], &["ü"], &["ab"]);
        root(&["a*"], &["a\nb"], &["b"]);
    }

    #[test]
    fn names_that_are_no_utf8_match_stars() {
        let patterns = Patterns::new(Rules::Anywhere, &["*.bin"]).unwrap();
        assert!(patterns.excludes(&TreePath::new(&b"a/\xff\xfe.bin"[..]).unwrap(), false));
    }

    #[test]
    fn says_of_every_bad_pattern_why() {
        let problem = Patterns::new(Rules::Root, &["[a", "ok", "!", r"a\", "[z-a]"]).unwrap_err();
        insta::assert_snapshot!(problem, @r"
        The pattern `[a` has a `[` without its `]`.
        The pattern `!` takes back nothing: `!` must be followed by a pattern.
        The pattern `a\` ends with a `\` that escapes nothing.
        The pattern `[z-a]` has a range that is no range of characters.
        ");
    }

    #[test]
    fn reads_a_dockerignore() {
        let text = "\u{feff}# comment\n\n  *.md  \r\n!README.md\n #not-a-comment\n";
        let patterns = Patterns::dockerignore(text).unwrap();
        assert_eq!(
            excluded(&patterns, &["a.md", "README.md", "#not-a-comment"]),
            ["a.md", "#not-a-comment"]
        );
    }
}
