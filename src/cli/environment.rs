//! The environment, read here and nowhere else, and passed down as data.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::engine;

/// What the environment says.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// The directory in which wharf was started, absolute.
    pub(super) working_dir: PathBuf,
    /// Every variable whose name and value are valid UTF-8: for `WHARF_VAR_…` and the function `env()`.
    pub(super) variables: BTreeMap<String, String>,
    /// `WHARF_WORKSPACE`.
    pub(super) workspace: Option<String>,
    /// Whether `NO_COLOR` is set, or the terminal says that it is dumb.
    pub(super) no_color: bool,
    /// `WHARF_LOG`: what is logged, such as `debug`.
    pub(super) log: Option<String>,
    /// What says which engine is meant.
    pub(super) engine: engine::Environment,
    /// The user, for the lock.
    pub(super) user: String,
    /// Which of the three streams are terminals.
    pub(super) terminals: Terminals,
    /// The width of the terminal in columns if standard error is one, else `COLUMNS`.
    pub(super) width: Option<usize>,
}

/// Which streams are terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Terminals {
    /// Standard input.
    pub(super) stdin: bool,
    /// Standard output.
    pub(super) stdout: bool,
    /// Standard error.
    pub(super) stderr: bool,
}

impl Environment {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// The working directory is gone.
    pub(super) fn read() -> Result<Self, Diagnostic> {
        let working_dir = std::env::current_dir().map_err(|error| {
            Diagnostic::error("No working directory")
                .detail(format!(
                    "The directory in which wharf was started cannot be found: {error}."
                ))
                .help("Change into a directory that is there.")
        })?;
        let terminals = Terminals {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        };
        let width = console::Term::stderr()
            .size_checked()
            .map(|(_, columns)| usize::from(columns));
        Ok(Self::of(working_dir, std::env::vars_os(), terminals, width))
    }

    /// Takes the environment apart.
    fn of(
        working_dir: PathBuf,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        terminals: Terminals,
        width: Option<usize>,
    ) -> Self {
        let variables: BTreeMap<String, String> = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        let path = |name: &str| get(name).map(PathBuf::from);
        Self {
            working_dir,
            workspace: get("WHARF_WORKSPACE"),
            no_color: get("NO_COLOR").is_some() || get("TERM").is_some_and(|term| term == "dumb"),
            log: get("WHARF_LOG"),
            engine: engine::Environment {
                docker_host: get("DOCKER_HOST"),
                docker_context: get("DOCKER_CONTEXT"),
                docker_config: path("DOCKER_CONFIG"),
                container_host: get("CONTAINER_HOST"),
                runtime_dir: path("XDG_RUNTIME_DIR"),
                home: path("HOME"),
            },
            user: get("USER")
                .or_else(|| get("LOGNAME"))
                .unwrap_or_else(|| "unknown".to_owned()),
            terminals,
            width: width.or_else(|| get("COLUMNS")?.parse().ok()),
            variables,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        let variables = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Environment::of(PathBuf::from("/work"), variables, Terminals::default(), None)
    }

    #[test]
    fn what_is_set_to_nothing_counts_as_unset() {
        let environment = read(&[("NO_COLOR", ""), ("DOCKER_HOST", ""), ("WHARF_WORKSPACE", "")]);
        assert!(!environment.no_color);
        assert_eq!(environment.engine.docker_host, None);
        assert_eq!(environment.workspace, None);
    }

    #[test]
    fn colours_are_refused_by_no_color_and_by_dumb_terminals() {
        assert!(read(&[("NO_COLOR", "1")]).no_color);
        assert!(read(&[("TERM", "dumb")]).no_color);
        assert!(!read(&[("TERM", "xterm")]).no_color);
    }
}
