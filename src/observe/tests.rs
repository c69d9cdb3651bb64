//! Observing the engine in memory.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use petgraph::graph::DiGraph;
use serde_json::{Value as Json, json};
use uuid::Uuid;
use wharf_state::{FORMAT, State};

use super::{Context, Listed, Observed, Owner, Pullable, expected, list, look, observe};
use crate::address::Address;
use crate::desired::{Desired, Imports, Instance, Lifecycle};
use crate::diagnostic::{Diagnostics, Source, Span};
use crate::engine::memory::Memory;
use crate::engine::{Call, Engine as _, ObjectKind};
use crate::kinds::{Spec, Status, kind};
use crate::value::Value;
use crate::value::seal::SealKey;

struct World {
    engine: Memory,
    instances: IndexMap<Address, Instance>,
    state: State,
    context: Context,
}

impl World {
    fn new() -> Self {
        let engine = Memory::new();
        engine.add_image("bb:1", &json!({"Cmd": ["sleep", "60"]}));
        let state = State {
            format: FORMAT,
            wharf_version: String::new(),
            lineage: Uuid::nil(),
            generation: 0,
            project: "shop".into(),
            workspace: "default".into(),
            engine_id: String::new(),
            objects: BTreeMap::new(),
            outputs: BTreeMap::new(),
        };
        let context = Context {
            project: "shop".into(),
            workspace: "default".into(),
            root: ".".into(),
            nonces: std::collections::BTreeSet::new(),
            acted_on: std::collections::BTreeSet::new(),
            kinds: kind,
            moves: crate::desired::Moves::default(),
        };
        Self {
            engine,
            instances: IndexMap::new(),
            state,
            context,
        }
    }

    fn want(&mut self, address: &str, name: &str, spec: Spec) {
        let address: Address = address.parse().unwrap();
        let source = Source::new("main.hcl", "");
        let instance = Instance {
            in_check: false,
            address: address.clone(),
            span: Span::new(&source, 0..0),
            spans: IndexMap::new(),
            spec,
            name: name.into(),
            dependencies: Vec::new(),
            lifecycle: Lifecycle::default(),
        };
        self.instances.insert(address, instance);
    }

