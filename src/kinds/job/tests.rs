use serde_json::json;

use super::*;
use crate::engine::Logs;
use crate::kinds::{FieldType, testing};

fn inspect(status: &str, code: i64) -> Json {
    json!({
        "Id": "0123456789abcdef", "Name": "/shop-web", "Image": "sha256:1",
        "State": {"Status": status, "Running": status == "running", "ExitCode": code},
        "Config": {"Cmd": ["/bin/true"], "Entrypoint": null, "Env": null, "Labels": {}},
        "HostConfig": {"NetworkMode": "default"},
        "NetworkSettings": {"Networks": {"bridge": {}}},
    })
}

#[test]
fn reads_how_it_ended_and_what_it_wrote() {
    let logs = Logs {
        stdout: b"done\n".to_vec(),
        stderr: Vec::new(),
    };
    let live = Job.read(&Found {
        inspect: &inspect("exited", 0),
        image: None,
        logs: Some(&logs),
        api: (1, 41),
    });
    assert_eq!(live.status, Status::Exited(0));
    assert_eq!(live.attributes["exit_code"].as_i64(), Some(0));
    assert_eq!(live.attributes["stdout"].as_str(), Some("done\n"));
    assert!(!live.attributes.contains_key("ports"));
}

#[test]
fn a_job_is_made_started_and_awaited() {
    let ops = testing::created(&Job, &json!({"image": "bb:1", "timeout": 5_000_000_000_i64}));
    assert_eq!(
        testing::steps(&ops.up),
        [
            r#"new: ContainerCreate { name: "shop-web" }"#,
            "new: ContainerStart",
            "new: Await { condition: Exited, limit: 5000 }",
        ]
    );
}

/// Lists the rows, those of nested blocks included, that can be set and whose change runs nothing.
fn cheap(path: &str, fields: &[Field]) -> Vec<String> {
    let set = fields
        .iter()
        .filter(|field| field.presence != crate::kinds::Presence::Computed);
    set.flat_map(|field| {
        let own = (field.cost < Cost::Replace).then(|| format!("{path}{}: {:?}", field.name, field.cost));
        let inner = match field.ty {
            FieldType::Block(inner) | FieldType::Blocks(inner, _) => {
                cheap(&format!("{path}{}.", field.name), inner)
            }
            _ => Vec::new(),
        };
        own.into_iter().chain(inner)
    })
    .collect()
}

/// What a job says of a row that stands in its table is true of a job.
#[test]
fn no_row_of_a_job_speaks_of_changes_in_place() {
    let told = crate::kinds::reference::reference();
    let (_, of_job) = told.split_once("\n## job\n").unwrap();
    let of_job = of_job.split("\n## ").next().unwrap();
    for line in of_job
        .lines()
        .filter(|line| !line.starts_with("| `name` | name |"))
    {
        for words in ["in place", "restart", "reconnect", "rejoin", "taking it out"] {
            assert!(!line.contains(words), "{words}: {line}");
        }
    }
}

#[test]
fn every_change_of_what_was_run_runs_it_again() {
    assert_eq!(
        cheap("", fields::FIELDS),
        ["name: Live", "timeout: Remember", "auto_remove: Live"]
    );
    let live = testing::live(&Job, &inspect("exited", 0));
    let ops = testing::decided(
        &Job,
        &json!({"image": "bb:1"}),
        Some(&live),
        &[("env", Cost::Replace)],
    );
    assert_eq!(testing::steps(&ops.down), ["old: ContainerRemove"]);
    assert_eq!(ops.up.len(), 3);
}

#[test]
fn a_job_is_removed_when_it_has_ended_and_not_run_again() {
    let removed = json!({"image": "bb:1", "auto_remove": true});
    let ops = testing::created(&Job, &removed);
    assert_eq!(testing::steps(&ops.last), ["new: ContainerRemove"]);

    let live = testing::live(&Job, &inspect("exited", 0));
    let ops = testing::decided(&Job, &removed, Some(&live), &[("auto_remove", Cost::Live)]);
    assert_eq!(testing::steps(&ops.up), Vec::<String>::new());
    assert_eq!(testing::steps(&ops.last), ["old: ContainerRemove"]);
}

#[test]
fn a_job_that_still_runs_is_awaited() {
    let live = testing::live(&Job, &inspect("running", 0));
    let ops = testing::decided(
        &Job,
        &json!({"image": "bb:1"}),
        Some(&live),
        &[("running", Cost::Live)],
    );
    assert_eq!(
        testing::steps(&ops.up),
        ["old: Await { condition: Exited, limit: 3600000 }"]
    );
}

#[test]
fn renaming_a_job_that_is_done_does_not_run_it_again() {
    let mut live = testing::live(&Job, &inspect("exited", 0));
    live.name = "other".into();
    let ops = testing::decided(
        &Job,
        &json!({"image": "bb:1"}),
        Some(&live),
        &[("name", Cost::Live)],
    );
    assert_eq!(
        testing::steps(&ops.up),
        [r#"old: ContainerRename { name: "shop-web" }"#]
    );
}

#[test]
fn a_health_check_of_the_image_is_switched_off() {
    let op = Op::ContainerCreate { name: "x".into() };
    let body = testing::body(testing::call(&Job, &op, &json!({"image": "bb:1"})));
    assert_eq!(body["Healthcheck"], json!({"Test": ["NONE"]}));
    assert_eq!(body["HostConfig"]["RestartPolicy"]["Name"], "no");
}

#[test]
fn what_a_job_writes_is_secret_if_anything_that_it_was_given_is() {
    let mut spec = testing::spec(&json!({"image": "a", "env": {"A": "b"}}));
    assert!(!Job.foretell(&spec, "job")["stdout"].sensitive);
    spec.insert("env".into(), Value::object([("A", Value::from("b").sensitive())]));
    let foretold = Job.foretell(&spec, "job");
    assert!(foretold["stdout"].sensitive && foretold["stderr"].sensitive);
    assert!(!foretold["exit_code"].sensitive);
}
