//! Terraform's long options with one dash, such as `-auto-approve` and `-out=plan`, turned into ours with two.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::Command;

/// Gives every long option that is written with one dash its second one.
///
/// Only names that some command knows are touched, and nothing behind `--`.
pub(super) fn with_two_dashes(
    arguments: impl IntoIterator<Item = OsString>,
    command: &Command,
) -> Vec<OsString> {
    let names = long_names(command);
    let mut options_end = false;
    arguments
        .into_iter()
        .map(|argument| {
            options_end |= argument == "--";
            match argument.to_str() {
                Some(text) if !options_end && is_one_dashed(text, &names) => format!("-{text}").into(),
                _ => argument,
            }
        })
        .collect()
}

fn is_one_dashed(text: &str, names: &BTreeSet<String>) -> bool {
    text.strip_prefix('-').is_some_and(|rest| {
        let name = rest.split_once('=').map_or(rest, |(name, _)| name);
        name.len() > 1 && names.contains(name)
    })
}

fn long_names(command: &Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .flat_map(|argument| argument.get_long_and_visible_aliases().unwrap_or_default())
        .map(str::to_owned);
    let inner = command.get_subcommands().flat_map(long_names);
    own.chain(inner)
        .chain(["help", "version"].map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn rewritten(arguments: &[&str]) -> Vec<String> {
        with_two_dashes(arguments.iter().map(OsString::from), &Arguments::command())
            .into_iter()
            .map(|argument| argument.into_string().unwrap())
            .collect()
    }

    #[test]
    fn long_options_with_one_dash_get_a_second_one() {
        assert_eq!(
            rewritten(&[
                "wharf",
                "-chdir=x",
                "plan",
                "-out=plan",
                "-var",
                "a=-b",
                "-detailed-exitcode"
            ]),
            [
                "wharf",
                "--chdir=x",
                "plan",
                "--out=plan",
                "--var",
                "a=-b",
                "--detailed-exitcode"
            ]
        );
    }

    #[test]
    fn everything_else_stays() {
        let same = [
            "wharf",
            "-v",
            "plan",
            "-unknown",
            "--out=x",
            "-",
            "--",
            "-out=plan",
        ];
        assert_eq!(rewritten(&same), same);
    }
}
