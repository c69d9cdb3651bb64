//! What can be typed.

mod objects;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand};

use crate::address::{Address, Selector};

pub use objects::{Adopt, Import, Reaching, Scan, State, StateCommand};

/// The path of the configuration where none is given.
pub const HERE: &str = ".";

/// Plan and apply for containers.
#[derive(Debug, Parser)]
#[command(name = "wharf", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Work in this directory instead of the current one
    #[arg(long, global = true, value_name = "DIR")]
    pub chdir: Option<PathBuf>,
    /// No colours. NO_COLOR in the environment does the same
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Say more on standard error; twice says even more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what would be done to make the engine as the configuration says
    Plan(Plan),
    /// Make the engine as the configuration says
    Apply(Apply),
    /// Take away everything that the configuration made
    Destroy(Destroy),
    /// Check the configuration without any engine
    Validate(Validate),
    /// Write configuration files in the one layout
    Fmt(Fmt),
    /// Answer expressions about the configuration, one a line
    Console(Console),
    /// Show what depends on what
    Graph(Graph),
    /// Show the state, or a saved plan
    Show(Show),
    /// Show the outputs of the last apply
    Output(Output),
    /// Look at the state, and change it by hand
    State(State),
    /// Take an object over that is there, under an address of the configuration
    Import(Import),
    /// List what is on the engine and not ours
    Scan(Scan),
    /// Write the configuration of objects that are there, and take them over
    Adopt(Adopt),
    /// Show every kind with its attributes, types and costs, as JSON
    Schema(Schema),
    /// Show the version
    Version(Version),
    /// Write the completions for a shell
    Completions(Completions),
    /// Receive the files of a sync: run inside a container, never by hand
    #[command(hide = true)]
    Receive(Receive),
}

/// Which configuration, with which inputs.
#[derive(Args, Clone, Debug)]
pub struct Inputs {
    /// The directory or the file with the configuration
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Values of variables.
    #[command(flatten)]
    pub variables: Variables,
    /// The workspace.
    #[command(flatten)]
    pub workspace: Workspace,
}

/// Values of variables, in the order in which they were typed: of several for one variable the last counts.
#[derive(Clone, Debug, Default)]
pub struct Variables(pub Vec<Given>);

/// What gives variables their values.
#[derive(Clone, Debug)]
pub enum Given {
    /// `--var name=text`.
    Value(String, String),
    /// `--var-file path`.
    File(PathBuf),
}

/// The options as they are declared: one by one, without the order between the two.
#[derive(Args)]
struct VariableOptions {
    /// Give a variable its value, such as `--var replicas=3`; can be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    var: Vec<(String, String)>,
    /// Read values of variables from a file; can be repeated. Of several values of one variable the last one typed counts
    #[arg(long, value_name = "FILE")]
    var_file: Vec<PathBuf>,
}

impl Args for Variables {
    fn augment_args(command: clap::Command) -> clap::Command {
        VariableOptions::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        VariableOptions::augment_args_for_update(command)
    }
}

impl FromArgMatches for Variables {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |name| matches.indices_of(name).into_iter().flatten();
        let options = VariableOptions::from_arg_matches(matches)?;
        let values = options
            .var
            .into_iter()
            .map(|(name, text)| Given::Value(name, text));
        let files = options.var_file.into_iter().map(Given::File);
        let mut typed: Vec<(usize, Given)> = places("var")
            .zip(values)
            .chain(places("var_file").zip(files))
            .collect();
        typed.sort_by_key(|(place, _)| *place);
        Ok(Self(typed.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Which of several copies of the same configuration.
#[derive(Args, Clone, Debug)]
pub struct Workspace {
    /// The workspace. WHARF_WORKSPACE in the environment does the same
    #[arg(long, value_name = "NAME", value_parser = workspace_name)]
    pub workspace: Option<String>,
}

/// What a plan is made from.
#[derive(Args, Clone, Debug)]
pub struct Planning {
    /// Plan this instance, block or module alone, with what it depends on; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<Selector>,
    /// Replace this instance even if nothing differs; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<Address>,
    /// The engine, such as unix:///var/run/docker.sock; overrides the configuration and the environment
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// How long to wait for another run on the same state, such as 30s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,
    /// Exit with 2 if there is something to change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
    /// Whether wharf may ask: with `false` it never does
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, hide = true)]
    pub input: bool,
}

/// How steps are carried out.
#[derive(Args, Clone, Copy, Debug)]
pub struct Running {
    /// Do not ask before changing anything
    #[arg(long)]
    pub auto_approve: bool,
    /// How many calls are made at the same time
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallelism: u16,
}

/// `wharf plan`.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// The configuration and its inputs.
    #[command(flatten)]
    pub inputs: Inputs,
    /// How it is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// Write the plan to a file, for `wharf apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Plan to take everything away
    #[arg(long)]
    pub destroy: bool,
}

