//! Which engine is meant: configuration, environment, Docker contexts, then the usual sockets → [`Location`].
//!
//! The environment comes in as data; files are read, nothing is connected but to see which of the usual sockets is alive.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

pub use super::wire::Endpoint;
use super::wire::authority;
use crate::diagnostic::Diagnostic;

/// What the configuration or the command line says of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Nothing.
    #[default]
    Default,
    /// An address, such as `unix:///run/docker.sock`.
    Host(String),
    /// An address that was given on the command line instead.
    Option(String),
    /// The name of a Docker context.
    Context(String),
}

/// The part of the environment that says which engine is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_CONFIG`: the directory of the Docker client's configuration.
    pub docker_config: Option<PathBuf>,
    /// `CONTAINER_HOST`.
    pub container_host: Option<String>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
}

/// Where an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The address, for people.
    pub host: String,
    /// Where the address comes from, for people: such as `DOCKER_HOST`.
    pub origin: String,
    /// Where to connect to.
    pub endpoint: Endpoint,
    /// The file with the user's logins for registries.
    pub logins: Option<PathBuf>,
}

/// Finds the engine.
///
/// # Errors
/// The address is no address or of a kind that cannot be reached, the context is not there, or no engine is found.
pub fn locate(choice: &Choice, environment: &Environment) -> Result<Location, Diagnostic> {
    let directory = docker_directory(environment);
    let given = |host: &Option<String>| host.clone().filter(|host| !host.is_empty());
    let mut location = match choice {
        Choice::Host(host) => parse(host, "the configuration"),
        Choice::Option(host) => parse(host, "`--host`"),
        Choice::Context(name) => context(name, "the configuration", directory.as_deref()),
        Choice::Default => {
            if let Some(host) = given(&environment.docker_host) {
                parse(&host, "DOCKER_HOST")
            } else if let Some(name) = given(&environment.docker_context) {
                context(&name, "DOCKER_CONTEXT", directory.as_deref())
            } else if let Some(name) = current_context(directory.as_deref()) {
                context(&name, "the current Docker context", directory.as_deref())
            } else if let Some(host) = given(&environment.container_host) {
                parse(&host, "CONTAINER_HOST")
            } else {
                usual(environment)
            }
        }
    }?;
    location.logins = directory.map(|directory| directory.join("config.json"));
    Ok(location)
}

fn docker_directory(environment: &Environment) -> Option<PathBuf> {
    let given = environment.docker_config.clone();
    given.or_else(|| Some(environment.home.as_ref()?.join(".docker")))
}

/// Reads an address.
fn parse(host: &str, origin: &str) -> Result<Location, Diagnostic> {
    let Some((scheme, rest)) = host.split_once("://") else {
        return Err(invalid(
            host,
            origin,
            "It does not begin with `unix://` or `tcp://`.",
        ));
    };
    let endpoint = match scheme {
        "unix" => {
            unix(rest).ok_or_else(|| invalid(host, origin, "The path of a socket must be absolute."))?
        }
        "tcp" | "http" => tcp(host, rest, origin)?,
        "ssh" => return Err(unsupported(host, origin, "SSH")),
        "https" => return Err(unsupported(host, origin, "TLS")),
        "npipe" => return Err(unsupported(host, origin, "a named pipe")),
        _ => return Err(invalid(host, origin, "Its scheme is not known.")),
    };
    Ok(Location {
        host: host.to_owned(),
        origin: origin.to_owned(),
        endpoint,
        logins: None,
    })
}

fn unix(path: &str) -> Option<Endpoint> {
    Path::new(path)
        .is_absolute()
        .then(|| Endpoint::Unix(PathBuf::from(path)))
}

fn tcp(text: &str, rest: &str, origin: &str) -> Result<Endpoint, Diagnostic> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let port = port
                .parse()
                .map_err(|_| invalid(text, origin, "Its port is no number."))?;
            (host, port)
        }
        _ => (rest, 2375),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty()
        || !host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:_".contains(&byte))
    {
        return Err(invalid(text, origin, "Its host is no host name or address."));
    }
    let is_loopback = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if !is_loopback {
        return Err(Diagnostic::error("Unprotected connection to an engine")
            .detail(format!(
                "{text}, which comes from {origin}, is a plain TCP address on another machine. Whoever can listen or \
                 speak on the way to {} would be root on that machine.",
                authority(host, port)
            ))
            .help("Forward the engine's socket over SSH (`ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST`) and use `unix:///tmp/engine.sock`."));
    }
    Ok(Endpoint::Tcp {
        host: host.to_owned(),
        port,
    })
}

