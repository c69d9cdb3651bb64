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
    match words.as_slice() {
        ["sh" | "/bin/sh", "-c", text] => shell(text),
        ["cat"] => Script {
            echoes: true,
            ..Script::default()
        },
        words => {
            let mut script = Script::default();
            step(words, &mut script);
            script
        }
    }
}

/// Reads steps that are parted by semicolons.
pub(super) fn shell(text: &str) -> Script {
    let mut script = Script {
        end: Some((Duration::ZERO, 0)),
        ..Script::default()
    };
    for part in text.split(';') {
        let words: Vec<&str> = part.split_whitespace().collect();
        let before = script.end.map_or(Duration::ZERO, |(after, _)| after);
        script.end = Some((before, 0));
        step(&words, &mut script);
        if matches!(words.first(), Some(&"exit")) || script.end.is_none() {
            break;
        }
    }
    script
}

fn step(words: &[&str], script: &mut Script) {
    let before = script.end.map_or(Duration::ZERO, |(after, _)| after);
    match words {
        [] | ["true"] | ["exit"] => script.end = Some((before, 0)),
        ["false"] => script.end = Some((before, 1)),
        ["exit", code] => script.end = Some((before, code.parse().unwrap_or(2))),
        ["sleep", seconds] => {
            let seconds = seconds.parse().unwrap_or_default();
            script.end = Some((before + Duration::from_secs(seconds), 0));
        }
        ["echo", words @ .., ">&2"] => {
            script.stderr.push_str(&(words.join(" ") + "\n"));
            script.end = Some((before, 0));
        }
        ["echo", words @ ..] => {
            script.stdout.push_str(&(words.join(" ") + "\n"));
            script.end = Some((before, 0));
        }
        _ => script.end = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(command: &[&str]) -> Option<(u64, i64)> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        read(&command).end.map(|(after, code)| (after.as_secs(), code))
    }

    #[test]
    fn commands_end_as_they_say() {
        assert_eq!(end(&["exit", "5"]), Some((0, 5)));
        assert_eq!(end(&["sleep", "3"]), Some((3, 0)));
        assert_eq!(end(&["sh", "-c", "sleep 2; exit 7"]), Some((2, 7)));
        assert_eq!(end(&["httpd", "-f"]), None);
    }

    #[test]
    fn words_go_to_their_stream() {
        let script = shell("echo out; echo err >&2; exit 1");
        assert_eq!(
            (script.stdout.as_str(), script.stderr.as_str()),
            ("out\n", "err\n")
        );
    }
}
