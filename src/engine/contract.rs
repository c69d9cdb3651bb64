//! What every engine must do, whichever stands behind the traits: run for the in-memory engine and for the real one.
//!
//! The image that is used is the tests' own, or one with the same commands. All objects are named and labelled after the run, and removed.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::call::Build;
use super::{
    Call, CallError, Certainty, Condition, Engine, LabelFilter, ObjectKind, Progress, Reason, Reply, Waited,
};

/// The label that all objects of a run bear.
const LABEL: &str = "wharf.contract";

/// How long anything is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// One run against one engine.
pub(super) struct Contract<'a> {
    /// The engine.
    pub(super) engine: &'a dyn Engine,
    /// An image with `cat`, `sleep`, `print WORDS…`, and `exit CODE WORDS…` that complains first.
    pub(super) image: &'a str,
    /// What the names of all objects begin with.
    pub(super) prefix: &'a str,
}

impl Contract<'_> {
    /// Runs everything, and cleans up even if something fails.
    pub(super) async fn hold(&self) {
        let held = std::panic::AssertUnwindSafe(self.everything())
            .catch_unwind()
            .await;
        self.clean().await;
        if let Err(failure) = held {
            std::panic::resume_unwind(failure);
        }
    }

    async fn everything(&self) {
        self.volumes().await;
        self.networks().await;
        self.containers().await;
        self.names().await;
        self.endpoints().await;
        self.files().await;
        self.exits().await;
        self.health().await;
        self.missing().await;
        self.import().await;
        self.build().await;
        self.converse().await;
    }

    async fn volumes(&self) {
        let name = self.name("volume");
        let body = json!({ "Name": name, "Labels": self.labels() });
        let made = self.call(Call::VolumeCreate { body }).await.unwrap();
        assert_eq!(made.id.as_deref(), Some(name.as_str()));
        let again = json!({ "Name": name, "Labels": { "other": "label" } });
        self.call(Call::VolumeCreate { body: again }).await.unwrap();
        let inspect = self.inspect(ObjectKind::Volume, &name).await;
        assert_eq!(
            inspect["Labels"][LABEL], self.prefix,
            "the first creation's labels stay"
        );
        assert_eq!(self.listed(ObjectKind::Volume, "Name").await, [name.as_str()]);
        self.call(Call::VolumeRemove { name: name.clone() })
            .await
            .unwrap();
        assert_eq!(self.engine.inspect(ObjectKind::Volume, &name).await, Ok(None));
        let gone = self.call(Call::VolumeRemove { name }).await.unwrap_err();
        assert_eq!(
            (gone.reason, gone.certainty),
            (Reason::NotFound, Certainty::NotDone)
        );
    }

    async fn networks(&self) {
        let id = self.network("network").await;
        let inspect = self.inspect(ObjectKind::Network, &id).await;
        assert_eq!(inspect["Name"], self.name("network"));
        assert_eq!(inspect["Driver"], "bridge");
        assert_eq!(self.listed(ObjectKind::Network, "Id").await, [id.as_str()]);
        self.call(Call::NetworkRemove { id: id.clone() }).await.unwrap();
        assert_eq!(self.engine.inspect(ObjectKind::Network, &id).await, Ok(None));
    }

    async fn containers(&self) {
        let id = self.container("life", &["sleep", "600"], json!({})).await;
        assert_eq!(
            self.inspect(ObjectKind::Container, &id).await["State"]["Status"],
            "created"
        );
        assert_eq!(self.listed(ObjectKind::Container, "Id").await, [id.as_str()]);
        self.start(&id).await;
        self.call(Call::ContainerStart { id: id.clone() })
            .await
            .expect("starting twice is no error");
        let settle = Condition::Running { settle: 200 };
        assert_eq!(self.wait(&id, settle).await, Waited::Met { exit_code: 0 });
        self.call(Call::ContainerRename {
            id: id.clone(),
            name: self.name("renamed"),
        })
        .await
        .unwrap();
        let body = json!({ "Memory": 67_108_864, "MemorySwap": 134_217_728, "RestartPolicy": { "Name": "on-failure" } });
        let updated = self.call(Call::ContainerUpdate { id: id.clone(), body }).await;
        let inspect = self.inspect(ObjectKind::Container, &id).await;
        assert_eq!(inspect["Name"], format!("/{}", self.name("renamed")));
        if self.engine.about().release().updates() {
            updated.unwrap();
            assert_eq!(inspect["HostConfig"]["Memory"], 67_108_864);
            assert_eq!(inspect["HostConfig"]["RestartPolicy"]["Name"], "on-failure");
        } else {
            assert_eq!(updated.unwrap_err().certainty, Certainty::NotDone);
            assert_eq!(inspect["HostConfig"]["Memory"], 0);
        }
        self.call(Call::ContainerRestart {
            id: id.clone(),
            timeout: Some(0),
        })
        .await
        .unwrap();
        assert_eq!(
            self.inspect(ObjectKind::Container, &id).await["State"]["Running"],
            true
        );
        let running = self
            .call(Call::ContainerRemove {
                id: id.clone(),
                force: false,
                volumes: false,
            })
            .await;
        assert_eq!(
            running.unwrap_err().reason,
            Reason::Conflict,
            "a running container is not removed"
        );
        self.call(Call::ContainerStop {
            id: id.clone(),
            timeout: Some(0),
        })
        .await
        .unwrap();
        self.call(Call::ContainerStop {
            id: id.clone(),
            timeout: Some(0),
        })
        .await
        .expect("stopping twice is no error");
        assert_eq!(
            self.inspect(ObjectKind::Container, &id).await["State"]["Status"],
            "exited"
        );
        self.remove(&id).await;
    }

    async fn names(&self) {
        let id = self.container("taken", &["sleep", "600"], json!({})).await;
        let taken = self
            .create("taken", &["sleep", "600"], json!({}))
            .await
            .unwrap_err();
        assert_eq!(
            (taken.reason, taken.certainty),
            (Reason::Conflict, Certainty::NotDone)
        );
        self.remove(&id).await;
    }

    async fn endpoints(&self) {
        let network = self.network("endpoints").await;
        let id = self.container("endpoint", &["sleep", "600"], json!({})).await;
        let body = json!({ "Container": id, "EndpointConfig": { "Aliases": ["other"] } });
        self.call(Call::NetworkConnect {
            id: network.clone(),
            body,
        })
        .await
        .unwrap();
        self.start(&id).await;
        let inspect = self.inspect(ObjectKind::Container, &id).await;
        let endpoint = &inspect["NetworkSettings"]["Networks"][self.name("endpoints")];
        assert_eq!(endpoint["NetworkID"], network);
        assert_eq!(endpoint["Aliases"][0], "other");
        let used = self
            .call(Call::NetworkRemove { id: network.clone() })
            .await
            .unwrap_err();
        assert_eq!(
            used.certainty,
            Certainty::NotDone,
            "a network with endpoints is not removed"
        );
        let disconnect = Call::NetworkDisconnect {
            id: network.clone(),
            container: id.clone(),
        };
        self.call(disconnect).await.unwrap();
        self.call(Call::NetworkRemove { id: network }).await.unwrap();
        self.remove(&id).await;
    }

    async fn files(&self) {
        let id = self.container("files", &["cat", "/a/b"], json!({})).await;
        let tar = tar(&[("a/b", b"hello")]);
        self.call(Call::ArchivePut {
            id: id.clone(),
            path: "/".into(),
            tar,
        })
        .await
        .unwrap();
        let archive = self.engine.archive(&id, "/a/b", 1 << 20).await.unwrap().unwrap();
        assert_eq!(untar(&archive), BTreeMap::from([("b".into(), b"hello".to_vec())]));
        assert_eq!(self.engine.archive(&id, "/a/none", 1 << 20).await, Ok(None));
        let large = self.engine.archive(&id, "/a/b", 10).await.unwrap_err();
        assert_eq!(large.reason, Reason::Broken);
        let nowhere = Call::ArchivePut {
            id: id.clone(),
            path: "/none".into(),
            tar: Vec::new(),
        };
        assert_eq!(self.call(nowhere).await.unwrap_err().reason, Reason::NotFound);
        self.remove(&id).await;
    }

    async fn exits(&self) {
        let id = self.container("exits", &["exit", "5", "err"], json!({})).await;
        self.start(&id).await;
        assert_eq!(
            self.wait(&id, Condition::Exited).await,
            Waited::Met { exit_code: 5 }
        );
        let settle = Condition::Running { settle: 60_000 };
        assert_eq!(self.wait(&id, settle).await, Waited::Ended { exit_code: 5 });
        assert_eq!(self.logs(&id).await, (String::new(), "err\n".into()));
        self.remove(&id).await;
        assert_eq!(self.wait(&id, Condition::Exited).await, Waited::Gone);

        let id = self.container("prints", &["print", "out"], json!({})).await;
        self.start(&id).await;
        assert_eq!(
            self.wait(&id, Condition::Exited).await,
            Waited::Met { exit_code: 0 }
        );
        assert_eq!(self.logs(&id).await, ("out\n".into(), String::new()));
        self.remove(&id).await;

        let id = self
            .container("spells", &["spell", "in", "pieces"], json!({}))
            .await;
        self.start(&id).await;
        assert_eq!(
            self.wait(&id, Condition::Exited).await,
            Waited::Met { exit_code: 0 }
        );
        assert_eq!(self.logs(&id).await, ("inpieces\n".into(), String::new()));
        self.remove(&id).await;

        let again = json!({ "HostConfig": { "RestartPolicy": { "Name": "always" } } });
        let id = self.container("loops", &["exit", "4"], again).await;
        self.start(&id).await;
        assert_eq!(self.wait(&id, settle).await, Waited::Ended { exit_code: 4 });
        self.remove(&id).await;
    }

    async fn health(&self) {
        let probe =
            |test: &[&str]| json!({ "Healthcheck": { "Test": test, "Interval": 100_000_000, "Retries": 2 } });
        let well = self
            .container("well", &["sleep", "600"], probe(&["CMD", "exit", "0"]))
            .await;
        self.start(&well).await;
        assert_eq!(
            self.wait(&well, Condition::Healthy).await,
            Waited::Met { exit_code: 0 }
        );
        let ill = self
            .container("ill", &["sleep", "600"], probe(&["CMD", "exit", "1", "no"]))
            .await;
        self.start(&ill).await;
        assert_eq!(
            self.wait(&ill, Condition::Healthy).await,
            Waited::Unhealthy { output: "no".into() }
        );
        let plain = self.container("plain", &["sleep", "600"], json!({})).await;
        self.start(&plain).await;
        assert_eq!(
            self.wait(&plain, Condition::Healthy).await,
            Waited::Met { exit_code: 0 }
        );
        let late = self
            .engine
            .wait(&plain, Condition::Exited, Duration::from_millis(300))
            .await;
        assert_eq!(late, Ok(Waited::TimedOut));
        for id in [well, ill, plain] {
            self.remove(&id).await;
        }
    }

    async fn missing(&self) {
        let none = "0".repeat(64);
        for kind in [
            ObjectKind::Container,
            ObjectKind::Image,
            ObjectKind::Network,
            ObjectKind::Volume,
        ] {
            assert_eq!(self.engine.inspect(kind, &none).await, Ok(None), "{kind:?}");
        }
        let start = self.call(Call::ContainerStart { id: none }).await.unwrap_err();
        assert_eq!((start.reason, start.status), (Reason::NotFound, Some(404)));
        let upwards = self
            .call(Call::ContainerStart { id: "..".into() })
            .await
            .unwrap_err();
        assert_eq!(
            upwards.certainty,
            Certainty::NotDone,
            "an id that is none is refused"
        );
        let body = json!({ "Image": format!("{}-none:1", self.prefix), "Cmd": ["true"] });
        let create = Call::ContainerCreate {
            name: self.name("imageless"),
            body,
        };
        let create = self.call(create).await.unwrap_err();
        assert_eq!(
            (create.reason, create.certainty),
            (Reason::NotFound, Certainty::NotDone)
        );
    }

    async fn import(&self) {
        let reference = format!("{}-import:1", self.prefix);
        let import = Call::ImageImport {
            layer: tar(&[("file", b"content")]),
            reference: reference.clone(),
            changes: vec![
                r#"ENTRYPOINT ["/file"]"#.into(),
                format!("LABEL {LABEL}={}", self.prefix),
            ],
        };
        let id = self.call(import).await.unwrap().id.unwrap();
        let inspect = self.inspect(ObjectKind::Image, &reference).await;
        assert_eq!(inspect["Id"], id);
        assert_eq!(inspect["Config"]["Entrypoint"], json!(["/file"]));
        assert_eq!(self.listed(ObjectKind::Image, "Id").await, [id]);
        self.call(Call::ImageRemove {
            reference: reference.clone(),
        })
        .await
        .unwrap();
        assert_eq!(self.engine.inspect(ObjectKind::Image, &reference).await, Ok(None));
    }

    async fn build(&self) {
        let reference = format!("{}-build:1", self.prefix);
        let id = self
            .build_with(
                b"FROM scratch AS first\nCOPY file /\nFROM scratch\nARG V\nLABEL v=$V\nCOPY --from=first file /\n",
                &reference,
            )
            .await;
        let id = id.unwrap().id.unwrap();
        // Nothing else is left of a stage.
        let listed = self.listed(ObjectKind::Image, "Id").await;
        assert_eq!(listed, std::slice::from_ref(&id));
        let inspect = self.inspect(ObjectKind::Image, &reference).await;
        assert_eq!(inspect["Id"], id);
        assert_eq!(inspect["Config"]["Labels"]["v"], "1");
        assert_eq!(inspect["Config"]["Labels"][LABEL], self.prefix);
        self.call(Call::ImageRemove {
            reference: reference.clone(),
        })
        .await
        .unwrap();
        let failed = self
            .build_with(b"FROM scratch\nCOPY nothing /\n", &reference)
            .await
            .unwrap_err();
        assert!(failed.message.contains("nothing"), "{failed}");
    }

    async fn build_with(&self, dockerfile: &[u8], reference: &str) -> Result<Reply, CallError> {
        let mut context = tempfile::NamedTempFile::new().unwrap();
        let tar = tar(&[("Dockerfile", dockerfile), ("file", b"content")]);
        std::io::Write::write_all(&mut context, &tar).unwrap();
        self.call(Call::ImageBuild(Box::new(Build {
            context: context.path().to_owned(),
            dockerfile: "Dockerfile".into(),
            tags: vec![reference.to_owned()],
            args: vec![("V".into(), "1".into())],
            labels: vec![(LABEL.into(), self.prefix.into())],
            target: None,
            platform: None,
            no_cache: false,
            ..Build::default()
        })))
        .await
    }

    async fn converse(&self) {
        let interactive = || json!({ "OpenStdin": true, "StdinOnce": true, "AttachStdin": true, "AttachStdout": true, "AttachStderr": true });
        // Far more than fits into any buffer on the way, in both directions at once.
        let sent: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let expected = sent.len() as u64;
        let id = self.container("echo", &["cat"], interactive()).await;
        let talk = Call::Converse {
            id: id.clone(),
            talk: Box::new(move |mut from, mut to| {
                Box::pin(async move {
                    let write = async {
                        to.write_all(&sent).await?;
                        to.shutdown().await
                    };
                    let mut heard = Vec::new();
                    let (written, read) = tokio::join!(write, from.read_to_end(&mut heard));
                    written?;
                    read?;
                    assert!(heard == sent, "all comes back as it was");
                    Ok(json!(heard.len()))
                })
            }),
        };
        assert_eq!(self.call(talk).await.unwrap().result, json!(expected));
        self.remove(&id).await;

        let id = self
            .container("sulk", &["exit", "3", "sorry"], interactive())
            .await;
        let talk = Call::Converse {
            id: id.clone(),
            talk: Box::new(|mut from, _to| {
                Box::pin(async move {
                    let mut heard = Vec::new();
                    from.read_to_end(&mut heard).await?;
                    Ok(Json::Null)
                })
            }),
        };
        let error = self.call(talk).await.unwrap_err();
        assert!(
            error.message.contains("exit code 3") && error.message.contains("sorry"),
            "{error}"
        );
        self.remove(&id).await;

        let id = self.container("brief", &["cat"], interactive()).await;
        let talk = Call::Converse {
            id: id.clone(),
            talk: Box::new(|mut from, mut to| {
                Box::pin(async move {
                    to.write_all(b"hello").await?;
                    drop(to);
                    let mut heard = String::new();
                    from.read_to_string(&mut heard).await?;
                    Ok(json!(heard))
                })
            }),
        };
        let reply = self.call(talk).await.unwrap();
        assert_eq!(reply.result, "hello", "dropping an end closes it");
        self.remove(&id).await;

        // A talk that gives up leaves a container that waits for more.
        let id = self.container("abandoned", &["cat"], interactive()).await;
        let talk = Call::Converse {
            id: id.clone(),
            talk: Box::new(|_from, _to| Box::pin(async { Err(std::io::Error::other("enough")) })),
        };
        let error = self.call(talk).await.unwrap_err();
        assert!(error.message.contains("enough"), "{error}");
        self.remove(&id).await;
    }

    fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    fn labels(&self) -> Json {
        json!({ LABEL: self.prefix })
    }

    fn filter(&self) -> LabelFilter {
        LabelFilter::from([(LABEL.to_owned(), Some(self.prefix.to_owned()))])
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        self.engine.call(call, &|_: Progress| {}).await
    }

    async fn network(&self, name: &str) -> String {
        let body = json!({ "Name": self.name(name), "CheckDuplicate": true, "Labels": self.labels() });
        let made = self.call(Call::NetworkCreate { body }).await.unwrap();
        made.id.unwrap()
    }

    async fn create(&self, name: &str, command: &[&str], more: Json) -> Result<Reply, CallError> {
        let mut body = json!({ "Image": self.image, "Cmd": command, "Labels": self.labels() });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let name = self.name(name);
        self.call(Call::ContainerCreate { name, body }).await
    }

    async fn container(&self, name: &str, command: &[&str], more: Json) -> String {
        self.create(name, command, more).await.unwrap().id.unwrap()
    }

    async fn start(&self, id: &str) {
        self.call(Call::ContainerStart { id: id.into() }).await.unwrap();
    }

    async fn remove(&self, id: &str) {
        self.call(Call::ContainerRemove {
            id: id.into(),
            force: true,
            volumes: false,
        })
        .await
        .unwrap();
    }

    async fn wait(&self, id: &str, condition: Condition) -> Waited {
        self.engine.wait(id, condition, LIMIT).await.unwrap()
    }

    async fn logs(&self, id: &str) -> (String, String) {
        let logs = self.engine.logs(id, Some(10)).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(logs.stdout), text(logs.stderr))
    }

    async fn inspect(&self, kind: ObjectKind, id: &str) -> Json {
        self.engine.inspect(kind, id).await.unwrap().unwrap()
    }

    async fn listed(&self, kind: ObjectKind, field: &str) -> Vec<String> {
        let list = self.engine.list(kind, &self.filter()).await.unwrap();
        list.iter()
            .map(|object| object[field].as_str().unwrap().to_owned())
            .collect()
    }

    /// Removes what is left.
    async fn clean(&self) {
        for id in self.listed(ObjectKind::Container, "Id").await {
            self.remove(&id).await;
        }
        for id in self.listed(ObjectKind::Network, "Id").await {
            self.call(Call::NetworkRemove { id }).await.unwrap();
        }
        for name in self.listed(ObjectKind::Volume, "Name").await {
            self.call(Call::VolumeRemove { name }).await.unwrap();
        }
        for reference in self.listed(ObjectKind::Image, "Id").await {
            self.call(Call::ImageRemove { reference }).await.unwrap();
        }
    }
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn untar(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        (entry.path().unwrap().display().to_string(), content)
    });
    entries.collect()
}

