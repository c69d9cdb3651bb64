//! A run that was stopped half-way, and the next one: what is there is observed, planned for and changed, against the in-memory engine.

use indexmap::IndexMap;
use petgraph::graph::DiGraph;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::stopping::{Stop, Stopping};
use super::world::{KEY, Outcome, World, address, interrupter, spec};
use crate::desired::{Desired, Imports, Instance, Lifecycle, Moves};
use crate::diagnostic::{Diagnostics, Source, Span};
use crate::engine::memory::{Fault, Memory};
use crate::engine::{Call, Engine as _, LabelFilter, ObjectKind, Read as _};
use crate::kinds::{Spec, kind};
use crate::observe::{self, list, observe};
use crate::plan::{Options, Plan, plan};
use crate::value::Value;
use crate::value::seal::SealKey;

/// One container on an engine, with everything that a project keeps of it.
pub(super) struct Project {
    pub(super) engine: Memory,
    pub(super) world: World,
    seed: u128,
}

/// What is wanted.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) spec: Spec,
    pub(super) name: &'static str,
    pub(super) start_first: bool,
    host: u16,
}

impl Wanted {
    /// A container with a port of the host, in networks that are there.
    pub(super) fn service(version: &str, networks: &[&str]) -> Self {
        let mut values = spec([
            ("image", "bb:1".into()),
            ("command", Value::tuple(["sleep".into(), "1000".into()])),
            ("env", Value::object([("VERSION", version.into())])),
        ]);
        if !networks.is_empty() {
            let blocks = networks.iter().map(|name| {
                let aliases = Value::tuple(["www".into()]);
                Value::object([("name", Value::from(*name)), ("aliases", aliases)])
            });
            values.insert("network".into(), Value::tuple(blocks));
        }
        Self {
            spec: values,
            name: "web",
            start_first: true,
            host: 8080,
        }
        .on_port(8080)
    }

    fn on_port(mut self, host: u16) -> Self {
        let port = Value::object([
            ("container", Value::from(80)),
            ("host", Value::from(i64::from(host))),
        ]);
        self.spec.insert("port".into(), Value::tuple([port]));
        Self { host, ..self }
    }

    fn instance(&self) -> Instance {
        let address = address("container.web");
        let source = Source::new("main.hcl", "");
        Instance {
            in_check: false,
            address,
            span: Span::new(&source, 0..0),
            spans: IndexMap::new(),
            spec: self.spec.clone(),
            name: self.name.into(),
            dependencies: Vec::new(),
            lifecycle: Lifecycle {
                start_first: self.start_first,
                ..Lifecycle::default()
            },
        }
    }

    fn desired(&self) -> Desired {
        let instance = self.instance();
        Desired {
            moves: Moves::default(),
            imports: Imports::default(),
            checks: Vec::new(),
            unsettled: Diagnostics::default(),
            instances: [(instance.address.clone(), instance)].into_iter().collect(),
            graph: DiGraph::new(),
            outputs: IndexMap::new(),
            warnings: Diagnostics::default(),
        }
    }
}

impl Project {
    pub(super) async fn new() -> Self {
        let engine = Memory::new();
        engine.add_image("bb:1", &json!({}));
        for (name, internal) in [("bridge", false), ("front", false), ("back", true)] {
            let body = json!({"Name": name, "Internal": internal});
            engine.call(Call::NetworkCreate { body }, &|_| {}).await.unwrap();
        }
        Self {
            engine,
            world: World::new(),
            seed: 0,
        }
    }

    /// Plans for what is there now.
    pub(super) async fn plan(&mut self, wanted: &Wanted) -> Plan {
        self.seed += 1;
        let key = SealKey::new(KEY);
        let store = self.world.store();
        let context = observe::Context {
            project: "shop".into(),
            workspace: "default".into(),
            root: ".".into(),
            nonces: store.leftover().nonces.clone(),
            acted_on: store.leftover().acted_on.clone(),
            kinds: kind,
            moves: Moves::default(),
        };
        let desired = wanted.desired();
        let listed = list(&self.engine).await.unwrap();
        let observed = observe(&self.engine, listed, &desired, &store.state, &context)
            .await
            .unwrap();
        self.world.networks = observed.networks.clone();
        let options = Options::new(Uuid::from_u128(self.seed), key);
        plan(&desired, &observed, &store.state, &options)
            .unwrap_or_else(|problems| panic!("{:#?}", problems.0))
    }