    /// Lets the state know an object.
    fn remember(&mut self, address: &str, id: &str, nonce: &str, adopted: bool) {
        let kind = address.split('.').next().unwrap_or_default();
        self.state.objects.insert(
            address.to_owned(),
            wharf_state::Object {
                kind: kind.into(),
                id: id.into(),
                name: String::new(),
                nonce: nonce.into(),
                ready: true,
                adopted,
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
    }

    async fn call(&self, call: Call) -> String {
        let reply = self.engine.call(call, &|_| {}).await;
        reply
            .unwrap_or_else(|error| panic!("{error}"))
            .id
            .unwrap_or_default()
    }

    async fn container(&self, name: &str, labels: Json) -> String {
        let body = json!({"Image": "bb:1", "Labels": labels, "HostConfig": {}});
        self.call(Call::ContainerCreate {
            name: name.into(),
            body,
        })
        .await
    }

    async fn volume(&self, name: &str, labels: Json) -> String {
        let body = json!({"Name": name, "Labels": labels});
        self.call(Call::VolumeCreate { body }).await;
        name.to_owned()
    }

    async fn observe(&self) -> Observed {
        let desired = Desired {
            moves: crate::desired::Moves::default(),
            imports: Imports::default(),
            checks: Vec::new(),
            unsettled: crate::diagnostic::Diagnostics::default(),
            instances: self.instances.clone(),
            graph: DiGraph::new(),
            outputs: IndexMap::new(),
            warnings: Diagnostics::default(),
        };
        let observed = async |listed: Listed| {
            let observed = observe(&self.engine, listed, &desired, &self.state, &self.context).await;
            observed.unwrap_or_else(|problems| panic!("{:#?}", problems.0))
        };
        let plain = observed(list(&self.engine).await.unwrap()).await;
        // What is read before it is asked for changes nothing of what is seen.
        let expected = async { expected(&self.state, kind) };
        let (project, workspace) = (&self.context.project, &self.context.workspace);
        let listed = look(&self.engine, project, workspace, expected).await;
        let early = observed(listed.unwrap()).await;
        assert_eq!(format!("{early:#?}"), format!("{plain:#?}"));
        early
    }
}

fn labels(address: &str, nonce: &str) -> Json {
    json!({
        "wharf.project": "shop",
        "wharf.workspace": "default",
        "wharf.address": address,
        "wharf.nonce": nonce,
    })
}

fn ids(observed: &Observed, address: &str) -> Vec<String> {
    let objects = observed.objects.get(&address.parse().unwrap());
    objects
        .into_iter()
        .flatten()
        .map(|object| object.id.clone())
        .collect()
}

fn spec<const N: usize>(entries: [(&str, &str); N]) -> Spec {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

#[tokio::test]
async fn ours_is_what_bears_our_label_and_a_nonce_that_is_known() {
    let mut world = World::new();
    let known = world.container("web", labels("container.web", "n1")).await;
    let journalled = world.container("web-new", labels("container.web", "n2")).await;
    world
        .container("forged", labels("container.web", "unknown"))
        .await;
    world.remember("container.web", &known, "n1", false);
    world.context.nonces.insert("n2".into());
    let mut expected = vec![known, journalled];
    expected.sort();
    let observed = world.observe().await;
    assert_eq!(ids(&observed, "container.web"), expected);
    assert_eq!(observed.objects.values().map(Vec::len).sum::<usize>(), 2);
}

#[tokio::test]
async fn a_copy_with_our_labels_is_not_ours() {
    let mut world = World::new();
    let web = world.container("web", labels("container.web", "n1")).await;
    world.container("copy", labels("container.web", "n1")).await;
    world.remember("container.web", &web, "n1", false);
    assert_eq!(ids(&world.observe().await, "container.web"), [web]);
}

#[tokio::test]
async fn without_a_state_labels_alone_tell() {
    let world = World::new();
    let web = world.container("web", labels("container.web", "n1")).await;
    let other = json!({"wharf.project": "blog", "wharf.workspace": "default", "wharf.address": "container.x", "wharf.nonce": "n"});
    world.container("other", other).await;
    let observed = world.observe().await;
    assert_eq!(ids(&observed, "container.web"), [web]);
    assert_eq!(observed.objects.len(), 1);
    let object = &observed.objects[&"container.web".parse().unwrap()][0];
    assert_eq!(
        (object.live.name.as_str(), object.live.status),
        ("web", Status::Created)
    );
}

#[tokio::test]
async fn what_was_adopted_is_known_by_its_id() {
    let mut world = World::new();
    let id = world.volume("data", json!({})).await;
    world.remember("volume.data", &id, "n", true);
    world.want("volume.data", "data", Spec::new());
    let observed = world.observe().await;
    assert_eq!(ids(&observed, "volume.data"), ["data"]);
    assert!(observed.foreign.is_empty());
}

#[tokio::test]
async fn what_was_adopted_became_foreign_when_it_got_a_successor() {
    let mut world = World::new();
    let id = world.container("web", json!({})).await;
    world.remember("container.web", "successor", "new", false);
    let known = world.state.objects.get_mut("container.web").unwrap();
    known.ready = false;
    known.deposed.push(wharf_state::Deposed {
        id: id.clone(),
        nonce: "old".into(),
        ready: true,
        adopted: true,
        spec: json!({}),
        dependencies: None,
    });
    world.want("container.web", "web", spec([("image", "bb:1")]));
    let observed = world.observe().await;
    assert_eq!(ids(&observed, "container.web"), [id.as_str()]);
    assert!(observed.foreign.is_empty(), "{:?}", observed.foreign);
}

#[tokio::test]
async fn a_wanted_name_that_others_bear_is_foreign_and_says_whose() {
    let mut world = World::new();
    world
        .container("web", json!({"com.docker.compose.project": "site"}))
        .await;
    world.container("unrelated", json!({})).await;
    world.volume("data", json!({})).await;
    world.want("container.web", "web", spec([("image", "bb:1")]));
    world.want("volume.data", "data", Spec::new());
    let foreign = world.observe().await.foreign;
    assert_eq!(foreign.len(), 2);
    let owner = |kind, name: &str| foreign[&(kind, name.to_owned())].owner.clone();
    assert_eq!(owner(ObjectKind::Container, "web"), Owner::Compose("site".into()));
    assert_eq!(owner(ObjectKind::Volume, "data"), Owner::Unknown);
}

#[tokio::test]
async fn images_are_looked_up_here_and_else_asked_of_their_registry() {
    let mut world = World::new();
    world.engine.publish("docker.io/library/pg:16", "sha256:1");
    world.engine.publish("pg:16", "sha256:1");
    for (name, image) in [("a", "bb:1"), ("b", "pg:16"), ("c", "nope:1")] {
        world.want(&format!("container.{name}"), name, spec([("image", image)]));
    }
    let observed = world.observe().await;
    assert_eq!(observed.images.keys().collect::<Vec<_>>(), ["bb:1"]);
    assert_eq!(observed.pullable["pg:16"], Ok(Pullable::Yes));
    assert!(observed.pullable["nope:1"].is_err());
    assert!(!observed.pullable.contains_key("bb:1"));
}

#[tokio::test]
async fn data_is_read_by_name() {
    let mut world = World::new();
    world.volume("shared", json!({})).await;
    world.want("data.volume.there", "", spec([("name", "shared")]));
    world.want("data.volume.gone", "", spec([("name", "nothing")]));
    let later = Spec::from_iter([("name".to_owned(), Value::unknown(crate::value::Type::String))]);
    world.want("data.volume.later", "", later);
    let data = world.observe().await.data;
    assert_eq!(
        data[&"data.volume.there".parse().unwrap()].as_ref().unwrap().name,
        "shared"
    );
    assert!(data[&"data.volume.gone".parse().unwrap()].is_none());
    assert!(!data.contains_key(&"data.volume.later".parse().unwrap()));
}

#[tokio::test]
async fn receivers_that_were_left_behind_are_no_objects() {
    let world = World::new();
    let mut marks = labels("sync.site", "n");
    marks["wharf.role"] = "receiver".into();
    let id = world.container("receiver", marks).await;
    let observed = world.observe().await;
    assert_eq!(observed.receivers, [id]);
    assert!(observed.objects.is_empty());
}

#[tokio::test]
async fn the_fingerprint_tells_a_change_and_hides_what_it_was() {
    let world = World::new();
    let id = world.container("web", labels("container.web", "n")).await;
    let before = world.observe().await;
    let rename = Call::ContainerRename {
        id,
        name: "other".into(),
    };
    world.call(rename).await;
    let after = world.observe().await;
    let with = |observed: &Observed, key: [u8; 32]| {
        observed.objects[&"container.web".parse().unwrap()][0].fingerprint(&SealKey::new(key))
    };
    let of = |observed: &Observed| with(observed, [1; 32]);
    assert_ne!(of(&before), of(&after));
    assert_eq!(of(&after), of(&world.observe().await));
    assert_ne!(with(&after, [2; 32]), of(&after));
}

#[tokio::test]
async fn observing_changes_nothing() {
    let mut world = World::new();
    world.container("web", labels("container.web", "n")).await;
    world.want("container.web", "web", spec([("image", "bb:1")]));
    let calls = world.engine.log().len();
    world.observe().await;
    assert_eq!(world.engine.log().len(), calls);
}

/// Puts a file where a container shows a volume.
async fn put(world: &World, container: &str, path: &str, content: &str) {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    world
        .call(Call::ArchivePut {
            id: container.into(),
            path: "/".into(),
            tar: tar.into_inner().unwrap(),
        })
        .await;
}

/// A sync into `www` of a volume, and a container that mounts the volume at `/srv`, and something else at `also`.
async fn synced(also: &str) -> World {
    let mut world = World::new();
    world.volume("site", labels("volume.site", "n1")).await;
    world.remember("volume.site", "site", "n1", false);
    let mount = |source: &str, target: &str| json!({"Type": "volume", "Source": source, "Target": target});
    let body = json!({
        "Image": "bb:1",
        "Labels": labels("container.web", "n2"),
        "HostConfig": {"Mounts": [mount("site", "/srv"), mount("other", also)]},
    });
    world.volume("other", json!({})).await;
    let name = "web".to_owned();
    let web = world.call(Call::ContainerCreate { name, body }).await;
    world.remember("container.web", &web, "n2", false);
    put(&world, &web, "srv/www/index.html", "by hand").await;

    let source = tempfile::tempdir().unwrap();
    let target = Value::object([("volume", "site".into()), ("path", Value::from("./www/"))]);
    let mut sync = spec([("source", source.path().to_str().unwrap())]);
    sync.insert("target".into(), target);
    world.want("sync.site", "", sync);
    world
}

#[tokio::test]
async fn a_volume_that_a_container_of_ours_mounts_is_read() {
    let observed = synced("/var/other").await.observe().await;
    let trees = &observed.trees[&"sync.site".parse().unwrap()];
    let target = trees.target.as_ref().unwrap();
    let names: Vec<String> = target.entries.keys().map(ToString::to_string).collect();
    assert_eq!(
        (names.as_slice(), trees.verified),
        (&["index.html".to_owned()][..], true)
    );
}

#[tokio::test]
async fn a_volume_with_another_one_mounted_inside_is_not_mistaken_for_both() {
    let observed = synced("/srv/www/uploads").await.observe().await;
    let trees = &observed.trees[&"sync.site".parse().unwrap()];
    assert_eq!((&trees.target, trees.verified), (&None, false));
}

#[tokio::test]
async fn a_container_does_not_become_ours_by_the_labels_of_its_image() {
    let world = World::new();
    world.container("theirs", labels("image.app", "n1")).await;
    let observed = world.observe().await;
    assert_eq!(ids(&observed, "image.app"), Vec::<String>::new());
}

/// An engine whose containers go away after they were listed.
struct Vanishing(Memory);

impl crate::engine::Read for Vanishing {
    fn about(&self) -> &crate::engine::About {
        self.0.about()
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a crate::engine::LabelFilter,
    ) -> futures_util::future::BoxFuture<'a, Result<Vec<Json>, crate::engine::CallError>> {
        self.0.list(kind, labels)
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> futures_util::future::BoxFuture<'a, Result<Option<Json>, crate::engine::CallError>> {
        match kind {
            ObjectKind::Container => Box::pin(async { Ok(None) }),
            _ => self.0.inspect(kind, id),
        }
    }

    fn logs<'a>(
        &'a self,
        container: &'a str,
        lines: Option<u32>,
    ) -> futures_util::future::BoxFuture<'a, Result<crate::engine::Logs, crate::engine::CallError>> {
        self.0.logs(container, lines)
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> futures_util::future::BoxFuture<'a, Result<Option<Vec<u8>>, crate::engine::CallError>> {
        self.0.archive(container, path, limit)
    }

