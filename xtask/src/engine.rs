//! Finding an engine, or installing and starting one.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wharf::engine::{Choice, Connection, Docker, Environment, connect, locate};

use crate::{command, say};

/// How long a started engine may take to answer.
const START: Duration = Duration::from_secs(60);

/// An engine that answers.
pub(crate) struct Engine {
    /// Where it is, in the form of `DOCKER_HOST`.
    pub(crate) host: String,
    /// What its calls run on.
    pub(crate) runtime: Runtime,
    /// The client.
    pub(crate) docker: Docker,
}

/// Finds the engine that wharf itself would find; if there is none, installs and starts one (Debian, Ubuntu, as root).
///
/// # Errors
/// There is none, and none can be started here.
pub(crate) fn find_or_start() -> Result<Engine, String> {
    let first = match find() {
        Ok(engine) => return Ok(engine),
        Err(problem) => problem,
    };
    if !can_install() {
        return Err(format!(
            "{first}\nAs root on Debian or Ubuntu this chore can install and start one."
        ));
    }
    say("no engine answers: installing and starting one");
    if !is_installed("dockerd") {
        command::run(&mut apt(&["update"]))?;
        command::run(&mut apt(&[
            "install",
            "--yes",
            "--no-install-recommends",
            "docker.io",
            "iptables",
        ]))?;
    }
    // Installing may have started it already, where services are started.
    if let Ok(engine) = find() {
        return Ok(engine);
    }
    start()
}

/// Makes sure that the programs are there that the tests run beside wharf: Compose and the client start stacks, git serves modules.
///
/// # Errors
/// One is not, and cannot be installed.
pub(crate) fn ensure_programs() -> Result<(), String> {
    let missing: Vec<&str> = ["docker", "docker-compose", "git"]
        .into_iter()
        .filter(|program| !is_installed(program))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" and ");
    if !can_install() {
        return Err(format!(
            "the tests need {names}; Debian and Ubuntu have packages of these names (the client docker is in docker-cli or docker.io)"
        ));
    }
    say(&format!("installing {names}"));
    command::run(&mut apt(&["update"]))?;
    let mut install = apt(&["install", "--yes", "--no-install-recommends"]);
    command::run(install.args(missing.into_iter().map(package)))
}

/// Returns the package of a program. Where the client has one of its own, that of the engine does not bring it.
fn package(program: &str) -> &str {
    let has_own = || {
        let shown = command::command("apt-cache", &["show", "docker-cli"]).output();
        shown.is_ok_and(|shown| shown.status.success())
    };
    match program {
        "docker" if has_own() => "docker-cli",
        "docker" => "docker.io",
        other => other,
    }
}

/// Connects to the engine at an address.
///
/// # Errors
/// It does not answer.
pub(crate) fn at(host: &str) -> Result<Engine, String> {
    reach(&Choice::Host(host.to_owned()), &Environment::default())
}

fn find() -> Result<Engine, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let path = |name: &str| variable(name).map(Into::into);
    let environment = Environment {
        docker_host: variable("DOCKER_HOST"),
        docker_context: variable("DOCKER_CONTEXT"),
        docker_config: path("DOCKER_CONFIG"),
        container_host: variable("CONTAINER_HOST"),
        runtime_dir: path("XDG_RUNTIME_DIR"),
        home: path("HOME"),
    };
    reach(&Choice::Default, &environment)
}

fn reach(choice: &Choice, environment: &Environment) -> Result<Engine, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let words = |problem: wharf::diagnostic::Diagnostic| format!("{}: {}", problem.summary, problem.detail);
    let location = locate(choice, environment).map_err(words)?;
    let connection: Connection = runtime.block_on(connect(&location)).map_err(words)?;
    let docker = connection.docker();
    Ok(Engine {
        host: location.host,
        runtime,
        docker,
    })
}

pub(crate) fn can_install() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists()
}

pub(crate) fn is_installed(program: &str) -> bool {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
        .iter()
        .any(|directory| Path::new(directory).join(program).exists())
}

pub(crate) fn apt(arguments: &[&str]) -> Command {
    let mut apt = command::command("apt-get", arguments);
    apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    apt
}

/// Starts the engine in a session of its own, so that it outlives this chore, and waits until it answers.
fn start() -> Result<Engine, String> {
    let path = command::root().join("target").join("dockerd.log");
    let log = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let errors = log
        .try_clone()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut dockerd = Command::new("setsid")
        .arg("dockerd")
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("setsid dockerd: {error}"))?;
    let begun = Instant::now();
    loop {
        match find() {
            Ok(engine) => return Ok(engine),
            Err(problem) if begun.elapsed() > START => {
                return Err(format!("{problem}\nSee {}", path.display()));
            }
            Err(_) => {}
        }
        if let Ok(Some(status)) = dockerd.try_wait() {
            return Err(format!("dockerd ended ({status}); see {}", path.display()));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
