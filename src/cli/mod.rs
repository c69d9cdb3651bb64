//! The command line: one file per command. The environment is read here, once, and passed down as data.
//!
//! Results go to standard output, everything else to standard error; how a run ended is told by its [`ExitStatus`].

mod adopt;
mod apply;
pub mod arguments;
mod argv;
mod completions;
mod console;
mod destroy;
mod environment;
mod exit_status;
mod fmt;
mod graph;
mod import;
mod output;
mod pipeline;
mod plan;
mod plan_file;
mod receive;
mod scan;
mod schema;
mod show;
mod signals;
mod state;
mod terminal;
mod validate;
mod version;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::filter::{EnvFilter, FilterExt as _};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::diagnostic::{Diagnostic, Diagnostics};
use arguments::{Arguments, Command};
use environment::Environment;
use terminal::Terminal;

pub use exit_status::ExitStatus;

/// What a command ends with: its exit status, or the problems that kept it from its work.
type Outcome = Result<ExitStatus, Diagnostics>;

/// Parses, runs, and returns the exit code.
pub fn main() -> ExitCode {
    match arguments() {
        Ok(arguments) => run(&arguments).into(),
        Err(status) => status.into(),
    }
}

/// Parses the command line; says what is wrong with it.
fn arguments() -> Result<Arguments, ExitStatus> {
    let command = Arguments::command();
    let typed = argv::with_two_dashes(std::env::args_os(), &command);
    let parsed = command
        .try_get_matches_from(typed)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| {
        // Nobody may be there to read it.
        let _ = error.print();
        if error.use_stderr() {
            ExitStatus::Usage
        } else {
            ExitStatus::Success
        }
    })
}

fn run(arguments: &Arguments) -> ExitStatus {
    let environment = enter(arguments).and_then(|()| Environment::read());
    let environment = match environment {
        Ok(environment) => environment,
        Err(problem) => {
            Terminal::plain().report(&problem.into());
            return ExitStatus::Error;
        }
    };
    let terminal = Terminal::new(&environment, arguments.global.no_color);
    log(&environment, arguments.global.verbose);
    dispatch(&arguments.command, &environment, &terminal).unwrap_or_else(|problems| {
        terminal.report(&problems);
        ExitStatus::of(&problems)
    })
}

fn dispatch(command: &Command, environment: &Environment, terminal: &Terminal) -> Outcome {
    match command {
        Command::Plan(arguments) => plan::run(arguments, environment, terminal),
        Command::Apply(arguments) => apply::run(arguments, environment, terminal),
        Command::Destroy(arguments) => destroy::run(arguments, environment, terminal),
        Command::Validate(arguments) => validate::run(arguments, environment, terminal),
        Command::Fmt(arguments) => fmt::run(arguments, terminal),
        Command::Console(arguments) => console::run(arguments, environment, terminal),
        Command::Graph(arguments) => graph::run(arguments, environment, terminal),
        Command::Show(arguments) => show::run(arguments, environment, terminal),
        Command::Output(arguments) => output::run(arguments, environment, terminal),
        Command::State(arguments) => state::run(arguments, environment, terminal),
        Command::Import(arguments) => import::run(arguments, environment, terminal),
        Command::Scan(arguments) => scan::run(arguments, environment, terminal),
        Command::Adopt(arguments) => adopt::run(arguments, environment, terminal),
        Command::Schema(arguments) => schema::run(arguments, terminal),
        Command::Version(arguments) => Ok(version::run(*arguments, terminal)),
        Command::Completions(arguments) => Ok(completions::run(*arguments, terminal)),
        Command::Receive(arguments) => receive::run(arguments),
    }
}

/// Enters the directory that `--chdir` names.
fn enter(arguments: &Arguments) -> Result<(), Diagnostic> {
    let Some(directory) = &arguments.global.chdir else {
        return Ok(());
    };
    std::env::set_current_dir(directory).map_err(|error| {
        Diagnostic::error("Cannot enter the directory")
            .detail(format!("`{}`: {error}.", directory.display()))
            .help("`--chdir` names a directory that is there.")
    })
}

/// Starts the log on standard error, if one is asked for.
fn log(environment: &Environment, verbose: u8) {
    let asked = match (verbose, &environment.log) {
        (0, None) => return,
        (0, Some(filter)) => filter.clone(),
        (1, _) => "wharf=info".to_owned(),
        (2, _) => "wharf=debug".to_owned(),
        _ => "wharf=trace".to_owned(),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // Two filters, for within one a longer directive of the user's, such as `bollard::docker=debug`, would win.
    let filter = EnvFilter::new(asked).and(EnvFilter::new(format!("trace,{}", crate::engine::LOG_FILTER)));
    // A second subscriber in one process is no reason to end it.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init();
}