    /// Plans and carries the plan out; nothing may fail.
    pub(super) async fn apply(&mut self, wanted: &Wanted, story: &str) {
        let outcome = self.try_apply(wanted).await;
        assert_eq!(outcome.failures(), [""; 0], "{story}\n{}", self.log());
        self.close(outcome);
    }

    /// What a command does at its end, unless it is killed.
    fn close(&self, outcome: Outcome) {
        let planned = self.world.planned();
        outcome.store.close(&outcome.report, &planned, None).unwrap();
    }

    pub(super) async fn try_apply(&mut self, wanted: &Wanted) -> Outcome {
        self.world.plan = self.plan(wanted).await;
        let address = address("container.web");
        self.world.values.0.insert(address, wanted.spec.clone());
        self.world.run(&self.engine).await
    }

    fn log(&self) -> String {
        let log = self.engine.log().into_iter();
        log.map(|entry| format!("{} {}\n", if entry.done { "did" } else { "not" }, entry.call))
            .collect()
    }

    /// What is there of containers and networks, by name.
    async fn names(&self, kind: ObjectKind) -> Vec<String> {
        let all = self.engine.list(kind, &LabelFilter::new()).await.unwrap();
        let name = |object: &Json| match kind {
            ObjectKind::Container => object["Names"][0]
                .as_str()
                .unwrap()
                .trim_start_matches('/')
                .to_owned(),
            _ => object["Name"].as_str().unwrap().to_owned(),
        };
        let mut names: Vec<String> = all.iter().map(name).collect();
        names.sort();
        names
    }

    /// One container serves, as it is wanted, and nothing is left of what was on the way.
    async fn assert_settled(&mut self, wanted: &Wanted, story: &str) {
        let log = self.log();
        assert_eq!(
            self.names(ObjectKind::Container).await,
            [wanted.name],
            "{story}\n{log}"
        );
        assert_eq!(
            self.names(ObjectKind::Network).await,
            ["back", "bridge", "front"],
            "{story}\n{log}"
        );
        let web = self.engine.inspect(ObjectKind::Container, wanted.name).await;
        let web = web.unwrap().unwrap();
        assert_eq!(web["State"]["Running"], true, "{story}\n{log}");
        let ports = &web["NetworkSettings"]["Ports"]["80/tcp"];
        assert_eq!(ports[0]["HostPort"], wanted.host.to_string(), "{story}\n{log}");
        let plan = self.plan(wanted).await;
        assert_eq!(
            plan.schedule.graph.node_count(),
            0,
            "{story}\n{log}\n{}",
            crate::plan::text(&plan)
        );
    }
}

/// Stops the replacement of version 1 by 2 at each of its calls, and then asks for something else.
async fn stopped_anywhere(ways: &[Stop], networks: &[&str], next: &Wanted) {
    for how in ways.iter().copied() {
        for at in 0.. {
            let mut project = Project::new().await;
            project.apply(&Wanted::service("1", networks), "at first").await;
            let (interrupter, interrupt) = interrupter();
            project.world.plan = project.plan(&Wanted::service("2", networks)).await;
            let second = Wanted::service("2", networks);
            project
                .world
                .values
                .0
                .insert(address("container.web"), second.spec.clone());
            let engine = Stopping::new(&project.engine, at, how, interrupter);
            let outcome = project.world.run_until(&engine, interrupt).await;
            let came_so_far = engine.came_so_far();
            if how == Stop::Asked || !came_so_far {
                project.close(outcome);
            } else {
                drop(outcome);
            }
            let story = format!("{how:?} at call {at} with {networks:?}");
            project.apply(next, &story).await;
            project.assert_settled(next, &story).await;
            if !came_so_far {
                assert!(at > 8, "a hand-over has more calls: {story}");
                break;
            }
        }
    }
}

const EVERY_WAY: &[Stop] = &[Stop::Asked, Stop::KilledBefore, Stop::KilledAfter];

#[tokio::test]
async fn a_hand_over_that_was_cut_short_never_ended_when_something_else_was_wanted_then() {
    for networks in [&["front", "back"][..], &[]] {
        stopped_anywhere(EVERY_WAY, networks, &Wanted::service("3", networks)).await;
    }
}

#[tokio::test]
async fn a_hand_over_that_was_cut_short_is_finished() {
    for networks in [&["front", "back"][..], &[]] {
        stopped_anywhere(EVERY_WAY, networks, &Wanted::service("2", networks)).await;
    }
}

#[tokio::test]
async fn a_hand_over_that_was_cut_short_is_taken_back() {
    let networks = &["front"];
    stopped_anywhere(EVERY_WAY, networks, &Wanted::service("1", networks)).await;
}

