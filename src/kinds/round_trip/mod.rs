//! What is sent to the real engine reads back as what was asked for.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::FutureExt;
use serde_json::{Value as Json, json};

use super::{Binding, Cost, Found, Kind, Live, Ownership, Spec, container, job, network, testing, volume};
use crate::engine::{Call, ObjectKind, Op, Read};
use crate::engine::{Choice, Condition, Docker, Engine, Environment, LabelFilter, Waited};

const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

/// One run; all of its objects bear its name.
struct Run {
    engine: Docker,
    name: String,
    image: String,
    networks: BTreeMap<String, String>,
}

/// The engine on this machine; a test that needs one fails where none is.
async fn engine() -> Docker {
    let variable = |name| std::env::var(name).ok();
    let environment = Environment {
        docker_host: variable("DOCKER_HOST"),
        docker_context: variable("DOCKER_CONTEXT"),
        docker_config: variable("DOCKER_CONFIG").map(Into::into),
        container_host: variable("CONTAINER_HOST"),
        runtime_dir: variable("XDG_RUNTIME_DIR").map(Into::into),
        home: variable("HOME").map(Into::into),
    };
    let location = crate::engine::locate(&Choice::Default, &environment).unwrap();
    crate::engine::connect(&location).await.unwrap().docker()
}

impl Run {
    async fn new(test: &str) -> Self {
        let engine = engine().await;
        let reference = std::env::var("WHARF_TEST_IMAGE").unwrap_or_else(|_| "wharf-stand-in:1".into());
        let image = engine
            .inspect(ObjectKind::Image, &reference)
            .await
            .unwrap()
            .unwrap();
        Self {
            engine,
            name: format!("wt-kinds-{test}-{}", std::process::id()),
            image: image["Id"].as_str().unwrap().to_owned(),
            networks: BTreeMap::new(),
        }
    }

    /// Makes the canonical spec of a literal, in which `NAME` stands for the run's name.
    fn spec(&self, kind: &dyn Kind, literal: &Json) -> Spec {
        let literal = literal.to_string().replace("NAME", &self.name);
        let mut spec = testing::spec(&serde_json::from_str(&literal).unwrap());
        assert_eq!(kind.canonical(&mut spec, Path::new("/")), []);
        assert_eq!(kind.check(&spec), []);
        spec
    }

    async fn call(&self, kind: &dyn Kind, op: &Op, spec: &Spec, id: &str) -> String {
        let ownership = Ownership {
            project: self.name.clone(),
            workspace: "default".into(),
            address: "container.web".parse().unwrap(),
            nonce: "n1".into(),
        };
        let name = spec.get("name").unwrap().as_str().unwrap();
        let binding = Binding {
            ownership: &ownership,
            name,
            spec,
            id,
            networks: &self.networks,
            image: Some(&self.image),
            keeps: &BTreeMap::new(),
            context: None,
            api: self.engine.about().api,
            root: Path::new("/"),
        };
        let call = kind.call(op, &binding).unwrap();
        let reply = self.engine.call(call, &|_| ()).await.unwrap();
        reply.id.unwrap_or_else(|| id.to_owned())
    }

    async fn read(&self, kind: &dyn Kind, id: &str) -> Live {
        let object = kind.object().unwrap();
        let inspect = self.engine.inspect(object, id).await.unwrap().unwrap();
        kind.read(&Found {
            inspect: &inspect,
            image: None,
            logs: None,
            api: self.engine.about().api,
        })
    }

    async fn network(&mut self, literal: &Json) -> (Spec, String) {
        let spec = self.spec(&network::Network, literal);
        let id = self.call(&network::Network, &Op::NetworkCreate, &spec, "").await;
        let name = spec.get("name").unwrap().as_str().unwrap().to_owned();
        self.networks.insert(name, id.clone());
        (spec, id)
    }

    /// Makes a container as a schedule would, without starting it.
    async fn make(&self, kind: &dyn Kind, spec: &Spec) -> String {
        let name = spec.get("name").unwrap().as_str().unwrap().to_owned();
        let id = self.call(kind, &Op::ContainerCreate { name }, spec, "").await;
        for network in super::spec::blocks(spec, "network").skip(1) {
            let network = network.get("name").unwrap().as_str().unwrap().to_owned();
            self.call(kind, &Op::NetworkConnect { network }, spec, &id).await;
        }
        if spec.contains_key("file") {
            self.call(kind, &Op::FilesPut, spec, &id).await;
        }
        id
    }

    async fn assert_as_asked_for(&self, kind: &dyn Kind, spec: &Spec, id: &str) -> Live {
        let live = self.read(kind, id).await;
        assert_eq!(testing::differing(spec, &live.spec), Vec::<String>::new());
        live
    }

    /// Removes everything that the run made.
    async fn clean(&self) {
        let ours = LabelFilter::from([("wharf.project".to_owned(), Some(self.name.clone()))]);
        for (kind, field) in [
            (ObjectKind::Container, "Id"),
            (ObjectKind::Network, "Id"),
            (ObjectKind::Volume, "Name"),
        ] {
            for object in self.engine.list(kind, &ours).await.unwrap() {
                let id = object[field].as_str().unwrap().to_owned();
                let call = match kind {
                    ObjectKind::Container => Call::ContainerRemove {
                        id,
                        force: true,
                        volumes: true,
                    },
                    ObjectKind::Network => Call::NetworkRemove { id },
                    _ => Call::VolumeRemove { name: id },
                };
                self.engine.call(call, &|_| ()).await.unwrap();
            }
        }
    }
}

