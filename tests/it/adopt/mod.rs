//! Taking over what others have started: the plan is empty afterwards, and nothing restarts.

mod blocks;
mod command_line;
mod compose;
mod importing;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value as Json;
use wharf::engine::{Call, ObjectKind};

use crate::engine;
use crate::world::World;

/// A stack that somebody else started. Dropping it removes it, also when the test failed.
struct Stack {
    world: World,
}

impl Stack {
    fn new(test: &str) -> Self {
        Self {
            world: World::new(test),
        }
    }

    /// Returns a text with `{p}` as the name that all the stack's objects begin with, and `{device}` as the option for one.
    fn text(&self, text: &str) -> String {
        // Podman before 5 does not tell which system it runs on, and so the client cannot read the path of a device.
        let device = match engine::updates() {
            true => "--device /dev/null:/dev/zip:r",
            false => "",
        };
        text.replace("{p}", &self.world.project)
            .replace("{device}", device)
    }

    /// Runs a program of the engine's, such as `docker`.
    fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.world.path("."))
            .env("DOCKER_HOST", engine::host())
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs it"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
    }

    /// Runs lines of `docker` commands: words are parted by blanks, and `{p}` is the prefix.
    fn docker(&self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let line = self.text(line);
            let words: Vec<&str> = line.split_whitespace().collect();
            self.run("docker", &words);
        }
    }

    fn containers(&self) -> Vec<Json> {
        let names = engine::names(ObjectKind::Container);
        let own = names
            .into_iter()
            .filter(|name| name.starts_with(&self.world.project));
        own.map(|name| engine::inspect(ObjectKind::Container, &name).unwrap())
            .collect()
    }

    /// Returns what restarting a container would change.
    fn lives(&self) -> BTreeMap<String, (String, String, i64)> {
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        let life = |container: Json| {
            let started = text(&container["State"]["StartedAt"]);
            let restarts = container["RestartCount"].as_i64().unwrap();
            (
                text(&container["Name"]),
                (text(&container["Id"]), started, restarts),
            )
        };
        self.containers().into_iter().map(life).collect()
    }

    /// Insists that nothing restarted but what an engine can only replace: `{p}-b`, whose memory is changed.
    #[track_caller]
    fn assert_lives(&self, mut before: BTreeMap<String, (String, String, i64)>) {
        let mut lives = self.lives();
        if !engine::updates() {
            let changed = self.text("/{p}-b");
            assert_ne!(before.remove(&changed), lives.remove(&changed), "{changed}");
        }
        assert_eq!(before, lives, "importing restarted something");
    }

    /// Adopts all containers, and insists that the plan is empty and nothing restarted; then takes everything away.
    #[track_caller]
    fn adopt(&self) -> String {
        let before = self.lives();
        assert!(!before.is_empty(), "the stack has no containers");
        let names: Vec<&str> = before.keys().map(|name| name.trim_start_matches('/')).collect();
        let adopt = [&["adopt", "--write", "adopted.hcl"], names.as_slice()].concat();
        let _ = self.world.wharf(&adopt).code(0);
        self.world.assert_nothing_to_do(&[]);
        assert_eq!(before, self.lives(), "adopting restarted something");
        let written = std::fs::read_to_string(self.world.path("adopted.hcl")).unwrap();
        for container in self.containers() {
            self.world.note_anonymous_volumes_of(&container);
        }
        let _ = self.world.wharf(&["destroy", "--auto-approve"]).code(0);
        assert!(self.containers().is_empty(), "destroy left containers");
        written
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let kinds = [ObjectKind::Container, ObjectKind::Network, ObjectKind::Volume];
        for kind in kinds {
            for name in engine::names(kind) {
                if !name.starts_with(&self.world.project) {
                    continue;
                }
                let _ = engine::call(match kind {
                    ObjectKind::Container => Call::ContainerRemove {
                        id: name,
                        force: true,
                        volumes: true,
                    },
                    ObjectKind::Network => Call::NetworkRemove { id: name },
                    _ => Call::VolumeRemove { name },
                });
            }
        }
    }
}