/// `wharf apply`.
#[derive(Args, Clone, Debug)]
pub struct Apply {
    /// The directory or the file with the configuration, or a saved plan
    #[arg(value_name = "PATH|PLAN", default_value = ".")]
    pub path: PathBuf,
    /// Values of variables.
    #[command(flatten)]
    pub variables: Variables,
    /// The workspace.
    #[command(flatten)]
    pub workspace: Workspace,
    /// How it is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// How it is carried out.
    #[command(flatten)]
    pub running: Running,
    /// Take everything away
    #[arg(long)]
    pub destroy: bool,
}

/// `wharf destroy`.
#[derive(Args, Clone, Debug)]
pub struct Destroy {
    /// The configuration and its inputs.
    #[command(flatten)]
    pub inputs: Inputs,
    /// How it is planned.
    #[command(flatten)]
    pub planning: Planning,
    /// How it is carried out.
    #[command(flatten)]
    pub running: Running,
}

/// `wharf validate`.
#[derive(Args, Clone, Debug)]
pub struct Validate {
    /// The configuration and its inputs.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `wharf fmt`.
#[derive(Args, Clone, Debug)]
pub struct Fmt {
    /// Files, and directories whose files are formatted; `-` is standard input. The current directory if nothing is named
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; exit with 3 if something would change
    #[arg(long)]
    pub check: bool,
    /// Show what changes
    #[arg(long)]
    pub diff: bool,
    /// Go into directories inside of directories
    #[arg(long)]
    pub recursive: bool,
    /// List the files that differ
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub list: bool,
    /// Write the files
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub write: bool,
}

/// `wharf console`.
#[derive(Args, Clone, Debug)]
pub struct Console {
    /// The configuration and its inputs.
    #[command(flatten)]
    pub inputs: Inputs,
    /// Answer each line with one line of JSON
    #[arg(long)]
    pub json: bool,
}

/// `wharf graph`.
#[derive(Args, Clone, Debug)]
pub struct Graph {
    /// The configuration and its inputs.
    #[command(flatten)]
    pub inputs: Inputs,
    /// How it is written
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub format: GraphFormat,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum GraphFormat {
    /// For Graphviz
    Dot,
    /// For Mermaid, which draws it in Markdown
    Mermaid,
    /// For programs
    Json,
}

/// `wharf show`.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// A saved plan; or the directory or the file with the configuration whose state is shown
    #[arg(value_name = "PLAN|PATH", default_value = ".")]
    pub path: PathBuf,
    /// Values of variables.
    #[command(flatten)]
    pub variables: Variables,
    /// The workspace.
    #[command(flatten)]
    pub workspace: Workspace,
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `wharf output`.
#[derive(Args, Clone, Debug)]
pub struct Output {
    /// The output; all if none is named. What contains `/` or `.` is no name: then it is PATH
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The directory or the file with the configuration; `--path` does the same
    #[arg(value_name = "PATH", conflicts_with = "path")]
    pub place: Option<PathBuf>,
    /// Where the configuration is.
    #[command(flatten)]
    pub location: Location,
    /// Write JSON for programs
    #[arg(long, conflicts_with = "raw")]
    pub json: bool,
    /// Write the bare text of one output
    #[arg(long, requires = "name")]
    pub raw: bool,
}

impl Output {
    /// Returns the named output and where the configuration is: a lone argument that cannot be a name is the path.
    pub fn name_and_path(&self) -> (Option<&str>, &Path) {
        let name = self.name.as_deref();
        match (name, &self.place, &self.location.path) {
            (_, Some(path), _) | (_, None, Some(path)) => (name, path),
            (Some(path), None, None) if path.contains(['/', '.']) => (None, Path::new(path)),
            (_, None, None) => (name, Path::new(HERE)),
        }
    }
}

/// Where the configuration is, for commands whose positional arguments say something else.
#[derive(Args, Clone, Debug)]
pub struct Location {
    /// The directory or the file with the configuration, instead of the current directory
    #[arg(long, value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Values of variables.
    #[command(flatten)]
    pub variables: Variables,
    /// The workspace.
    #[command(flatten)]
    pub workspace: Workspace,
}

/// `wharf schema`.
#[derive(Args, Clone, Debug)]
pub struct Schema {
    /// This kind alone, such as `container`
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
    /// Write JSON, which it does in any case
    #[arg(long, hide = true)]
    pub json: bool,
}

/// `wharf version`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Version {
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `wharf completions`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `wharf receive`.
#[derive(Args, Clone, Debug)]
pub struct Receive {
    /// The directory that is filled
    #[arg(value_name = "TARGET")]
    pub target: PathBuf,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("it must be NAME=VALUE".to_owned()),
    }
}

fn workspace_name(text: &str) -> Result<String, String> {
    check_workspace(text).map(|()| text.to_owned())
}

/// Checks the name of a workspace, which becomes part of file and object names.
pub fn check_workspace(name: &str) -> Result<(), String> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_fine) || name.starts_with(['.', '-']) {
        return Err("a workspace has a name of at most 64 letters, digits, `-`, `_` and `.`".to_owned());
    }
    Ok(())
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse::<u64>() {
        Ok(seconds) => return Ok(Duration::from_secs(seconds)),
        Err(_) => text.parse::<jiff::SignedDuration>(),
    };
    parsed
        .ok()
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "it must be a time such as 30s or 5m".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_are_read_with_and_without_unit() {
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        assert!(duration("-5s").is_err());
        assert!(duration("soon").is_err());
    }

    #[test]
    fn an_argument_of_output_that_cannot_be_a_name_is_the_path() {
        let parsed = |typed: &[&str]| {
            let arguments = Arguments::try_parse_from([&["wharf", "output"], typed].concat()).unwrap();
            let Command::Output(output) = arguments.command else {
                unreachable!("it was typed")
            };
            let (name, path) = output.name_and_path();
            (name.map(str::to_owned), path.display().to_string())
        };
        let expected = |name: Option<&str>, path: &str| (name.map(str::to_owned), path.to_owned());
        assert_eq!(parsed(&[]), expected(None, "."));
        assert_eq!(parsed(&["url"]), expected(Some("url"), "."));
        assert_eq!(parsed(&["web.hcl"]), expected(None, "web.hcl"));
        assert_eq!(parsed(&["url", "web"]), expected(Some("url"), "web"));
        assert_eq!(
            parsed(&["--raw", "url", "stacks/web.hcl"]),
            expected(Some("url"), "stacks/web.hcl")
        );
        assert_eq!(parsed(&["url", "--path", "web"]), expected(Some("url"), "web"));
        assert_eq!(parsed(&["a/b", "--path", "web"]), expected(Some("a/b"), "web"));
        assert!(Arguments::try_parse_from(["wharf", "output", "url", "a", "--path", "b"]).is_err());
    }

    #[test]
    fn every_command_on_the_state_takes_the_path_of_its_configuration() {
        for typed in [
            "list --path web",
            "list --path web network.net",
            "show --path web network.net",
            "rm --path web network.net",
            "mv --path web network.a network.b",
        ] {
            let typed = ["wharf", "state"].into_iter().chain(typed.split(' '));
            let arguments = Arguments::try_parse_from(typed).unwrap();
            let Command::State(state) = arguments.command else {
                unreachable!("it was typed")
            };
            let (StateCommand::List { location, .. }
            | StateCommand::Show { location, .. }
            | StateCommand::Rm { location, .. }
            | StateCommand::Mv { location, .. }) = state.command;
            assert_eq!(location.path, Some(PathBuf::from("web")));
        }
    }

    #[test]
    fn a_workspace_cannot_be_a_path() {
        assert!(check_workspace("staging.eu-1").is_ok());
        for name in ["", "a/b", "..", "-x", "a b", &"x".repeat(65)] {
            assert!(check_workspace(name).is_err(), "{name}");
        }
    }
}
