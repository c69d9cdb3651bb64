use serde_json::json;

use super::{bare, running};
use crate::kinds::container::Container;
use crate::kinds::testing::{created, decided, live, spec, steps};
use crate::kinds::{Cost, Decision, Kind, Live, Ops, Spec, Status};

#[test]
fn further_networks_and_files_come_before_the_start() {
    let ops = created(
        &Container,
        &json!({
            "image": "bb:1",
            "network": [{"name": "a"}, {"name": "b"}],
            "file": [{"path": "/x", "content": ""}],
            "healthcheck": {"test": ["CMD", "true"], "interval": 1_000_000_000, "timeout": 1_000_000_000, "retries": 99},
        }),
    );
    assert_eq!(
        steps(&ops.up),
        [
            r#"new: ContainerCreate { name: "shop-web" }"#,
            r#"new: NetworkConnect { network: "b" }"#,
            "new: FilesPut",
            "new: ContainerStart",
            "new: Await { condition: Healthy, limit: 200000 }",
        ]
    );
    assert!(ops.down.is_empty() && ops.last.is_empty());
}

#[test]
fn without_a_check_of_its_own_the_images_is_waited_for_too() {
    let gates = |desired| steps(&created(&Container, &desired).up).split_off(2);
    assert_eq!(
        gates(json!({"image": "bb:1"})),
        [
            "new: Await { condition: Running { settle: 500 }, limit: 60000 }",
            "new: Await { condition: Healthy, limit: 300000 }",
        ]
    );
    assert_eq!(
        gates(json!({"image": "bb:1", "healthcheck": {"disable": true}, "start_timeout": 1_000_000_000})),
        ["new: Await { condition: Running { settle: 500 }, limit: 1000 }"]
    );
    assert!(
        created(&Container, &json!({"image": "bb:1", "running": false}))
            .up
            .len()
            == 1
    );
}