/// Cleans up even if the test fails.
async fn cleaned(run: &Run, test: impl Future<Output = ()>) {
    let held = std::panic::AssertUnwindSafe(test).catch_unwind().await;
    run.clean().await;
    if let Err(failure) = held {
        std::panic::resume_unwind(failure);
    }
}

#[tokio::test]
async fn everything_that_a_container_is_asked_for_reads_back() {
    let mut run = Run::new("full").await;
    let back = run
        .network(&json!({
            "name": "NAME-back", "internal": true, "labels": {"a": "b"},
            "ipam": {"config": [{"subnet": "10.213.77.0/24", "ip_range": "10.213.77.128/25", "gateway": "10.213.77.1"}]},
        }))
        .await;
    let front = run
        .network(&json!({"name": "NAME-front", "driver": "bridge"}))
        .await;
    let run = &run;
    cleaned(run, async {
        for (spec, id) in [&back, &front] {
            run.assert_as_asked_for(&network::Network, spec, id).await;
        }
        let data = run.spec(
            &volume::Volume,
            &json!({"name": "NAME-data", "labels": {"a": "b"}}),
        );
        let id = run.call(&volume::Volume, &Op::VolumeCreate, &data, "").await;
        run.assert_as_asked_for(&volume::Volume, &data, &id).await;

        let kind = &container::Container;
        let mut spec = run.spec(kind, &everything());
        spec.insert("image".into(), run.image.as_str().into());
        let id = run.make(kind, &spec).await;
        run.assert_as_asked_for(kind, &spec, &id).await;
        run.call(kind, &Op::ContainerStart, &spec, &id).await;
        let healthy = run.engine.wait(&id, Condition::Healthy, LIMIT).await.unwrap();
        assert_eq!(healthy, Waited::Met { exit_code: 0 });
        let live = run.assert_as_asked_for(kind, &spec, &id).await;
        assert_eq!(live.attributes["ip_address"].as_str(), Some("10.213.77.9"));
        assert_eq!(live.attributes["network_ids"].as_entries().unwrap().len(), 2);

        for (name, value) in [("memory", 134_217_728_i64), ("pids_limit", 77)] {
            spec.insert(name.into(), value.into());
        }
        spec.remove("memory_swap");
        spec.insert("restart".into(), "unless-stopped".into());
        spec.insert("running".into(), true.into());
        let attributes = ["memory", "pids_limit", "restart"].map(str::to_owned).into();
        run.call(kind, &Op::ContainerUpdate { attributes }, &spec, &id)
            .await;
        run.assert_as_asked_for(kind, &spec, &id).await;
        run.call(kind, &Op::ContainerStop, &spec, &id).await;
    })
    .await;
}

/// One of everything that any engine can do.
fn everything() -> Json {
    serde_json::from_str(include_str!("everything.json")).unwrap()
}

#[tokio::test]
async fn files_are_there_when_the_program_starts() {
    let run = &Run::new("file").await;
    cleaned(run, async {
        let kind = &job::Job;
        let mut spec = run.spec(
            kind,
            &json!({
                "name": "NAME", "image": "", "command": ["/bin/cat", "/etc/made/a.conf"],
                "file": [{"path": "/etc/made/a.conf", "content": "here", "mode": 0o600}],
            }),
        );
        spec.insert("image".into(), run.image.as_str().into());
        let id = run.make(kind, &spec).await;
        run.call(kind, &Op::ContainerStart, &spec, &id).await;
        let ended = run.engine.wait(&id, Condition::Exited, LIMIT).await.unwrap();
        assert_eq!(ended, Waited::Met { exit_code: 0 });
        let logs = run.engine.logs(&id, None).await.unwrap();
        assert_eq!(logs.stdout, b"here");
        // What the engine does not show is not compared here.
        spec.remove("file");
        run.assert_as_asked_for(kind, &spec, &id).await;
    })
    .await;
}

#[tokio::test]
async fn networks_change_in_place() {
    let mut run = Run::new("rewire").await;
    run.network(&json!({"name": "NAME-a"})).await;
    run.network(&json!({"name": "NAME-b"})).await;
    let run = &run;
    cleaned(run, async {
        let kind = &container::Container;
        let literal = |network: Json| json!({"name": "NAME", "image": "", "command": ["/bin/sleep", "60"], "stop_signal": "SIGKILL", "network": network});
        let mut before = run.spec(kind, &literal(json!([{"name": "NAME-a", "aliases": ["old"]}])));
        let mut after = run.spec(
            kind,
            &literal(json!([{"name": "NAME-b"}, {"name": "NAME-a", "aliases": ["new"]}])),
        );
        for spec in [&mut before, &mut after] {
            spec.insert("image".into(), run.image.as_str().into());
        }
        let id = run.make(kind, &before).await;
        run.call(kind, &Op::ContainerStart, &before, &id).await;
        let live = run.assert_as_asked_for(kind, &before, &id).await;
        let ops = kind.ops(&super::Decision {
            desired: &after,
            applied: &before,
            live: Some((&id, &live)),
            differences: &[("network".to_owned(), Cost::Reconnect)],
            replaced_networks: &[],
            name: &run.name,
            start_first: false,
            hand_over: None,
warm_ups: &[],
            keeps_old: false,
            resume: None,
        });
        for (_, op) in ops.down.iter().chain(&ops.up) {
            run.call(kind, op, &after, &id).await;
        }
        let live = run.assert_as_asked_for(kind, &after, &id).await;
        assert_eq!(super::spec::blocks(&live.spec, "network").count(), 2);
    })
    .await;
}
