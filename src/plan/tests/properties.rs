//! What holds for every plan.

use proptest::prelude::*;

use super::world::{World, at, spec};
use crate::kinds::{Spec, Status};
use crate::plan::{Action, check, text};
use crate::value::Value;

/// One object of a small random world: kind, whether it is wanted, what happened to it, and on what it depends.
#[derive(Clone, Debug)]
struct Sketch {
    kind: usize,
    wanted: bool,
    fate: u8,
    change: u8,
    start_first: bool,
    dependencies: Vec<usize>,
}

const KINDS: [&str; 4] = ["network", "volume", "container", "job"];

fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let one = (
        0..KINDS.len(),
        any::<bool>(),
        0..6_u8,
        0..4_u8,
        any::<bool>(),
        proptest::collection::vec(any::<usize>(), 0..3),
    );
    let one = one.prop_map(|(kind, wanted, fate, change, start_first, dependencies)| Sketch {
        kind,
        wanted,
        fate,
        change,
        start_first,
        dependencies,
    });
    proptest::collection::vec(one, 1..9)
}

fn address(at: usize, sketch: &Sketch) -> String {
    format!("{}.o{at}", KINDS[sketch.kind])
}

/// Takes a network out of a spec: nobody is connected to what is not there.
fn disconnect(spec: &mut Spec, network: &str) {
    let networks = spec.remove("network");
    let networks = networks.as_ref().and_then(Value::as_elements).unwrap_or(&[]);
    let others = networks
        .iter()
        .filter(|it| it.get("name").and_then(Value::as_str) != Some(network));
    let others: Vec<Value> = others.cloned().collect();
    if !others.is_empty() {
        spec.insert("network".into(), Value::tuple(others));
    }
}

/// Builds the world: first everything as it was applied, then what was done to it, then what is wanted now.
fn world(sketches: &[Sketch]) -> World {
    let mut world = World::new();
    for (index, sketch) in sketches.iter().enumerate() {
        let mut dependencies: Vec<String> = sketch
            .dependencies
            .iter()
            .filter(|_| index > 0)
            .map(|it| it % index)
            .map(|it| address(it, &sketches[it]))
            .collect();
        dependencies.sort();
        dependencies.dedup();
        let dependencies: Vec<&str> = dependencies.iter().map(String::as_str).collect();
        let name = address(index, sketch);
        match KINDS[sketch.kind] {
            "container" => {
                world.container(&name, &dependencies).lifecycle.start_first = sketch.start_first;
            }
            "job" => {
                world.want(&name, spec([("image", "bb:1".into())]), &dependencies);
            }
            _ => {
                world.want(&name, spec([]), &dependencies);
            }
        }
    }
    world.settle();
    for (index, sketch) in sketches.iter().enumerate() {
        let name = address(index, sketch);
        match sketch.fate {
            0 => world.remove_by_hand(&name),
            1 => {
                world.remove_by_hand(&name);
                world.state.objects.remove(&name);
            }
            2 => {
                world.state.objects.remove(&name);
            }
            3 if sketch.kind == 2 => world.live(&name).status = Status::Exited(1),
            4 if sketch.kind >= 2 => world.live(&name).status = Status::Created,
            _ => {}
        }
        if !sketch.wanted {
            world.wanted.shift_remove(&at(&name));
            for instance in world.wanted.values_mut() {
                instance.dependencies.retain(|it| *it != at(&name));
                disconnect(&mut instance.spec, &at(&name).block.name);
            }
            continue;
        }
        let wanted = &mut world.wanted(&name).spec;
        match (sketch.change, KINDS[sketch.kind]) {
            (1, "container") => {
                wanted.insert("memory".into(), Value::from(5));
            }
            (2, "container" | "job") => {
                wanted.insert("env".into(), super::world::object([("A", "1".into())]));
            }
            (2, "network") => {
                wanted.insert("internal".into(), true.into());
            }
            (2, "volume") => {
                wanted.insert("driver".into(), "nfs".into());
            }
            _ => {}
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_plan_is_sound_repeatable_and_leads_to_nothing_to_do(sketches in sketches()) {
        let mut world = world(&sketches);
        let plan = world.plan();
        prop_assert_eq!(check(&plan), Vec::<String>::new());
        prop_assert_eq!(text(&plan), text(&world.plan()));

        world.settle();
        let after = world.plan();
        prop_assert!(after.changes.iter().all(|it| it.action == Action::NoOp), "{}", text(&after));
        prop_assert_eq!(after.schedule.graph.node_count(), 0);
    }

    #[test]
    fn destroy_is_sound_and_takes_everything_away(sketches in sketches()) {
        let mut world = world(&sketches);
        world.options.destroy = true;
        let plan = world.plan();
        prop_assert_eq!(check(&plan), Vec::<String>::new());
        for address in world.observed.objects.keys() {
            prop_assert!(plan.changes.iter().any(|it| it.address == *address && it.action == Action::Delete));
        }
    }
}
