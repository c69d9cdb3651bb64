//! `wharf output`.

use wharf_state::State;

use super::arguments::Output;
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::diagnostic::{Diagnostic, Fault, did_you_mean};
use crate::view;

/// Shows all outputs, or one.
pub(super) fn run(arguments: &Output, environment: &Environment, terminal: &Terminal) -> Outcome {
    let (name, path) = arguments.name_and_path();
    let asked = arguments.location.at(path);
    let state = Project::load(&asked, environment)?.read_state()?;
    let text = match name {
        Some(name) => one(name, arguments, &state)?,
        None if arguments.raw => return Err(no_name().into()),
        None if arguments.json => view::state::json(&view::state::outputs_json(&state)),
        None => view::state::outputs(&state),
    };
    terminal.result(&text);
    Ok(ExitStatus::Success)
}

fn one(name: &str, arguments: &Output, state: &State) -> Result<String, Diagnostic> {
    let output = state.outputs.get(name).ok_or_else(|| unknown(name, state))?;
    if output.sensitive {
        return Err(Diagnostic::error("Sensitive output")
            .detail(format!(
                "The value of `{name}` is a secret, and no secret is kept in the state."
            ))
            .help("Read it where it comes from."));
    }
    if arguments.json {
        return Ok(view::state::json(&view::state::output_value(output)));
    }
    if !arguments.raw {
        return Ok(format!("{}\n", view::sealed::inline(&output.value, None)));
    }
    view::state::output_raw(output).ok_or_else(|| {
        Diagnostic::error("No bare text")
            .detail(format!(
                "`{name}` is neither text, nor a number, nor true or false."
            ))
            .help("Use `--json` instead of `--raw`.")
    })
}

fn no_name() -> Diagnostic {
    Diagnostic::error("No output is named")
        .detail("`--raw` writes the bare text of one output.")
        .help("Name it before the path: `wharf output --raw NAME PATH`.")
        .fault(Fault::Usage)
}

fn unknown(name: &str, state: &State) -> Diagnostic {
    let help = match did_you_mean(name, state.outputs.keys().map(String::as_str)) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None if state.outputs.is_empty() => {
            "There are no outputs yet: apply the configuration first.".to_owned()
        }
        None => "`wharf output` lists all outputs.".to_owned(),
    };
    Diagnostic::error("Unknown output")
        .detail(format!("The state has no output `{name}`."))
        .help(help)
}