    fn distribution<'a>(
        &'a self,
        image: &'a str,
    ) -> futures_util::future::BoxFuture<'a, Result<Option<Json>, crate::engine::CallError>> {
        self.0.distribution(image)
    }

    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: crate::engine::Condition,
        limit: std::time::Duration,
    ) -> futures_util::future::BoxFuture<'a, Result<crate::engine::Waited, crate::engine::CallError>> {
        self.0.wait(container, condition, limit)
    }
}

#[tokio::test]
async fn containers_that_vanish_while_they_are_read_are_gone() {
    let mut world = World::new();
    let id = world.container("web", labels("container.web", "n1")).await;
    world.remember("container.web", &id, "n1", false);
    let desired = Desired {
        instances: IndexMap::new(),
        graph: DiGraph::new(),
        outputs: IndexMap::new(),
        warnings: Diagnostics::default(),
        unsettled: Diagnostics::default(),
        moves: crate::desired::Moves::default(),
        imports: Imports::default(),
        checks: Vec::new(),
    };
    let World {
        engine,
        state,
        context,
        ..
    } = world;
    let listed = list(&engine).await.unwrap();
    let observed = observe(&Vanishing(engine), listed, &desired, &state, &context).await;
    assert_eq!(ids(&observed.unwrap(), "container.web"), Vec::<String>::new());
}
