//! [`Location`] → [`Connection`]: asks the engine what it is, and agrees on the version of the API.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::{Value as Json, json};

use super::docker::Docker;
use super::locate::Location;
use super::login::Logins;
use super::reader::{Getter, Reader};
use super::wire::{Endpoint, Wire};
use super::{About, CallError, Family, Reason};
use crate::diagnostic::Diagnostic;

/// The newest API version whose meaning is known here.
const NEWEST: (u32, u32) = (1, 53);

/// The oldest API version that has all that is needed.
const OLDEST: (u32, u32) = (1, 40);

/// How long an engine may take to say what it is.
const GREETING: Duration = Duration::from_secs(20);

/// How large what it says may be.
const LIMIT: u64 = 4 << 20;

/// What is said of other servers.
const NO_ENGINE: &str = "What answers there does not speak the API of an engine.";

/// An engine that answered.
pub struct Connection {
    about: Arc<About>,
    wire: Wire,
    logins: Arc<Logins>,
}

impl Connection {
    /// Returns what the engine says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Returns a client that can only read.
    pub fn reader(&self) -> Reader {
        let getter = Getter::new(self.wire.clone(), self.about.family);
        Reader::new(getter, Arc::clone(&self.about), Arc::clone(&self.logins))
    }

    /// Returns a client that reads and writes.
    pub fn docker(&self) -> Docker {
        Docker::new(self.reader(), self.wire.clone(), Arc::clone(&self.logins))
    }
}

/// Connects: negotiates the API version, never pins one.
///
/// # Errors
/// Nothing answers there, it may not be opened, what answers is no engine, or its version is out of range.
pub async fn connect(location: &Location) -> Result<Connection, Diagnostic> {
    greet(location).await?.connection().await
}

/// An engine that said which version it speaks, and nothing more yet.
pub struct Greeting {
    location: Location,
    wire: Wire,
    family: Family,
    api: (u32, u32),
}

/// Asks for the version that is spoken: the quickest of all calls.
///
/// # Errors
/// Nothing answers there, it may not be opened, what answers is no engine, or it is too old.
pub async fn greet(location: &Location) -> Result<Greeting, Diagnostic> {
    let greeter = Getter::new(Wire::new(location.endpoint.clone(), None), Family::Docker);
    let headers = greeter
        .headers("/_ping", LIMIT, GREETING)
        .await
        .map_err(|error| unreachable(&error, location))?;
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let newest = header("api-version").ok_or_else(|| no_engine(location, NO_ENGINE))?;
    let api = negotiate(&json!({ "ApiVersion": newest }), location)?;
    Ok(Greeting {
        wire: Wire::new(location.endpoint.clone(), Some(api)),
        family: match header("libpod-api-version") {
            Some(_) => Family::Podman,
            None => Family::Docker,
        },
        location: location.clone(),
        api,
    })
}

impl Greeting {
    /// Returns a client for what needs to know no more of the engine than its family and its version.
    pub fn reader(&self) -> Reader {
        self.connection_to(Json::Null).reader()
    }

    /// Asks the engine for the rest of what is to be known of it.
    ///
    /// # Errors
    /// It does not answer any more, or speaks no version that is known here.
    pub async fn connection(&self) -> Result<Connection, Diagnostic> {
        let getter = Getter::new(self.wire.clone(), self.family);
        match getter.bytes("/info", &HeaderMap::new(), LIMIT, GREETING).await {
            Ok(answer) => Ok(self.connection_to(object(answer, &self.location)?)),
            Err(error) => {
                let too_new = match error.reason {
                    Reason::Invalid => self.too_new().await,
                    _ => None,
                };
                Err(too_new.unwrap_or_else(|| unreachable(&error, &self.location)))
            }
        }
    }

    /// Says that the engine speaks only versions that are not known here, if that is so.
    async fn too_new(&self) -> Option<Diagnostic> {
        let endpoint = self.location.endpoint.clone();
        let getter = Getter::new(Wire::new(endpoint, None), self.family);
        let answer = getter.bytes("/version", &HeaderMap::new(), LIMIT, GREETING).await;
        let version = object(answer.ok()?, &self.location).ok()?;
        negotiate(&version, &self.location).err()
    }

    fn connection_to(&self, info: Json) -> Connection {
        Connection {
            about: Arc::new(About {
                id: identity(self.family, &info),
                host: self.location.host.clone(),
                name: text(&info["Name"]),
                family: self.family,
                version: text(&info["ServerVersion"]),
                api: self.api,
                local: is_local(&self.location.endpoint, &info),
                info,
            }),
            wire: self.wire.clone(),
            logins: Arc::new(Logins::new(self.location.logins.clone())),
        }
    }
}

fn object(answer: Option<Vec<u8>>, location: &Location) -> Result<Json, Diagnostic> {
    answer
        .and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok())
        .filter(Json::is_object)
        .ok_or_else(|| no_engine(location, NO_ENGINE))
}

