//! `wharf state`: looks at the state, and changes it by hand.

use wharf_state::{AddressError, State};

use super::arguments::{self, StateCommand};
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::address::{Address, ModulePath, Selector};
use crate::diagnostic::{Diagnostic, Fault, did_you_mean};
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
                for selector in addresses {
                    for address in named(state, selector)? {
                        state.rm(&address).map_err(|error| refused(&error, state))?;
                    }
                }
                Ok(())
            })?;
            for selector in addresses {
                terminal.message(&format!(
                    "{}: forgotten, and stays on the engine",
                    escaped(selector)
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
                let kind_of = |address: &str| Some(address.parse::<Address>().ok()?.block.kind.to_string());
                for (from, to) in moves(state, from, to)? {
                    state
                        .mv(&from, &to, kind_of)
                        .map_err(|error| refused(&error, state))?;
                }
                Ok(())
            })?;
            terminal.message(&format!("{}: now {}", escaped(from), escaped(to)));
        }
    }
    Ok(ExitStatus::Success)
}

fn list(state: &State, wanted: &[Selector]) -> String {
    view::state::list(state, &|address| {
        wanted.is_empty() || wanted.iter().any(|wanted| selects(wanted, address))
    })
}

fn selects(selector: &Selector, address: &str) -> bool {
    address
        .parse()
        .is_ok_and(|address: Address| selector.selects(&address))
}

/// Lists the addresses that are named outright: a block does not stand for its instances here, but a module for all in it.
fn named(state: &State, selector: &Selector) -> Result<Vec<String>, Diagnostic> {
    if let Selector::Object(address) = selector {
        return Ok(vec![address.to_string()]);
    }
    let known = state.objects.keys();
    let found: Vec<String> = known
        .filter(|address| selects(selector, address))
        .cloned()
        .collect();
    match found.is_empty() {
        true => Err(refused(&AddressError::Absent(selector.to_string()), state)),
        false => Ok(found),
    }
}

/// Lists from where to where each object goes.
fn moves(state: &State, from: &Selector, to: &Selector) -> Result<Vec<(String, String)>, Diagnostic> {
    match (from, to) {
        (Selector::Object(from), Selector::Object(to)) => Ok(vec![(from.to_string(), to.to_string())]),
        (Selector::Module(from), Selector::Module(to)) => {
            let moves: Vec<(String, String)> = state
                .objects
                .keys()
                .filter_map(|address| {
                    let mut moved: Address = address.parse().ok()?;
                    let inside = moved.module.0.strip_prefix(&from.0[..])?.to_vec();
                    moved.module = ModulePath([to.0.clone(), inside].concat());
                    Some((address.clone(), moved.to_string()))
                })
                .collect();
            match moves.is_empty() {
                true => Err(refused(&AddressError::Absent(from.to_string()), state)),
                false => Ok(moves),
            }
        }
        _ => Err(Diagnostic::error("Object and module")
            .detail("An object is moved to the address of an object, and a module to that of a module.")
            .fault(Fault::Usage)),
    }
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

fn escaped(address: &Selector) -> String {
    view::escape::escape(&address.to_string()).into_owned()
}
