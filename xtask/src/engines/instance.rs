//! One running engine: starting it, finding it again, stopping it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wharf::engine::{Call, Engine as _, ObjectKind, Read as _};

use super::inside::NAME;
use crate::{command, engine};

/// How long an engine may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest path that a socket can have.
const SOCKET: usize = 107;

/// An engine that runs.
pub(crate) struct Instance {
    directory: PathBuf,
    pid: i32,
}

impl Instance {
    /// Finds a running engine by name.
    pub(super) fn running(name: &str) -> Option<Self> {
        let directory = directory(name);
        let pid: i32 = std::fs::read_to_string(directory.join("pid"))
            .ok()?
            .parse()
            .ok()?;
        // Another process may have got the number since.
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let mut arguments = arguments.split(|byte| *byte == 0);
        let ours = arguments.any(|argument| argument == directory.as_os_str().as_encoded_bytes());
        ours.then_some(Self { directory, pid })
    }

    /// Starts an engine, and waits until it answers.
    pub(super) fn start(name: &str, podman: bool, root: &Path) -> Result<Self, String> {
        let directory = directory(name);
        let words = |error: std::io::Error| format!("{}: {error}", directory.display());
        if directory.join("docker.sock").as_os_str().len() > SOCKET {
            return Err(format!("{}: too long for a socket's path", directory.display()));
        }
        if directory.exists() {
            std::fs::remove_dir_all(&directory).map_err(words)?;
        }
        std::fs::create_dir_all(&directory).map_err(words)?;
        let log = File::create(directory.join("engine.log")).map_err(words)?;
        let errors = log.try_clone().map_err(words)?;
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut process = Command::new("setsid")
            .args(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"])
            .args(["--propagation", "private"])
            .arg(own)
            .arg(NAME)
            .arg(if podman { "podman" } else { "docker" })
            .arg(root)
            .arg(&directory)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("setsid unshare: {error}"))?;
        let begun = Instant::now();
        loop {
            let last = match Self::running(name) {
                Some(instance) => match engine::at(&instance.host()) {
                    Ok(_) => return Ok(instance),
                    Err(problem) => problem,
                },
                None => "it has not begun".to_owned(),
            };
            let ended = matches!(process.try_wait(), Ok(Some(_)));
            if ended || begun.elapsed() > PATIENCE {
                let log = directory.join("engine.log");
                return Err(format!("{name} does not start: {last}\nSee {}", log.display()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Returns the address of its socket.
    pub(crate) fn host(&self) -> String {
        let podman = self.directory.join("podman.sock");
        let socket = if podman.exists() {
            podman
        } else {
            self.directory.join("docker.sock")
        };
        format!("unix://{}", socket.display())
    }

    /// Returns the process whose namespaces are the engine's.
    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Returns a command that runs where the engine's published ports are.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = command::command("nsenter", &[&format!("--net=/proc/{}/ns/net", self.pid), "--"]);
        command
            .arg(program)
            .args(arguments)
            .env("DOCKER_HOST", self.host());
        command
    }

    /// Ends its containers, then the engine, and removes its data.
    pub(super) fn stop(self) -> Result<(), String> {
        // What is left running would leave its control groups behind. An engine that does not answer is ended all the same.
        if let Ok(engine) = engine::at(&self.host()) {
            let remove = async {
                let all = std::collections::BTreeMap::new();
                let containers = engine.docker.list(ObjectKind::Container, &all).await;
                for container in containers.unwrap_or_default() {
                    let id = container["Id"].as_str().unwrap_or_default().to_owned();
                    let remove = Call::ContainerRemove {
                        id,
                        force: true,
                        volumes: true,
                    };
                    let _ = engine.docker.call(remove, &|_| {}).await;
                }
            };
            engine.runtime.block_on(remove);
        }
        let Some(pid) = Pid::from_raw(self.pid) else {
            return Ok(());
        };
        let begun = Instant::now();
        let _ = kill_process(pid, Signal::TERM);
        while Path::new("/proc").join(self.pid.to_string()).exists() {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{} does not stop", self.host()));
            }
            if begun.elapsed() > PATIENCE / 4 {
                let _ = kill_process(pid, Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::fs::remove_dir_all(&self.directory)
            .map_err(|error| format!("{}: {error}", self.directory.display()))
    }
}

fn directory(name: &str) -> PathBuf {
    command::root().join("target/engines").join(name)
}
