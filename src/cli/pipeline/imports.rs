//! Objects that are taken over: they are filed in the state, under the address that they are to have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use uuid::Uuid;
use wharf_state::{Object, State};

use crate::address::{Address, Selector};
use crate::desired::{Desired, Import, not_declared};
use crate::diagnostic::{Diagnostic, Diagnostics, did_you_mean};
use crate::engine::{ObjectKind, Read};
use crate::kinds::{Kind, kind};
use crate::observe::{Context, Outsider, Owner, outsiders};
use crate::plan::Plan;

/// What a plan takes over.
#[derive(Clone, Copy)]
pub(super) enum Taking<'a> {
    /// What the configuration's `import` blocks say, as far as `--target` lets it through.
    Declared(&'a [Selector]),
    /// These alone.
    Named(&'a [Import]),
    /// What a saved plan takes over.
    Planned(&'a Plan),
}

/// Files the objects that are not in the state yet, and returns their addresses.
///
/// # Errors
/// An object is not there, or belongs to somebody else; an address is not in the configuration, or has another object already.
pub(super) async fn file(
    taking: Taking<'_>,
    read: &dyn Read,
    desired: &Desired,
    state: &mut State,
    context: &Context,
) -> Result<BTreeSet<Address>, Diagnostics> {
    let open: Vec<&Import> = match taking {
        // The block may stay where it is: what became of the object since is not its business.
        Taking::Declared(targets) => declared(desired, targets)
            .into_iter()
            .filter(|import| !state.objects.contains_key(&import.address.to_string()))
            .collect(),
        Taking::Named(imports) => imports.iter().filter(|import| !is_done(import, state)).collect(),
        Taking::Planned(plan) => return Ok(file_again(plan, state)),
    };
    let mut problems = Diagnostics::default();
    let mut filed = BTreeSet::new();
    if open.is_empty() {
        return Ok(filed);
    }
    let others = outsiders(read, state, context).await?;
    let mut taken: BTreeMap<(ObjectKind, &str), &Address> = BTreeMap::new();
    for import in open {
        let Some(found) = problems.note(find(import, &others, desired, state)) else {
            continue;
        };
        if let Some(first) = taken.insert((found.object, &found.id), &import.address) {
            problems.push(problem(
                import,
                "Object taken over twice",
                format!(
                    "`{first}` and `{}` are both to be the {} {:?}.",
                    import.address,
                    found.kind_name(),
                    found.name
                ),
            ));
            continue;
        }
        state.objects.insert(
            import.address.to_string(),
            object(found, Uuid::new_v4().to_string()),
        );
        filed.insert(import.address.clone());
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(filed),
    }
}

/// Returns what the `import` blocks say of the targets and of what these depend on; of everything if there are no targets.
fn declared<'d>(desired: &'d Desired, targets: &[Selector]) -> Vec<&'d Import> {
    let imports = desired.imports.known.iter();
    if targets.is_empty() {
        return imports.collect();
    }
    let chosen = chosen(desired, targets);
    imports
        .filter(|import| chosen.contains(&import.address))
        .collect()
}

/// Returns what is wrong with the `import` blocks that are still not known, as far as they are of the targets and of what
/// these depend on; with all of them if there are no targets.
pub(super) fn undecided(desired: &Desired, targets: &[Selector]) -> Diagnostics {
    let undecided = desired.imports.undecided.iter();
    let chosen = chosen(desired, targets);
    let wanted =
        undecided.filter(|import| targets.is_empty() || chosen.iter().any(|address| import.may_be(address)));
    Diagnostics(wanted.map(|import| import.problem.clone()).collect())
}

/// Returns the targets and what they depend on.
fn chosen<'d>(desired: &'d Desired, targets: &[Selector]) -> BTreeSet<&'d Address> {
    let mut chosen: BTreeSet<&Address> = BTreeSet::new();
    let is_target = |address: &&Address| targets.iter().any(|target| target.selects(address));
    let mut open: Vec<&Address> = desired.instances.keys().filter(is_target).collect();
    while let Some(address) = open.pop() {
        if chosen.insert(address) {
            let instance = desired.instances.get(address);
            open.extend(instance.into_iter().flat_map(|instance| &instance.dependencies));
        }
    }
    chosen
}

