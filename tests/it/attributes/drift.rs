//! What somebody else changes on the engine is seen where we asked for it, and nowhere else.

use serde_json::json;

use super::idle;
use crate::engine;
use crate::world::World;
use wharf::engine::Call;

/// Limits that the engine changes in place, with the value that is asked for and the one that somebody else sets.
const LIMITS: &[(&str, &str)] = &[
    ("memory", "\"64m\""),
    ("memory_reservation", "\"32m\""),
    ("cpu_shares", "512"),
    ("cpu_period", "\"50ms\""),
    ("cpu_quota", "\"20ms\""),
    ("cpuset_cpus", "\"0\""),
    ("pids_limit", "100"),
    ("restart", "\"no\""),
];

#[test]
fn limits_that_somebody_else_changed_are_seen_and_set_back() {
    let world = World::new("drift");
    let lines: Vec<String> = LIMITS
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    world
        .config(&(idle("set", &lines.join("\n")) + &idle("unset", "")))
        .apply(&[]);
    let ids = ["set", "unset"].map(|name| world.container_id(name));
    for id in &ids {
        let updated = engine::call(Call::ContainerUpdate {
            id: id.clone(),
            body: json!({
                "Memory": 134_217_728, "MemorySwap": 268_435_456, "MemoryReservation": 67_108_864, "CpuShares": 256,
                "CpuPeriod": 100_000, "CpuQuota": 30_000, "CpusetCpus": "0-1", "PidsLimit": 50,
                "RestartPolicy": {"Name": "always"},
            }),
        });
        // Where the engine cannot do it, nobody else can.
        assert_eq!(updated.is_ok(), engine::updates(), "{updated:?}");
    }
    if !engine::updates() {
        world.assert_nothing_to_do(&[]);
        return world.destroy(&[]);
    }
    let plan = world.wharf(&["plan", "--no-color"]).code(0);
    for (name, _) in LIMITS {
        let seen = plan.stdout.lines().any(|line| {
            line.trim_start_matches([' ', '~'])
                .starts_with(&format!("{name} "))
                && line.contains("changed outside")
        });
        assert!(seen, "{name} is not seen:\n{}", plan.stdout);
    }
    // What was never set is not ours to mind.
    assert_eq!(
        world.planned(&[]),
        [("container.set".to_owned(), "update".to_owned())]
    );
    world.apply(&[]);
    assert_eq!(world.container_id("set"), ids[0], "it was set back in place");
    let host = &world.container("set")["HostConfig"];
    assert_eq!(host["CpuQuota"], 20_000);
    assert_eq!(host["CpusetCpus"], "0");
    world.destroy(&[]);
}