/// Agrees on the newest version that both sides speak.
fn negotiate(version: &Json, location: &Location) -> Result<(u32, u32), Diagnostic> {
    let Some(newest) = parse(&version["ApiVersion"]) else {
        return Err(no_engine(
            location,
            "What answers there gives no version of an engine's API.",
        ));
    };
    let oldest = parse(&version["MinAPIVersion"]).unwrap_or((1, 0));
    let range = |(major, minor): (u32, u32)| format!("{major}.{minor}");
    if newest < OLDEST {
        return Err(Diagnostic::error("The engine is too old")
            .detail(format!(
                "The engine at {} speaks API version {}. Version {} or later is needed, which Docker 19.03 brought.",
                location.host,
                range(newest),
                range(OLDEST)
            ))
            .help("Update the engine."));
    }
    if oldest > NEWEST {
        return Err(Diagnostic::error("The engine is too new")
            .detail(format!(
                "The engine at {} speaks no API version before {}. This version of wharf knows {} and earlier.",
                location.host,
                range(oldest),
                range(NEWEST)
            ))
            .help("Update wharf."));
    }
    Ok(newest.min(NEWEST))
}

fn parse(version: &Json) -> Option<(u32, u32)> {
    let (major, minor) = version.as_str()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// An engine is on this machine if it gives this machine's name. One that is reached from inside a container gives another:
/// its paths are not ours.
fn is_local(endpoint: &Endpoint, info: &Json) -> bool {
    let node = rustix::system::uname();
    let name = info["Name"].as_str().unwrap_or_default();
    matches!(endpoint, Endpoint::Unix(_)) && node.nodename().to_bytes() == name.as_bytes()
}

/// Podman makes up an id for each answer, so it has none.
fn identity(family: Family, info: &Json) -> String {
    match family {
        Family::Docker => text(&info["ID"]),
        Family::Podman => String::new(),
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn unreachable(error: &CallError, location: &Location) -> Diagnostic {
    let host = &location.host;
    match error.reason {
        Reason::Forbidden => Diagnostic::error("No permission to use the engine")
            .detail(format!("The socket of {host} may not be opened by this user."))
            .help(
                "Add the user to the group that owns the socket (`docker` for Docker) and log in again, run wharf \
                 with sudo, or use a rootless engine.",
            ),
        Reason::Unreachable => Diagnostic::error("No engine answers")
            .detail(format!(
                "Nothing answers at {host} ({}), which comes from {}.",
                error.message, location.origin
            ))
            .help("Start the engine (`systemctl start docker`, or `systemctl --user start podman.socket`), or choose another."),
        Reason::TimedOut => Diagnostic::error("The engine does not answer in time")
            .detail(format!(
                "{host} takes connections, but gave no answer within {} seconds.",
                GREETING.as_secs()
            ))
            .help("The engine may hang or be overloaded: look at its log."),
        _ => no_engine(location, &error.message),
    }
}

fn no_engine(location: &Location, detail: &str) -> Diagnostic {
    Diagnostic::error("No engine answers")
        .detail(format!(
            "At {}, which comes from {}: {detail}",
            location.host, location.origin
        ))
        .help("Check that the address is the one of a Docker or Podman API socket.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location() -> Location {
        Location {
            host: "unix:///nowhere".into(),
            origin: "a test".into(),
            endpoint: Endpoint::Unix("/nowhere".into()),
            logins: None,
        }
    }

    #[test]
    fn the_older_of_both_newest_versions_is_spoken() {
        let negotiated = |newest, oldest| {
            negotiate(
                &json!({ "ApiVersion": newest, "MinAPIVersion": oldest }),
                &location(),
            )
            .map_err(|diagnostic| diagnostic.summary)
        };
        assert_eq!(negotiated("1.41", "1.12"), Ok((1, 41)));
        assert_eq!(negotiated("1.99", "1.44"), Ok(NEWEST));
        assert_eq!(negotiated("1.24", "1.12"), Err("The engine is too old".into()));
        assert_eq!(negotiated("2.3", "2.0"), Err("The engine is too new".into()));
        assert_eq!(negotiated("x", "1.12"), Err("No engine answers".into()));
    }

    #[test]
    fn podman_has_no_id_of_its_own() {
        assert_eq!(identity(Family::Podman, &json!({ "ID": "made up" })), "");
        assert_eq!(identity(Family::Docker, &json!({ "ID": "A:B" })), "A:B");
    }

    #[tokio::test]
    async fn a_socket_that_is_not_there_is_named() {
        let problem = connect(&location()).await.err().unwrap();
        assert_eq!(problem.summary, "No engine answers");
        assert!(problem.detail.contains("unix:///nowhere"), "{}", problem.detail);
        assert!(problem.detail.contains("a test"), "{}", problem.detail);
    }

    #[tokio::test]
    async fn a_server_that_is_no_engine_is_told_from_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 1024];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
                .await
                .unwrap();
        });
        let endpoint = Endpoint::Tcp {
            host: "127.0.0.1".into(),
            port,
        };
        let problem = connect(&Location {
            endpoint,
            ..location()
        })
        .await
        .err()
        .unwrap();
        assert!(
            problem.detail.contains("does not speak the API"),
            "{}",
            problem.detail
        );
    }
}