/// The engine on this machine; a test that needs one fails where none is.
async fn real() -> super::Docker {
    let variable = |name| std::env::var(name).ok();
    let environment = super::Environment {
        docker_host: variable("DOCKER_HOST"),
        docker_context: variable("DOCKER_CONTEXT"),
        docker_config: variable("DOCKER_CONFIG").map(Into::into),
        container_host: variable("CONTAINER_HOST"),
        runtime_dir: variable("XDG_RUNTIME_DIR").map(Into::into),
        home: variable("HOME").map(Into::into),
    };
    let location = super::locate(&super::Choice::Default, &environment).unwrap();
    super::connect(&location).await.unwrap().docker()
}

#[tokio::test]
async fn the_real_engine_keeps_the_contract() {
    let image = std::env::var("WHARF_TEST_IMAGE").unwrap_or_else(|_| "wharf-stand-in:1".into());
    let prefix = format!("wharf-contract-{}", std::process::id());
    let contract = Contract {
        engine: &real().await,
        image: &image,
        prefix: &prefix,
    };
    contract.hold().await;
}

#[tokio::test]
async fn the_engine_in_memory_keeps_the_contract() {
    let engine = super::memory::Memory::new();
    engine.add_image("image:1", &Json::Null);
    let contract = Contract {
        engine: &engine,
        image: "image:1",
        prefix: "contract",
    };
    contract.hold().await;
}
