//! Candidates → blocks: what is written of each, and what it is called.

use std::collections::BTreeSet;

use super::difference::difference;
use super::{Adoption, Block, Candidate};
use crate::address::BlockAddress;
use crate::engine::ObjectKind;
use crate::value::{Entries, Value};

/// Labels that other tools keep house with: who takes an object over does not want to go on saying that it is theirs.
const FOREIGN_LABELS: [&str; 3] = ["com.docker.compose.", "io.podman.compose.", "desktop.docker.io/"];

/// Words in the name of an environment variable whose value is not for everybody to read.
const SECRET_WORDS: [&str; 6] = ["PASS", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE", "KEY"];

/// Returns the blocks for some objects. `taken` are the addresses that the configuration has already, `variables` the names of
/// its variables.
pub fn blocks(
    candidates: Vec<Candidate>,
    taken: &BTreeSet<BlockAddress>,
    variables: &BTreeSet<String>,
) -> Adoption {
    let mut candidates = candidates;
    candidates.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
    let mut taken = taken.clone();
    let mut variables = variables.clone();
    let mut secrets = Vec::new();
    let blocks = candidates
        .into_iter()
        .map(|candidate| {
            let address = address(candidate.kind.name(), &candidate.name, &taken);
            taken.insert(address.clone());
            let mut block = block(candidate, address);
            hide(&mut block, &mut variables, &mut secrets);
            block
        })
        .collect();
    Adoption { blocks, secrets }
}

/// What is referred to stands before what refers to it.
fn rank(candidate: &Candidate) -> u8 {
    match candidate.kind.object() {
        Some(ObjectKind::Volume) => 0,
        Some(ObjectKind::Network) => 1,
        _ => 2,
    }
}

fn block(candidate: Candidate, address: BlockAddress) -> Block {
    let mut spec = difference(
        candidate.kind.fields(),
        &candidate.spec,
        &candidate.unasked,
        candidate.api,
    );
    spec.insert("name".to_owned(), Value::from(candidate.name.as_str()));
    if let Some(image) = &candidate.image {
        spec.insert("image".to_owned(), Value::from(image.as_str()));
    }
    let labels = spec.remove("labels");
    let labels = labels.as_ref().and_then(Value::as_entries);
    let own: Entries = labels
        .into_iter()
        .flatten()
        .filter(|(name, _)| !FOREIGN_LABELS.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !own.is_empty() {
        spec.insert("labels".to_owned(), Value::object(own));
    }
    Block {
        address,
        kind: candidate.kind,
        id: candidate.id,
        name: candidate.name,
        spec,
        secrets: Vec::new(),
    }
}

/// Moves values that look like secrets into variables.
fn hide(block: &mut Block, variables: &mut BTreeSet<String>, secrets: &mut Vec<(String, String)>) {
    let env = block.spec.get("env").and_then(Value::as_entries);
    for (key, value) in env.into_iter().flatten() {
        let Some(text) = value.as_str().filter(|text| is_secret(key, text)) else {
            continue;
        };
        let wanted = format!("{}_{}", block.address.name, key.to_lowercase());
        let wanted = identifier(&wanted).replace('-', "_");
        let variable = free(&wanted, |name| variables.contains(name));
        variables.insert(variable.clone());
        secrets.push((variable.clone(), text.to_owned()));
        block.secrets.push((key.clone(), variable));
    }
}

/// Names of files are no secrets, though their names may say what the files hold.
fn is_secret(key: &str, value: &str) -> bool {
    let key = key.to_uppercase();
    let named = SECRET_WORDS.iter().any(|word| key.contains(word));
    named && !value.is_empty() && !key.ends_with("_FILE") && !value.starts_with('/')
}

fn address(kind: &str, name: &str, taken: &BTreeSet<BlockAddress>) -> BlockAddress {
    let of = |name: &str| BlockAddress::new(kind, name);
    of(&free(&identifier(name), |name| taken.contains(&of(name))))
}

/// Returns a name that is free: the one that is wanted, or that with a number.
fn free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while is_taken(&name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// Makes a name of the language of an object's name.
fn identifier(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut fitted: String = name.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    if !fitted.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        fitted.insert(0, '_');
    }
    fitted
}
