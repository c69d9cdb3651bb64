//! The engine: the only place that talks to Docker or Podman.
//!
//! What comes in is a [`Call`]; what goes out is the engine's JSON, untouched but parsed tolerantly. There are two
//! traits so that planning cannot write by type: [`Read`] issues nothing but GET and HEAD, [`Engine`] adds
//! [`Engine::call`]. What the JSON means is not known here, but in `kinds`; only what Podman tells in a form of its own is put
//! into Docker's by `podman`.

pub mod call;
pub mod connect;
pub mod locate;
pub mod memory;
pub mod op;

mod archive_hash;
mod bridge;
mod carry;
#[cfg(test)]
mod contract;
mod converse;
mod docker;
mod fault;
mod images;
#[cfg(test)]
mod lies;
mod login;
mod logs;
mod path;
mod podman;
mod progress;
mod pulse;
mod reader;
mod wait;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value as Json;

pub use call::{Call, CallError, Certainty, Reason, Reply};
pub use connect::{Connection, Greeting, connect, greet};
pub use docker::Docker;
pub use locate::{Choice, Environment, Location, locate};
pub use op::{Op, Target};
pub use reader::Reader;

/// What a log filter must end with: at the level `debug` bollard writes the bodies of requests, with all secrets in them.
pub const LOG_FILTER: &str = "bollard=warn,hyper=warn,hyper_util=warn";

/// The entry of the inspect of a container or network that lists the fields which the engine does not show, or not as they were asked for: paths
/// such as `HostConfig.Sysctls`. Docker's has none.
pub const HIDDEN: &str = "wharf.hidden";

/// The kinds of objects that an engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A container; jobs and receivers are containers too.
    Container,
    /// An image.
    Image,
    /// A network.
    Network,
    /// A volume, whose id is its name.
    Volume,
}

/// Which family of engine answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Docker.
    #[default]
    Docker,
    /// Podman through its Docker-compatible API.
    Podman,
}

/// What an engine says of itself.
#[derive(Clone, Debug)]
pub struct About {
    /// Its own id, or an empty text if it has none.
    pub id: String,
    /// Where it was reached, such as `unix:///run/docker.sock`.
    pub host: String,
    /// The host name it gives.
    pub name: String,
    /// The family.
    pub family: Family,
    /// The engine's version, such as `20.10.24`.
    pub version: String,
    /// The API version that is spoken, as major and minor.
    pub api: (u32, u32),
    /// Whether it runs on this machine, so that its host paths are our paths.
    pub local: bool,
    /// `GET /info`, untouched.
    pub info: Json,
}

impl About {
    /// Returns the program and its version.
    pub fn release(&self) -> Release {
        Release {
            family: self.family,
            version: self.version.clone(),
        }
    }
}

/// The program that an engine is, and its version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The family.
    pub family: Family,
    /// The version, such as `20.10.24`; empty if it is not known.
    pub version: String,
}

impl Release {
    /// Tells whether limits and restart policy of a container can be changed while it runs. Podman can, and keeps what it was told,
    /// since version 5.
    pub fn updates(&self) -> bool {
        self.podman().is_none_or(|version| version >= (5, 0))
    }

    /// Tells whether a container gives the ports that it publishes away when it leaves the network that it publishes them in. This
    /// is known of Docker.
    pub fn hands_over(&self) -> bool {
        self.family == Family::Docker
    }

    /// Tells whether a container can ask for an address only in a subnet that its network was given, and in none that was picked.
    pub fn addresses_need_subnets(&self) -> bool {
        self.family == Family::Docker
    }

    /// Returns the version of Podman as major and minor, zero if it cannot be told; `None` for Docker.
    pub fn podman(&self) -> Option<(u32, u32)> {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        (self.family == Family::Podman).then_some(version)
    }
}

impl std::fmt::Display for Release {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.family {
            Family::Docker => "Docker",
            Family::Podman => "Podman",
        };
        write!(formatter, "{name} {}", self.version)
    }
}

/// Labels that an object must bear, by name. A `None` asks for any value.
pub type LabelFilter = BTreeMap<String, Option<String>>;

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Still running, without a restart, after having run for this many milliseconds.
    Running {
        /// Milliseconds.
        settle: u64,
    },
    /// The health check passes.
    Healthy,
    /// The container has ended.
    Exited,
}

/// How waiting for a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The condition holds. For [`Condition::Exited`] the exit code.
    Met {
        /// The exit code, 0 for the other conditions.
        exit_code: i64,
    },
    /// It ended (or restarted) although it should run.
    Ended {
        /// The exit code.
        exit_code: i64,
    },
    /// The health check fails: the last output of the check.
    Unhealthy {
        /// What the check printed last. Text from outside.
        output: String,
    },
    /// It is gone.
    Gone,
    /// The time ran out.
    TimedOut,
}

/// How far a long call is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is going on, such as `Downloading`. Text from outside.
    pub message: String,
    /// Bytes done, if known.
    pub done: Option<u64>,
    /// Bytes in all, if known.
    pub total: Option<u64>,
}

/// Receives the progress of a long call, as it happens.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Reads: GET and HEAD alone. This is all that planning has.
pub trait Read: Send + Sync {
    /// Returns what the engine says of itself, learnt when it was connected.
    fn about(&self) -> &About;

    /// Lists the objects of a kind that bear all the labels, as the engine's list gives them (containers also stopped).
    ///
    /// # Errors
    /// The engine does not answer, or answers with an error.
    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>>;

    /// Reads one object by id (or name); `None` if there is none.
    ///
    /// # Errors
    /// The engine does not answer, or answers with an error other than 404.
    fn inspect<'a>(&'a self, kind: ObjectKind, id: &'a str)
    -> BoxFuture<'a, Result<Option<Json>, CallError>>;

    /// Returns a container's log (standard output and error): all of it, or the last `lines` that were written to either.
    ///
    /// # Errors
    /// The engine does not answer, or answers with an error.
    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>>;

    /// Reads a path of a container as a tar archive; `None` if there is no such path or container.
    ///
    /// # Errors
    /// The engine does not answer, or answers with an error other than 404, or the answer passes `limit` bytes.
    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>>;

    /// Asks the image's registry through the engine for the image's digest; `None` if the registry has no such image.
    ///
    /// # Errors
    /// The engine or the registry does not answer, or refuses.
    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>>;

    /// Waits for a container, by the engine's events where it has them, for at most `limit`.
    ///
    /// # Errors
    /// The engine does not answer.
    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>>;
}

/// What a container wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// Standard output; everything, when the container has a terminal.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Reads and writes.
pub trait Engine: Read {
    /// Makes one call. Cancelling it does not cancel what the engine does.
    ///
    /// # Errors
    /// See [`CallError`], above all its [`Certainty`].
    fn call<'a>(&'a self, call: Call, progress: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>>;
}
