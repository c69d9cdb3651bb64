//! The first process in an engine's namespaces: prepares the file systems, starts the engine, and is its init.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, pivot_root, wait};

use crate::command;

/// The argument that this program is started with here.
pub(crate) const NAME: &str = "inside-engine";

/// Where the engine's directory is in a root file system of its own.
const ENGINE: &str = "/engine";

/// What Podman needs on a machine whose control groups are of both versions, and whose limits may not be raised. Podman 4.3 takes
/// a soft limit for the hard one and the other way round, so the two are equal.
const CONTAINERS: &str = r#"[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
firewall_driver = "iptables"
"#;

/// Runs an engine: `PROGRAM ROOT DIRECTORY`.
///
/// # Errors
/// The file systems cannot be prepared, or the engine does not start.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut argument = || arguments.next().ok_or("usage: PROGRAM ROOT DIRECTORY");
    let (program, root, directory) = (argument()?, argument()?, argument()?);
    let (root, directory) = (Path::new(&root), Path::new(&directory));
    // The process file system is still the machine's, so this is the number by which the machine knows this process.
    let pid = fs::read_link("/proc/self").map_err(|error| error.to_string())?;
    let home = if root == Path::new("/") {
        mount_fresh_run()?;
        mount_proc()?;
        directory.to_owned()
    } else {
        enter(root, directory)?;
        PathBuf::from(ENGINE)
    };
    let mut loopback = Command::new("ip");
    command::run(loopback.args(["link", "set", "lo", "up"]))?;
    let mut engine = match program.as_str() {
        "podman" => podman(&home)?,
        _ => docker(&home),
    };
    let child = engine.spawn().map_err(|error| format!("{engine:?}: {error}"))?;
    let child = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let child = child.ok_or("the engine has no process")?;
    let pid = pid.display().to_string();
    fs::write(home.join("pid"), pid).map_err(|error| error.to_string())?;
    pass_on_terminations(child)?;
    reap(child)
}

/// Makes a root file system the root, with the machine's devices, control groups and temporary directory.
fn enter(root: &Path, directory: &Path) -> Result<(), String> {
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    for path in [ENGINE, "/.machine"] {
        fs::create_dir_all(at(path)).map_err(|error| format!("{path}: {error}"))?;
    }
    bind(root, root)?;
    // Tests bind directories of theirs into containers, and they are there.
    for path in ["/sys", "/dev", "/tmp"] {
        bind(Path::new(path), &at(path))?;
    }
    bind(directory, &at(ENGINE))?;
    std::env::set_current_dir(root).map_err(|error| error.to_string())?;
    pivot_root(".", ".machine").map_err(|error| format!("{}: {error}", root.display()))?;
    std::env::set_current_dir("/").map_err(|error| error.to_string())?;
    mount_proc()?;
    mount_fresh_run()?;
    command::run(Command::new("umount").args(["--lazy", "/.machine"]))
}

fn bind(from: &Path, to: &Path) -> Result<(), String> {
    command::run(Command::new("mount").arg("--rbind").arg(from).arg(to))
}

fn mount_proc() -> Result<(), String> {
    command::run(Command::new("mount").args(["-t", "proc", "proc", "/proc"]))
}

fn mount_fresh_run() -> Result<(), String> {
    command::run(Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/run"]))
}

fn docker(home: &Path) -> Command {
    let mut dockerd = Command::new("dockerd");
    dockerd
        .arg("--data-root")
        .arg(home.join("data"))
        .arg("--exec-root")
        .arg(home.join("exec"))
        .arg("--pidfile")
        .arg(home.join("docker.pid"))
        .arg(format!("--host=unix://{}/docker.sock", home.display()))
        // Containers that are to use the engine look for it in its usual place.
        .arg("--host=unix:///run/docker.sock");
    dockerd
}

fn podman(home: &Path) -> Result<Command, String> {
    let configuration = home.join("containers.conf");
    fs::write(&configuration, CONTAINERS).map_err(|error| error.to_string())?;
    let storage = home.join("storage.conf");
    let places = |name: &str| format!("\"{}\"", home.join(name).display());
    let text = format!(
        "[storage]\ndriver = \"overlay\"\ngraphroot = {}\nrunroot = {}\n",
        places("data"),
        places("run")
    );
    fs::write(&storage, text).map_err(|error| error.to_string())?;
    let mut podman = Command::new("podman");
    podman
        .env("CONTAINERS_CONF", configuration)
        .env("CONTAINERS_STORAGE_CONF", storage)
        .arg("--tmpdir")
        .arg(home.join("tmp"))
        .arg("--network-config-dir")
        .arg(home.join("networks"))
        .args(["system", "service", "--time=0"])
        .arg(format!("unix://{}/podman.sock", home.display()));
    Ok(podman)
}

/// The kernel spares the first process of a namespace every signal that it does not handle.
fn pass_on_terminations(engine: Pid) -> Result<(), String> {
    let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM])
        .map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        for _ in &mut signals {
            let _ = kill_process(engine, Signal::TERM);
        }
    });
    Ok(())
}

/// Takes in every process that has lost its parent, until the engine ends.
fn reap(engine: Pid) -> Result<(), String> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == engine => {
                return if status.exit_status() == Some(0) {
                    Ok(())
                } else {
                    Err(format!("the engine ended: {status:?}"))
                };
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}
