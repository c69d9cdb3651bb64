//! What was changed in place → whether it took. Engines answer 200 also to what they ignore.
//!
//! What was asked for and what is there are compared by the tables that plans compare by.

use serde_json::Value as Json;

use super::context::Context;
use super::explain;
use super::resolve::Attempt;
use crate::diagnostic::Diagnostic;
use crate::engine::{ObjectKind, Op};
use crate::kinds::{Cost, Found, Kind, Spec};
use crate::plan::{Compared, Difference, differences, has_secret};
use crate::value::Value;
use crate::value::seal::{SealKey, is_sensitive, seal};

/// Tells whether what an op does can be read back at once.
pub(super) fn is_verified(op: &Op) -> bool {
    matches!(
        op,
        Op::ContainerUpdate { .. }
            | Op::ContainerRename { .. }
            | Op::NetworkConnect { .. }
            | Op::NetworkDisconnect { .. }
    )
}

/// Reads back what a call changed in place.
///
/// # Errors
/// It cannot be read, or is not what was asked for, although the engine answered that it was done.
pub(super) async fn verify(
    context: &Context<'_>,
    attempt: &Attempt<'_>,
    warnings: &[String],
) -> Result<(), Diagnostic> {
    let address = &attempt.step.address;
    let found = context.engine.inspect(ObjectKind::Container, attempt.id).await;
    let found = found.map_err(|error| explain::unreadable(address, &error))?;
    let found = found.ok_or_else(|| explain::vanished(address))?;
    let untaken = untaken(context, attempt, &found);
    if untaken.is_empty() {
        return Ok(());
    }
    let mut sentences: Vec<String> = untaken.iter().map(sentence).collect();
    sentences.extend(warnings.iter().cloned());
    Err(Diagnostic::error("A change did not take")
        .detail(format!(
            "{address}: the engine answered that it was done, but {}",
            sentences.join(" ")
        ))
        .help(format!(
            "Replace the container (`--replace={address}`) if a new one can have it, or take the attribute out."
        )))
}

/// Returns what of an op's change is not as it was asked for.
pub(super) fn untaken(context: &Context<'_>, attempt: &Attempt<'_>, inspect: &Json) -> Vec<Difference> {
    let Ok(kind) = context.kind(&attempt.step.address) else {
        return Vec::new();
    };
    let live = kind.read(&Found {
        inspect,
        image: None,
        logs: None,
        api: context.engine.about().api,
    });
    let none = Spec::new();
    let asked = attempt.spec.unwrap_or(&none);
    let key = &context.options.key;
    match &attempt.step.op {
        Op::ContainerUpdate { attributes } => updated(kind, asked, &live.spec, attributes, attempt, key),
        Op::ContainerRename { name } if live.name != *name => {
            vec![difference(
                "name",
                Json::from(live.name),
                Json::from(name.as_str()),
            )]
        }
        Op::NetworkConnect { network } => {
            let path = format!("network[{network}]");
            let connected = only_network(&live.spec, network);
            match (is_connected(inspect, network), only_network(asked, network)) {
                (false, _) => vec![difference(&path, Json::Null, "connected".into())],
                (true, asked) => compare(kind, &asked, &connected, key),
            }
        }
        Op::NetworkDisconnect { network, .. } if is_connected(inspect, network) => {
            let path = format!("network[{network}]");
            vec![difference(&path, "connected".into(), Json::Null)]
        }
        _ => Vec::new(),
    }
}

/// Compares the attributes that an update was for. One that was taken out of the configuration must not stand there as before.
fn updated(
    kind: &dyn Kind,
    asked: &Spec,
    live: &Spec,
    attributes: &[String],
    attempt: &Attempt<'_>,
    key: &SealKey,
) -> Vec<Difference> {
    let of = |spec: &Spec| -> Spec {
        let entries = spec.iter().filter(|(name, _)| attributes.contains(name));
        entries
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let (asked, live) = (of(asked), of(live));
    let mut found = compare(kind, &asked, &live, key);
    for planned in &attempt.change.differences {
        let taken_out = attributes.contains(&planned.path) && !asked.contains_key(&planned.path);
        let is = live.get(&planned.path).map_or(Json::Null, |value| {
            seal(&value.clone().sensitive_if(is_sensitive(&planned.before)), key)
        });
        if taken_out && !is.is_null() && is == planned.before {
            found.push(difference(&planned.path, is, Json::Null));
        }
    }
    found
}

fn compare(kind: &dyn Kind, asked: &Spec, live: &Spec, key: &SealKey) -> Vec<Difference> {
    differences(&Compared {
        fields: kind.fields(),
        desired: asked,
        last: None,
        live,
        key,
    })
}

/// Returns the part of a spec that speaks of one network.
fn only_network(spec: &Spec, network: &str) -> Spec {
    let blocks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
    let block = blocks
        .iter()
        .find(|block| block.get("name").and_then(Value::as_str) == Some(network));
    let block = block.map(|block| ("network".to_owned(), Value::tuple([block.clone()])));
    block.into_iter().collect()
}

/// Tells whether a container is in a network.
pub(super) fn is_connected(container: &Json, network: &str) -> bool {
    !container["NetworkSettings"]["Networks"][network].is_null()
}

fn difference(path: &str, before: Json, after: Json) -> Difference {
    Difference {
        path: path.to_owned(),
        before,
        after,
        cost: Cost::Live,
        drift: false,
    }
}

fn sentence(difference: &Difference) -> String {
    let asked = match &difference.after {
        Json::Null => "was to be unset".to_owned(),
        after => format!("was to be {}", shown(after)),
    };
    let found = match &difference.before {
        Json::Null => "is not set".to_owned(),
        before => format!("is {}", shown(before)),
    };
    format!("`{}` {asked} and {found}.", difference.path)
}

fn shown(sealed: &Json) -> String {
    if has_secret(sealed) {
        "(sensitive)".to_owned()
    } else {
        sealed.to_string()
    }
}