/// Files what a saved plan takes over once more, under the nonces that the plan has given.
fn file_again(plan: &Plan, state: &mut State) -> BTreeSet<Address> {
    let imported = plan.changes.iter().filter(|change| change.imported);
    imported
        .filter_map(|change| {
            let filed = Object {
                kind: change.address.kind().to_owned(),
                id: change.id.clone()?,
                name: change.name.clone(),
                nonce: change.nonce.clone(),
                ..blank()
            };
            state.objects.insert(change.address.to_string(), filed);
            Some(change.address.clone())
        })
        .collect()
}

fn object(found: &Outsider, nonce: String) -> Object {
    Object {
        kind: found.kind_name().to_owned(),
        id: found.id.clone(),
        name: found.name.clone(),
        nonce,
        ..blank()
    }
}

/// Nothing has been applied yet: whatever the configuration leaves unset is left as it is.
fn blank() -> Object {
    Object {
        kind: String::new(),
        id: String::new(),
        name: String::new(),
        nonce: String::new(),
        ready: true,
        adopted: true,
        protect: false,
        spec: json!({}),
        attributes: json!({}),
        dependencies: Vec::new(),
        memory: Json::Null,
        interim: None,
        warm_up: None,
        deposed: Vec::new(),
    }
}

/// Tells whether the state has the very object already.
fn is_done(import: &Import, state: &State) -> bool {
    let filed = state.objects.get(&import.address.to_string());
    filed.is_some_and(|object| object.id.starts_with(&import.id) || object.name == import.id)
}

fn find<'a>(
    import: &Import,
    others: &'a [Outsider],
    desired: &Desired,
    state: &State,
) -> Result<&'a Outsider, Diagnostic> {
    let address = &import.address;
    if !desired.instances.contains_key(address) {
        return Err(not_declared(address, desired.instances.keys()));
    }
    let wanted = kind(address.kind())
        .filter(|kind| !kind.survives_removal())
        .and_then(Kind::object)
        .filter(|it| *it != ObjectKind::Image);
    let Some(object) = wanted.filter(|_| !address.block.data) else {
        let what = format!("`{address}` is no container, network or volume.");
        return Err(problem(import, "Cannot be imported", what));
    };
    if let Some(filed) = state.objects.get(&address.to_string()) {
        let what = format!("`{address}` has an object already: {:?}.", filed.name);
        return Err(problem(import, "Already imported", what).help(format!(
            "`wharf state rm {address}` forgets that one, which stays on the engine."
        )));
    }
    let found = matching(others, object, &import.id);
    let noun = address.kind();
    match found.as_slice() {
        [one] => match &one.owner {
            Owner::Wharf(owner) => Err(problem(
                import,
                "Belongs to another project",
                format!(
                    "The {noun} {:?} is `{}` of the project {:?}, workspace {:?}.",
                    one.name, owner.address, owner.project, owner.workspace
                ),
            )
            .help("An object has one owner.")),
            Owner::Compose(_) | Owner::Unknown => Ok(*one),
        },
        [] => {
            let names = others
                .iter()
                .filter(|it| it.object == object)
                .map(|it| it.name.as_str());
            let missing = problem(
                import,
                "Object not found",
                format!(
                    "The engine has no {noun} {:?} that is not ours already.",
                    import.id
                ),
            );
            Err(missing.help(match did_you_mean(&import.id, names) {
                Some(meant) => format!("Did you mean `{meant}`?"),
                None => "`wharf scan` lists what can be taken over.".to_owned(),
            }))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|it| it.name.as_str()).collect();
            let what = format!("{:?} stands for several: {}.", import.id, names.join(", "));
            Err(problem(import, "Not one object", what).help("Give more of the id."))
        }
    }
}

/// Finds by name, by id, or by the beginning of an id.
pub(in crate::cli) fn matching<'a>(
    others: &'a [Outsider],
    object: ObjectKind,
    id: &str,
) -> Vec<&'a Outsider> {
    let of_kind = || others.iter().filter(|it| it.object == object);
    let exact: Vec<&Outsider> = of_kind().filter(|it| it.name == id || it.id == id).collect();
    match exact.is_empty() && !id.is_empty() && object != ObjectKind::Volume {
        true => of_kind().filter(|it| it.id.starts_with(id)).collect(),
        false => exact,
    }
}

fn problem(import: &Import, summary: &str, detail: String) -> Diagnostic {
    let problem = Diagnostic::error(summary).detail(detail);
    match &import.span {
        Some(span) => problem.at(span.clone(), "asked for here"),
        None => problem,
    }
}
