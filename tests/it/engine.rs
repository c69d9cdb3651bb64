//! The engine, for looking at what the program did and for meddling behind its back.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value as Json;
use tokio::runtime::Runtime;
use wharf::engine::{self, Call, CallError, Docker, Engine, ObjectKind, Read, Reply};

/// Returns the host of the engine that the tests run on.
///
/// # Panics
/// No engine was named: a test that needs one must not pass by skipping it.
pub(crate) fn host() -> String {
    std::env::var("DOCKER_HOST")
        .expect("DOCKER_HOST is not set: run `cargo xtask test`, which finds or starts an engine")
}

struct Connected {
    runtime: Runtime,
    docker: Docker,
}

fn connected() -> &'static Connected {
    static CONNECTED: OnceLock<Connected> = OnceLock::new();
    CONNECTED.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let environment = engine::Environment {
            docker_host: Some(host()),
            ..engine::Environment::default()
        };
        let location = engine::locate(&engine::Choice::Default, &environment).unwrap();
        let docker = runtime.block_on(engine::connect(&location)).unwrap().docker();
        Connected { runtime, docker }
    })
}

/// Reads an object by id or name.
pub(crate) fn inspect(kind: ObjectKind, id: &str) -> Option<Json> {
    let Connected { runtime, docker } = connected();
    runtime.block_on(docker.inspect(kind, id)).unwrap()
}

/// Tells whether the engine can change the limits of a container that is there.
pub(crate) fn updates() -> bool {
    about().release().updates()
}

/// Returns what the engine says of itself.
pub(crate) fn about() -> &'static engine::About {
    connected().docker.about()
}

/// Makes a call behind the program's back.
pub(crate) fn call(call: Call) -> Result<Reply, CallError> {
    let Connected { runtime, docker } = connected();
    runtime.block_on(docker.call(call, &|_| {}))
}

/// Lists all objects of a kind, whoever made them.
pub(crate) fn list(kind: ObjectKind) -> Vec<Json> {
    let Connected { runtime, docker } = connected();
    runtime.block_on(docker.list(kind, &BTreeMap::new())).unwrap()
}

/// Reads a path of a container as an archive.
pub(crate) fn archive(container: &str, path: &str) -> Option<Vec<u8>> {
    let Connected { runtime, docker } = connected();
    runtime
        .block_on(docker.archive(container, path, 64 << 20))
        .unwrap()
}

/// Lists the objects that bear the label of a project, containers first.
pub(crate) fn objects_of(project: &str) -> Vec<(ObjectKind, String)> {
    let Connected { runtime, docker } = connected();
    let filter = BTreeMap::from([("wharf.project".to_owned(), Some(project.to_owned()))]);
    let mut objects = Vec::new();
    for kind in [
        ObjectKind::Container,
        ObjectKind::Network,
        ObjectKind::Volume,
        ObjectKind::Image,
    ] {
        // Podman 4.3 stumbles over an image that somebody else is making at the moment.
        let mut listed = runtime.block_on(docker.list(kind, &filter));
        for _ in 0..20 {
            let is_stumble = |error: &CallError| error.reason == engine::Reason::Failed;
            if !listed.as_ref().is_err_and(is_stumble) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
            listed = runtime.block_on(docker.list(kind, &filter));
        }
        for object in listed.unwrap() {
            let id = if kind == ObjectKind::Volume {
                &object["Name"]
            } else {
                &object["Id"]
            };
            objects.push((kind, id.as_str().unwrap().to_owned()));
        }
    }
    objects
}

/// Lists the names of all objects of a kind, whoever made them.
pub(crate) fn names(kind: ObjectKind) -> Vec<String> {
    let objects = list(kind);
    let name = |object: &Json| match kind {
        ObjectKind::Container => object["Names"][0]
            .as_str()
            .map(|name| name.trim_start_matches('/').to_owned()),
        _ => object["Name"].as_str().map(str::to_owned),
    };
    objects.iter().filter_map(name).collect()
}

/// Reads the whole log of a container.
pub(crate) fn logs(container: &str) -> String {
    let Connected { runtime, docker } = connected();
    let logs = runtime.block_on(docker.logs(container, None)).unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&logs.stdout),
        String::from_utf8_lossy(&logs.stderr)
    )
}