fn current_context(directory: Option<&Path>) -> Option<String> {
    let config: Json = serde_json::from_slice(&std::fs::read(directory?.join("config.json")).ok()?).ok()?;
    let name = config["currentContext"].as_str()?;
    (!matches!(name, "" | "default")).then(|| name.to_owned())
}

/// Reads a Docker context from the client's files.
fn context(name: &str, origin: &str, directory: Option<&Path>) -> Result<Location, Diagnostic> {
    if name == "default" {
        return parse("unix:///var/run/docker.sock", origin);
    }
    let origin = format!("context `{name}` ({origin})");
    let contexts = directory.map(|directory| directory.join("contexts/meta"));
    let file = contexts.map(|contexts| contexts.join(digest(name)).join("meta.json"));
    let text = file.as_deref().map(std::fs::read);
    let missing = |why: String| {
        Diagnostic::error("Docker context not found")
            .detail(format!("The engine comes from {origin}, but {why}."))
            .help("`docker context ls` lists the contexts.")
    };
    let (file, text) = match (file, text) {
        (Some(file), Some(Ok(text))) => (file, text),
        (Some(file), Some(Err(error))) => {
            return Err(missing(format!("{} cannot be read: {error}", file.display())));
        }
        _ => return Err(missing("there is no home directory to look for it in".into())),
    };
    let meta: Option<Json> = serde_json::from_slice(&text).ok();
    let host = meta
        .as_ref()
        .and_then(|meta| meta["Endpoints"]["docker"]["Host"].as_str());
    match host {
        Some(host) => parse(host, &origin),
        None => Err(missing(format!("{} names no Docker host", file.display()))),
    }
}

/// The client names a context's directory after the digest of its name.
fn digest(name: &str) -> String {
    Sha256::digest(name)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Takes the first of the usual sockets that is alive.
fn usual(environment: &Environment) -> Result<Location, Diagnostic> {
    let mut tried = Vec::new();
    let mut forbidden = false;
    for path in usual_sockets(environment) {
        let host = format!("unix://{}", path.display());
        match UnixStream::connect(&path) {
            Ok(_) => return parse(&host, "the usual sockets"),
            Err(error) => {
                forbidden |= error.kind() == io::ErrorKind::PermissionDenied;
                tried.push(format!("{host}: {}", why(&path, &error)));
            }
        }
    }
    let diagnostic = if forbidden {
        Diagnostic::error("No permission to use the engine").help(
            "Add the user to the group that owns the socket (`docker` for Docker) and log in again, run wharf with \
             sudo, or use a rootless engine.",
        )
    } else {
        Diagnostic::error("No engine is running").help(
            "Start one (`systemctl start docker`, or `systemctl --user start podman.socket`), or name one with \
             `engine { host = … }` or DOCKER_HOST.",
        )
    };
    Err(diagnostic.detail(format!(
        "No engine was named, and none of the usual sockets can be used:\n{}",
        tried.join("\n")
    )))
}

/// Says why a socket cannot be used.
fn why(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "not there".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::ConnectionRefused if is_socket(path) => "nobody listens".into(),
        io::ErrorKind::ConnectionRefused => "not a socket".into(),
        _ => error.to_string(),
    }
}

fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_socket())
}

fn usual_sockets(environment: &Environment) -> Vec<PathBuf> {
    let mut sockets = vec![
        PathBuf::from("/var/run/docker.sock"),
        PathBuf::from("/run/podman/podman.sock"),
    ];
    if let Some(directory) = &environment.runtime_dir {
        sockets.push(directory.join("docker.sock"));
        sockets.push(directory.join("podman/podman.sock"));
    }
    if let Some(home) = &environment.home {
        sockets.push(home.join(".docker/run/docker.sock"));
    }
    sockets
}

fn invalid(host: &str, origin: &str, why: &str) -> Diagnostic {
    Diagnostic::error("Invalid address of an engine")
        .detail(format!("`{host}`, which comes from {origin}: {why}"))
        .help("An address looks like `unix:///var/run/docker.sock` or `tcp://localhost:2375`.")
}

fn unsupported(host: &str, origin: &str, transport: &str) -> Diagnostic {
    Diagnostic::error("Unsupported address of an engine")
        .detail(format!(
            "`{host}`, which comes from {origin}: this version of wharf does not reach engines over {transport}."
        ))
        .help("Forward the engine's socket (`ssh -N -L /tmp/engine.sock:/var/run/docker.sock HOST`) and use `unix:///tmp/engine.sock`.")
}

#[cfg(test)]
#[path = "locate_tests.rs"]
mod tests;
