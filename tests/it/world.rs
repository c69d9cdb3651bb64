//! A hermetic place for one test: a directory, a project name that nobody else has, and an engine that is left as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value as Json, json};
use wharf::engine::{Call, ObjectKind};

use crate::engine;

/// A directory and a project of a test's own. Dropping it removes every object of the project, and what the test made in the name of
/// others, also when the test failed.
pub(crate) struct World {
    directory: tempfile::TempDir,
    /// The project's name, which begins the names of everything that the test makes.
    pub(crate) project: String,
    /// Volumes that the test made in the name of others, or that wharf leaves behind by design.
    volumes: Mutex<Vec<String>>,
}

/// What a run of the program came to.
#[must_use = "either look at what was said or at the exit code"]
pub(crate) struct Ran {
    /// The exit code; 128 + signal when killed.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// Insists on an exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(
            self.code, expected,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Insists on a text somewhere in what was said.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        assert!(said.contains(text), "{text:?} was not said:\n{said}");
        self
    }
}

impl World {
    /// Makes a place whose project is named after the test.
    pub(crate) fn new(test: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = tempfile::Builder::new().prefix("wharf-test-").tempdir().unwrap();
        let project = format!("wt-{test}-{}-{number}", std::process::id());
        Self {
            directory,
            project,
            volumes: Mutex::default(),
        }
    }

    /// Makes a volume of somebody else, which goes when the test ends, however it does.
    pub(crate) fn foreign_volume(&self, name: &str, labels: &Json) {
        self.volumes.lock().unwrap().push(name.to_owned());
        let body = json!({ "Name": name, "Labels": labels });
        engine::call(Call::VolumeCreate { body }).unwrap();
    }

    /// Returns a path in the directory.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes a file, making its directories.
    pub(crate) fn write(&self, relative: &str, text: &str) -> &Self {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Writes `main.hcl`, under the test's own project.
    pub(crate) fn config(&self, text: &str) -> &Self {
        let project = &self.project;
        self.write(
            "main.hcl",
            &format!("wharf {{\n  project = \"{project}\"\n}}\n{text}"),
        )
    }

    /// Copies a directory of the repository into the place.
    pub(crate) fn copy(&self, from: &str, to: &str) -> &Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
        let target = self.path(to);
        for entry in walkdir::WalkDir::new(&source) {
            let entry = entry.unwrap();
            let path = target.join(entry.path().strip_prefix(&source).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::copy(entry.path(), path).unwrap();
            }
        }
        self
    }

    /// Returns the program with nothing of the caller's environment but where the engine is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("DOCKER_HOST", engine::host())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn wharf(&self, arguments: &[&str]) -> Ran {
        if matches!(arguments.first(), Some(&("apply" | "destroy"))) {
            self.note_anonymous_volumes();
        }
        ran(&self.command(arguments).output().unwrap())
    }

    /// Notes the volumes without a name of what is there.
    fn note_anonymous_volumes(&self) {
        for (kind, id) in engine::objects_of(&self.project) {
            if kind == ObjectKind::Container
                && let Some(container) = engine::inspect(kind, &id)
            {
                self.note_anonymous_volumes_of(&container);
            }
        }
    }

    /// Notes the volumes without a name of a container: they bear no label, outlive it, and go when the test ends.
    pub(crate) fn note_anonymous_volumes_of(&self, container: &Json) {
        let is_made_up = |name: &&str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mounts = container["Mounts"].as_array().into_iter().flatten();
        let names = mounts.filter_map(|mount| mount["Name"].as_str());
        let names = names.filter(is_made_up).map(str::to_owned);
        self.volumes.lock().unwrap().extend(names);
    }

    /// Applies, and insists that it works and that a second plan has nothing to do.
    #[track_caller]
    pub(crate) fn apply(&self, arguments: &[&str]) {
        let _ = self
            .wharf(&[&["apply", "--auto-approve"], arguments].concat())
            .code(0);
        self.assert_nothing_to_do(arguments);
    }

    /// Insists that a plan has nothing to do.
    #[track_caller]
    pub(crate) fn assert_nothing_to_do(&self, arguments: &[&str]) {
        let plan = self.wharf(&[&["plan", "--detailed-exitcode"], arguments].concat());
        assert_eq!(
            plan.code, 0,
            "the plan is not empty:\n{}\n{}",
            plan.stdout, plan.stderr
        );
    }

    /// Destroys, and insists that nothing of the project is left.
    #[track_caller]
    pub(crate) fn destroy(&self, arguments: &[&str]) {
        let _ = self
            .wharf(&[&["destroy", "--auto-approve"], arguments].concat())
            .code(0);
        let left = engine::objects_of(&self.project);
        assert!(left.is_empty(), "destroy left {left:?}");
    }

    /// Returns what the plan would change, as `(address, actions)` in the plan's order, no-ops left out.
    #[track_caller]
    pub(crate) fn planned(&self, arguments: &[&str]) -> Vec<(String, String)> {
        let ran = self.wharf(&[&["plan", "--json"], arguments].concat()).code(0);
        let plan: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stdout);
        let changes = plan["resource_changes"]
            .as_array()
            .expect("resource_changes")
            .iter();
        changes
            .map(|change| {
                let actions = change["change"]["actions"].as_array().unwrap().iter();
                let actions: Vec<_> = actions
                    .map(|action| action.as_str().unwrap().to_owned())
                    .collect();
                (change["address"].as_str().unwrap().to_owned(), actions.join(", "))
            })
            .filter(|(_, actions)| actions != "no-op")
            .collect()
    }

    /// Returns the inspect of a container of the project by the end of its name.
    #[track_caller]
    pub(crate) fn container(&self, name: &str) -> serde_json::Value {
        let name = format!("{}-{name}", self.project);
        engine::inspect(ObjectKind::Container, &name)
            .unwrap_or_else(|| panic!("there is no container {name}"))
    }

    /// Returns the id of a container of the project by the end of its name.
    #[track_caller]
    pub(crate) fn container_id(&self, name: &str) -> String {
        self.container(name)["Id"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for (kind, id) in engine::objects_of(&self.project) {
            // What cannot be removed now (a network in use) goes with what uses it: containers come first.
            let _ = engine::call(match kind {
                ObjectKind::Container => Call::ContainerRemove {
                    id,
                    force: true,
                    volumes: true,
                },
                ObjectKind::Network => Call::NetworkRemove { id },
                ObjectKind::Volume => Call::VolumeRemove { name: id },
                ObjectKind::Image => Call::ImageRemove { reference: id },
            });
        }
        let volumes = self.volumes.get_mut().unwrap_or_else(PoisonError::into_inner);
        for name in volumes.drain(..) {
            let _ = engine::call(Call::VolumeRemove { name });
        }
    }
}

/// Reads what a finished process said.
pub(crate) fn ran(output: &Output) -> Ran {
    use std::os::unix::process::ExitStatusExt;
    Ran {
        code: output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap_or_default()),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
