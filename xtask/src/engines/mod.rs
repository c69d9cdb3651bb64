//! `cargo xtask engines up|down|list [NAME…]`: Docker and Podman of several versions, side by side on one Debian machine.
//!
//! Each engine runs in mount, network and PID namespaces of its own, with a data directory of its own, so that none
//! disturbs another or the machine's own engine. Its programs come from a Debian release: the machine's own packages when it runs
//! that release, otherwise a root file system that debootstrap makes once and that is kept for later.

mod inside;
mod instance;
mod root;

use crate::{command, engine, image, say};

pub(crate) use inside::{NAME as INSIDE, run as inside};
pub(crate) use instance::Instance;

/// One engine that can be started.
pub(crate) struct Kind {
    /// What it is called.
    pub(crate) name: &'static str,
    /// The Debian release that has it.
    release: &'static str,
    /// Which program it is.
    program: Program,
}

impl Kind {
    /// Tells whether it is a Podman.
    pub(crate) fn is_podman(&self) -> bool {
        self.program == Program::Podman
    }
}

/// The program of an engine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Docker,
    Podman,
}

/// The engines, oldest first. Their versions are those of the Debian releases.
pub(crate) const KINDS: &[Kind] = &[
    kind("docker-20.10", "bookworm", Program::Docker),
    kind("docker-26.1", "trixie", Program::Docker),
    kind("docker-newest", "sid", Program::Docker),
    kind("podman-4.3", "bookworm", Program::Podman),
    kind("podman-5.4", "trixie", Program::Podman),
    kind("podman-newest", "sid", Program::Podman),
];

const fn kind(name: &'static str, release: &'static str, program: Program) -> Kind {
    Kind {
        name,
        release,
        program,
    }
}

/// Runs the chore.
///
/// # Errors
/// The arguments are none, or an engine cannot be started or stopped.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let verb = arguments.next().unwrap_or_default();
    let kinds = named(arguments)?;
    match verb.as_str() {
        "up" => {
            build()?;
            for kind in kinds {
                let instance = up(kind)?;
                say(&format!("{}: {}", kind.name, instance.host()));
            }
        }
        "down" => {
            for kind in kinds {
                down(kind)?;
            }
        }
        "list" => {
            for kind in kinds {
                say(&describe(kind));
            }
        }
        other => return Err(format!("`engines {other}`: use up, down or list")),
    }
    Ok(())
}

/// Finds engines by name; all of them when none is named.
///
/// # Errors
/// There is none of that name.
pub(crate) fn named(names: impl Iterator<Item = String>) -> Result<Vec<&'static Kind>, String> {
    let mut kinds = Vec::new();
    for name in names {
        let known = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        let kind = KINDS.iter().find(|kind| kind.name == name);
        kinds.push(kind.ok_or_else(|| format!("there is no engine `{name}`; there are {}", known()))?);
    }
    if kinds.is_empty() {
        kinds.extend(KINDS);
    }
    Ok(kinds)
}

/// Builds what the tests' image is made of.
///
/// # Errors
/// It does not build.
pub(crate) fn build() -> Result<(), String> {
    command::cargo(&["build", "--package", "wharf", "--package", "stand-in"])
}

/// Tells whether an engine runs.
pub(crate) fn is_up(kind: &Kind) -> bool {
    Instance::running(kind.name).is_some()
}

/// Starts an engine, unless it runs already, and gives it the tests' image.
///
/// # Errors
/// Its programs cannot be had, or it does not answer.
pub(crate) fn up(kind: &Kind) -> Result<Instance, String> {
    let instance = match Instance::running(kind.name) {
        Some(instance) => instance,
        None => {
            let root = root::ensure(kind.release, kind.is_podman())?;
            say(&format!("starting {}", kind.name));
            Instance::start(kind.name, kind.is_podman(), &root)?
        }
    };
    image::ensure(&engine::at(&instance.host())?)?;
    Ok(instance)
}

/// Stops an engine if it runs, and removes what it had.
///
/// # Errors
/// It does not stop.
pub(crate) fn down(kind: &Kind) -> Result<(), String> {
    if let Some(instance) = Instance::running(kind.name) {
        say(&format!("stopping {}", kind.name));
        instance.stop()?;
    }
    Ok(())
}

fn describe(kind: &Kind) -> String {
    let Some(instance) = Instance::running(kind.name) else {
        return format!("{:14} down", kind.name);
    };
    let version = match engine::at(&instance.host()) {
        Ok(engine) => {
            use wharf::engine::Read as _;
            let about = engine.docker.about();
            format!("{} (API {}.{})", about.version, about.api.0, about.api.1)
        }
        Err(problem) => problem,
    };
    format!(
        "{:14} up    {version}\n{:14}       {}\n{:14}       nsenter --net=/proc/{}/ns/net",
        kind.name,
        "",
        instance.host(),
        "",
        instance.pid()
    )
}