#[test]
fn a_limit_is_changed_in_place() {
    let live = live(&Container, &bare());
    let ops = decided(
        &Container,
        &json!({"image": "bb:1", "memory": 1, "cpus": 1}),
        Some(&live),
        &[("memory", Cost::Live), ("cpus", Cost::Live)],
    );
    assert_eq!(
        steps(&ops.up),
        [r#"old: ContainerUpdate { attributes: ["cpus", "memory"] }"#]
    );
    assert!(ops.down.is_empty());
}

#[test]
fn another_name_is_given_in_place() {
    let mut live = live(&Container, &bare());
    live.name = "web".into();
    let ops = decided(
        &Container,
        &json!({"image": "bb:1"}),
        Some(&live),
        &[("name", Cost::Live)],
    );
    assert_eq!(steps(&ops.up), [r#"old: ContainerRename { name: "shop-web" }"#]);
}

#[test]
fn networks_are_left_before_and_joined_after() {
    let live = live(&Container, &running());
    let desired =
        json!({"image": "bb:1", "network": [{"name": "shop-front", "aliases": ["other"]}, {"name": "new"}]});
    let ops = decided(&Container, &desired, Some(&live), &[("network", Cost::Reconnect)]);
    let left: Vec<String> = steps(&ops.down)
        .iter()
        .map(|step| step.split(", id").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        left,
        [
            r#"old: NetworkDisconnect { network: "shop-back""#,
            r#"old: NetworkDisconnect { network: "shop-front""#,
        ]
    );
    assert_eq!(
        steps(&ops.up),
        [
            r#"old: NetworkConnect { network: "new" }"#,
            r#"old: NetworkConnect { network: "shop-front" }"#,
        ]
    );
}

#[test]
fn a_network_that_is_as_wanted_is_not_left() {
    let live = live(&Container, &running());
    let desired = json!({"image": "bb:1", "network": [{"name": "shop-back", "aliases": ["web"]}]});
    let ops = decided(&Container, &desired, Some(&live), &[("network", Cost::Reconnect)]);
    assert_eq!(ops.down.len(), 1);
    assert_eq!(steps(&ops.up), Vec::<String>::new());
}

#[test]
fn the_host_name_among_the_aliases_is_no_reason_to_reconnect() {
    let mut inspect = running();
    inspect["NetworkSettings"]["Networks"]["shop-front"]["Aliases"] = json!(["host.test", "second"]);
    let live = live(&Container, &inspect);
    let desired = json!({"image": "bb:1", "network": [
        {"name": "shop-back", "aliases": ["web"]}, {"name": "shop-front", "aliases": ["second"]},
    ]});
    let ops = decided(&Container, &desired, Some(&live), &[("network", Cost::Reconnect)]);
    assert_eq!(ops, Ops::default());
}

#[test]
fn without_networks_of_its_own_it_goes_back_to_the_default_one() {
    let live = live(&Container, &running());
    let ops = decided(
        &Container,
        &json!({"image": "bb:1"}),
        Some(&live),
        &[("network", Cost::Reconnect)],
    );
    assert_eq!(ops.down.len(), 2);
    assert_eq!(steps(&ops.up), [r#"old: NetworkConnect { network: "bridge" }"#]);
}

fn with_replaced_network(start_first: bool, differences: &[(String, Cost)]) -> Ops {
    let live = live(&Container, &running());
    Container.ops(&Decision {
        desired: &spec(&json!({"image": "bb:1", "network": [{"name": "shop-back"}, {"name": "shop-front"}]})),
        applied: &Spec::new(),
        live: Some(("old", &live)),
        differences,
        replaced_networks: &["shop-back".to_owned()],
        name: "shop-web",
        start_first,
        hand_over: None,
        warm_ups: &[],
        keeps_old: false,
        resume: None,
    })
}

#[test]
fn a_network_that_is_replaced_is_left_and_joined_again() {
    let ops = with_replaced_network(false, &[]);
    assert_eq!(ops.down.len(), 1);
    assert!(
        steps(&ops.down)[0].starts_with(r#"old: NetworkDisconnect { network: "shop-back", id: "a61bf904"#)
    );
    assert_eq!(
        steps(&ops.up),
        [r#"old: NetworkConnect { network: "shop-back" }"#]
    );
}

#[test]
fn changed_files_are_put_before_a_restart() {
    let live = live(&Container, &bare());
    let desired =
        json!({"image": "bb:1", "file": [{"path": "/x", "content": "1"}], "healthcheck": {"disable": true}});
    let ops = decided(&Container, &desired, Some(&live), &[("file", Cost::Restart)]);
    assert_eq!(
        steps(&ops.up),
        [
            "old: FilesPut",
            "old: ContainerRestart",
            "old: Await { condition: Running { settle: 500 }, limit: 60000 }",
        ]
    );
}

#[test]
fn a_stopped_container_is_started_and_one_that_is_to_rest_is_stopped() {
    let mut stopped = live(&Container, &bare());
    stopped.status = Status::Exited(0);
    let drift = [("running", Cost::Live)];
    let ops = decided(&Container, &json!({"image": "bb:1"}), Some(&stopped), &drift);
    assert_eq!(
        steps(&ops.up),
        [
            "old: ContainerStart",
            "old: Await { condition: Running { settle: 500 }, limit: 60000 }",
        ]
    );
    let runs = live(&Container, &bare());
    let ops = decided(
        &Container,
        &json!({"image": "bb:1", "running": false}),
        Some(&runs),
        &drift,
    );
    assert_eq!(steps(&ops.up), ["old: ContainerStop"]);
}

#[test]
fn one_that_was_made_but_never_started_gets_what_it_lacks() {
    let mut fresh = live(&Container, &bare());
    fresh.status = Status::Created;
    let desired = json!({
        "image": "bb:1", "file": [{"path": "/x", "content": "1"}], "network": [{"name": "bridge"}, {"name": "b"}],
        "healthcheck": {"disable": true},
    });
    let ops = decided(&Container, &desired, Some(&fresh), &[("running", Cost::Live)]);
    assert_eq!(
        steps(&ops.up),
        [
            r#"old: NetworkConnect { network: "b" }"#,
            "old: FilesPut",
            "old: ContainerStart",
            "old: Await { condition: Running { settle: 500 }, limit: 60000 }",
        ]
    );
}

#[test]
fn one_that_runs_but_was_never_seen_ready_is_awaited() {
    let runs = live(&Container, &bare());
    let ops = decided(
        &Container,
        &json!({"image": "bb:1"}),
        Some(&runs),
        &[("running", Cost::Live)],
    );
    assert_eq!(
        steps(&ops.up),
        ["old: Await { condition: Running { settle: 500 }, limit: 60000 }"]
    );
}

#[test]
fn a_replacement_takes_the_old_one_away_first() {
    let live = live(&Container, &bare());
    let desired = json!({"image": "bb:1", "healthcheck": {"disable": true}});
    let ops = decided(&Container, &desired, Some(&live), &[("env", Cost::Replace)]);
    assert_eq!(steps(&ops.down), ["old: ContainerStop", "old: ContainerRemove"]);
    assert_eq!(
        steps(&ops.up),
        [
            r#"new: ContainerCreate { name: "shop-web" }"#,
            "new: ContainerStart",
            "new: Await { condition: Running { settle: 500 }, limit: 60000 }",
        ]
    );
}

#[test]
fn started_first_it_takes_the_name_when_the_old_one_is_gone() {
    let ops = with_replaced_network(true, &[("env".to_owned(), Cost::Replace)]);
    assert_eq!(ops.down.len(), 1);
    assert_eq!(
        steps(&ops.up)[..3],
        [
            r#"new: ContainerCreate { name: "shop-web.next" }"#,
            r#"new: NetworkConnect { network: "shop-front" }"#,
            "new: ContainerStart",
        ]
    );
    assert_eq!(
        steps(&ops.last),
        [
            "old: ContainerStop",
            "old: ContainerRemove",
            r#"new: ContainerRename { name: "shop-web" }"#,
        ]
    );
}

#[test]
fn what_is_taken_away_is_stopped_only_if_it_runs() {
    let mut live = live(&Container, &bare());
    let removed = |live: &Live| steps(&decided(&Container, &json!({}), Some(live), &[]).down);
    assert_eq!(removed(&live), ["old: ContainerStop", "old: ContainerRemove"]);
    live.status = Status::Exited(1);
    assert_eq!(removed(&live), ["old: ContainerRemove"]);
}