#[tokio::test]
async fn a_hand_over_that_was_cut_short_is_followed_by_any_other_replacement() {
    for (name, start_first, port) in [("web", false, 8080), ("api", true, 8080), ("web", true, 9090)] {
        let mut next = Wanted::service("3", &["front"]).on_port(port);
        (next.name, next.start_first) = (name, start_first);
        stopped_anywhere(&[Stop::Asked], &["front"], &next).await;
    }
}

/// The predecessor is cut off by a run that was killed: it was out of its network when its successor was made away with.
#[tokio::test]
async fn a_container_that_was_joined_again_kept_the_port_that_it_was_to_hand_over() {
    for networks in [&["front", "back"][..], &[]] {
        for broken in 0..24 {
            let mut project = Project::new().await;
            project.apply(&Wanted::service("1", networks), "at first").await;
            let web = project.engine.inspect(ObjectKind::Container, "web").await;
            let id = web.unwrap().unwrap()["Id"].as_str().unwrap().to_owned();
            let own = if networks.is_empty() {
                &["bridge"][..]
            } else {
                networks
            };
            for network in own {
                let call = Call::NetworkDisconnect {
                    id: (*network).to_owned(),
                    container: id.clone(),
                };
                project.engine.call(call, &|_| {}).await.unwrap();
            }
            let second = Wanted::service("2", networks);
            let calls = project.engine.log().len();
            if broken < 20 {
                project.engine.break_call(calls + broken, Fault::Refused(400));
            }
            let story = format!("call {broken} fails with {networks:?}");
            let outcome = project.try_apply(&second).await;
            let undone = outcome.state.objects["container.web"].id == id;
            project.close(outcome);
            let still = project.engine.inspect(ObjectKind::Container, &id).await.unwrap();
            if let Some(still) = still.filter(|_| undone && broken > own.len()) {
                let connected = still["NetworkSettings"]["Networks"].as_object().unwrap();
                let connected: Vec<&String> = connected.keys().collect();
                let mut expected = own.to_vec();
                expected.sort_unstable();
                assert_eq!(connected, expected, "{story}\n{}", project.log());
                assert_eq!(still["Name"], "/web", "{story}\n{}", project.log());
            }
            project.apply(&second, &story).await;
            project.assert_settled(&second, &story).await;
        }
    }
}

#[tokio::test]
async fn a_container_that_was_taken_over_was_foreign_when_its_successor_had_failed() {
    for broken in 0..20 {
        let mut project = Project::new().await;
        let body = json!({
            "Image": "bb:1", "Cmd": ["sleep", "1000"], "Env": ["VERSION=1"], "ExposedPorts": {"80/tcp": {}},
            "HostConfig": {"NetworkMode": "front", "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}},
        });
        let create = Call::ContainerCreate {
            name: "web".into(),
            body,
        };
        let made = project.engine.call(create, &|_| {}).await.unwrap();
        let id = made.id.unwrap();
        let start = Call::ContainerStart { id: id.clone() };
        project.engine.call(start, &|_| {}).await.unwrap();
        let mut state = project.world.store().state;
        state.objects.insert(
            "container.web".into(),
            wharf_state::Object {
                kind: "container".into(),
                id,
                name: "web".into(),
                nonce: "taken over".into(),
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
            },
        );
        project.world.rewrite(&state);
        let calls = project.engine.log().len();
        project.engine.break_call(calls + broken, Fault::Refused(400));
        let second = Wanted::service("2", &["front"]);
        let outcome = project.try_apply(&second).await;
        project.close(outcome);
        let story = format!("call {broken} failed");
        project.apply(&second, &story).await;
        project.assert_settled(&second, &story).await;
    }
}

#[tokio::test]
async fn what_was_just_made_was_read_back_after_each_network_that_it_joined() {
    let mut inspects = Vec::new();
    for networks in [&["front"][..], &["front", "back"]] {
        let mut project = Project::new().await;
        let first = Wanted::service("1", networks);
        project.world.plan = project.plan(&first).await;
        let values = &mut project.world.values.0;
        values.insert(address("container.web"), first.spec.clone());
        let (interrupter, interrupt) = interrupter();
        let engine = Stopping::new(&project.engine, usize::MAX, Stop::Asked, interrupter);
        let outcome = project.world.run_until(&engine, interrupt).await;
        assert_eq!(outcome.failures(), [""; 0]);
        inspects.push(engine.inspects());
    }
    assert_eq!(inspects[0], inspects[1]);
}
