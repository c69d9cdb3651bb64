//! Instances → the graph between them, with the edges that follow from what they are, in dependency order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use indexmap::IndexMap;
use petgraph::graph::DiGraph;

use super::graph::kind_of;
use super::{Instance, Kinds};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::kinds::{Kind, Naming, Spec};
use crate::value::Value;

/// The instances in dependency order, and the graph between them.
pub(super) type Ordered = (IndexMap<Address, Instance>, DiGraph<Address, ()>);

/// Adds what follows from the specs, and puts the instances in order: dependencies first, ties in source order.
///
/// `found` is in source order.
pub(super) fn ordered(mut found: Vec<Instance>) -> Ordered {
    fill_before_use(&mut found);
    let numbers: HashMap<Address, usize> = found
        .iter()
        .enumerate()
        .map(|(at, instance)| (instance.address.clone(), at))
        .collect();
    let order = sorted(&found, &numbers);
    let mut slots: Vec<Option<Instance>> = found.into_iter().map(Some).collect();
    let mut instances = IndexMap::with_capacity(slots.len());
    let mut graph = DiGraph::with_capacity(slots.len(), slots.len());
    let mut nodes = HashMap::with_capacity(slots.len());
    for at in order {
        let Some(instance) = slots[at].take() else {
            continue;
        };
        let node = graph.add_node(instance.address.clone());
        for dependency in &instance.dependencies {
            if let Some(from) = nodes.get(dependency) {
                graph.add_edge(*from, node, ());
            }
        }
        nodes.insert(instance.address.clone(), node);
        instances.insert(instance.address.clone(), instance);
    }
    (instances, graph)
}

/// Sorts topologically; of those that are ready the first in source order comes first.
fn sorted(instances: &[Instance], numbers: &HashMap<Address, usize>) -> Vec<usize> {
    let mut waiting = vec![0_usize; instances.len()];
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); instances.len()];
    for (at, instance) in instances.iter().enumerate() {
        for dependency in instance
            .dependencies
            .iter()
            .filter_map(|address| numbers.get(address))
        {
            waiting[at] += 1;
            dependents[*dependency].push(at);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..instances.len())
        .filter(|at| waiting[*at] == 0)
        .map(Reverse)
        .collect();
    let mut order = Vec::with_capacity(instances.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for dependent in &dependents[at] {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    order
}

/// What mounts a volume waits for the syncs that fill it, unless they wait for it.
fn fill_before_use(instances: &mut [Instance]) {
    let mut users: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, instance) in instances.iter().enumerate() {
        for volume in mounted_volumes(&instance.spec) {
            users.entry(volume.to_owned()).or_default().push(at);
        }
    }
    let numbers: HashMap<Address, usize> = instances
        .iter()
        .enumerate()
        .map(|(at, instance)| (instance.address.clone(), at))
        .collect();
    for at in 0..instances.len() {
        let Some(volume) = filled_volume(&instances[at].spec) else {
            continue;
        };
        let Some(users) = users.get(volume) else { continue };
        let before = ancestors(at, instances, &numbers);
        let filler = instances[at].address.clone();
        for user in users.iter().filter(|user| **user != at && !before.contains(user)) {
            let dependencies = &mut instances[*user].dependencies;
            if let Err(place) = dependencies.binary_search(&filler) {
                dependencies.insert(place, filler.clone());
            }
        }
    }
}

/// Finds everything that an instance waits for.
fn ancestors(of: usize, instances: &[Instance], numbers: &HashMap<Address, usize>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![of];
    while let Some(at) = open.pop() {
        for dependency in instances[at]
            .dependencies
            .iter()
            .filter_map(|address| numbers.get(address))
        {
            if seen.insert(*dependency) {
                open.push(*dependency);
            }
        }
    }
    seen
}

/// Finds objects that would have one name on the engine.
pub(super) fn name_clashes<'i>(
    kinds: Kinds,
    naming: &Naming,
    instances: impl Iterator<Item = &'i Instance>,
) -> Vec<Diagnostic> {
    let mut named = HashMap::new();
    let mut problems = Vec::new();
    for instance in instances.filter(|instance| !instance.address.block.data && !instance.name.is_empty()) {
        // Names of images are no names of objects: several blocks may use one.
        let named_kind = kind_of(kinds, &instance.address.block)
            .filter(|kind| kind.default_name(naming, &instance.address).is_some());
        let Some(object) = named_kind.and_then(Kind::object) else {
            continue;
        };
        let Some(first) = named.insert((object, instance.name.as_str()), instance) else {
            continue;
        };
        let place = |instance: &Instance| instance.spans.get("name").unwrap_or(&instance.span).clone();
        problems.push(
            Diagnostic::error("Name used twice")
                .detail(format!(
                    "`{}` and `{}` would both be called `{}` on the engine.",
                    first.address, instance.address, instance.name
                ))
                .at(place(instance), "has the same name")
                .related(place(first), "as this")
                .help("Give each its own name; in a repeated block put `count.index` or `each.key` into it."),
        );
    }
    problems
}

fn mounted_volumes(spec: &Spec) -> impl Iterator<Item = &str> {
    spec.get("mount")
        .and_then(Value::as_elements)
        .unwrap_or_default()
        .iter()
        .filter_map(|mount| mount.get("volume")?.as_str())
}

fn filled_volume(spec: &Spec) -> Option<&str> {
    spec.get("target")?.get("volume")?.as_str()
}
