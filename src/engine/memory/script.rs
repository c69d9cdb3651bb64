//! What a command does in the in-memory engine: nothing is run, a few commands are understood, all others run for ever.

use std::time::Duration;

/// How a process goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// What it writes to its standard output.
    pub(super) stdout: String,
    /// What it writes to its standard error.
    pub(super) stderr: String,
    /// When after its start it ends, and with which exit code; `None` if it does not.
    pub(super) end: Option<(Duration, i64)>,
    /// Whether it writes back what is written to it, until that ends.
    pub(super) echoes: bool,
}

/// Reads a command.
pub(super) fn read(command: &[String]) -> Script {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let at_once = |code| Some((Duration::ZERO, code));
    match words.as_slice() {
        ["cat"] => Script {
            echoes: true,
            ..Script::default()
        },
        ["print", words @ ..] => Script {
            stdout: line(words),
            end: at_once(0),
            ..Script::default()
        },
        ["spell", words @ ..] => Script {
            stdout: words.concat() + "\n",
            end: at_once(0),
            ..Script::default()
        },
        ["exit", code, words @ ..] => Script {
            stderr: line(words),
            end: at_once(code.parse().unwrap_or_default()),
            ..Script::default()
        },
        ["sleep", seconds] => Script {
            end: seconds
                .parse()
                .ok()
                .map(|seconds| (Duration::from_secs(seconds), 0)),
            ..Script::default()
        },
        _ => Script::default(),
    }
}

fn line(words: &[&str]) -> String {
    if words.is_empty() {
        String::new()
    } else {
        words.join(" ") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(command: &[&str]) -> Script {
        read(&command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn commands_end_as_they_say() {
        let end = |command: &[&str]| script(command).end.map(|(after, code)| (after.as_secs(), code));
        assert_eq!(end(&["exit", "5"]), Some((0, 5)));
        assert_eq!(end(&["sleep", "3"]), Some((3, 0)));
        assert_eq!(end(&["sleep"]), None);
        assert_eq!(end(&["serve", "--port", "80"]), None);
    }

    #[test]
    fn words_go_to_their_stream() {
        assert_eq!(script(&["print", "a", "b"]).stdout, "a b\n");
        assert_eq!(script(&["exit", "1", "no"]).stderr, "no\n");
    }
}
