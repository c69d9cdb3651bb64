//! `wharf state`: looks at the state, and changes it by hand.

use wharf_state::{AddressError, State};

use super::arguments::{self, StateCommand};
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::address::Address;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::view;

/// Runs one of its commands.
pub(super) fn run(arguments: &arguments::State, environment: &Environment, terminal: &Terminal) -> Outcome {
    match &arguments.command {
        StateCommand::List { addresses, location } => {
            let state = Project::load(&location.into(), environment)?.read_state()?;
            terminal.result(&list(&state, addresses));
        }
        StateCommand::Show {
            address,
            location,
            json,
        } => {
            let state = Project::load(&location.into(), environment)?.read_state()?;
            terminal.result(&show(&state, address, *json, terminal)?);
        }
        StateCommand::Rm {
            addresses,
            location,
            lock_timeout,
        } => {
            let project = Project::load(&location.into(), environment)?;
            project.change_state("state rm", environment, *lock_timeout, |state| {
                for address in addresses {
                    state
                        .rm(&address.to_string())
                        .map_err(|error| refused(&error, state))?;
                }
                Ok(())
            })?;
            for address in addresses {
                terminal.message(&format!(
                    "{}: forgotten, and stays on the engine",
                    escaped(address)
                ));
            }
        }
        StateCommand::Mv {
            from,
            to,
            location,
            lock_timeout,
        } => {
            let project = Project::load(&location.into(), environment)?;
            project.change_state("state mv", environment, *lock_timeout, |state| {
                let kind_of = |address: &str| Some(address.parse::<Address>().ok()?.block.kind);
                state
                    .mv(&from.to_string(), &to.to_string(), kind_of)
                    .map_err(|error| refused(&error, state))
            })?;
            terminal.message(&format!("{}: now {}", escaped(from), escaped(to)));
        }
    }
    Ok(ExitStatus::Success)
}

fn list(state: &State, wanted: &[Address]) -> String {
    view::state::list(state, &|address| {
        wanted.is_empty() || wanted.iter().any(|wanted| stands_for(wanted, address))
    })
}

/// Tells whether an address is another one, or the block of it.
fn stands_for(wanted: &Address, address: &str) -> bool {
    address
        .parse::<Address>()
        .is_ok_and(|address| wanted.stands_for(&address))
}

fn show(state: &State, address: &Address, json: bool, terminal: &Terminal) -> Result<String, Diagnostic> {
    let name = address.to_string();
    let object = state
        .objects
        .get(&name)
        .ok_or_else(|| refused(&AddressError::Absent(name.clone()), state))?;
    if json {
        return Ok(view::state::json(&view::state::object_json(&name, object)));
    }
    Ok(view::state::object(&name, object, terminal.paint()))
}

fn refused(error: &AddressError, state: &State) -> Diagnostic {
    let summary = match error {
        AddressError::Absent(_) => "Not in the state",
        AddressError::Taken(_) => "Address taken",
        AddressError::OtherKind { .. } => "Address of another kind",
    };
    let problem = Diagnostic::error(summary).detail(format!("{error}."));
    match error {
        AddressError::Absent(address) => problem.help(
            match did_you_mean(address, state.objects.keys().map(String::as_str)) {
                Some(meant) => format!("Did you mean `{meant}`?"),
                None => "`wharf state list` lists all addresses.".to_owned(),
            },
        ),
        _ => problem,
    }
}

fn escaped(address: &Address) -> String {
    view::escape::escape(&address.to_string()).into_owned()
}
