//! HTTP/1 over a socket: one request goes out, one response comes in. No redirects, no retries of writes.
//!
//! Connections of reads are kept and used again. Writes always get a connection of their own, so that a connection that the
//! engine has closed meanwhile cannot leave a write's outcome in doubt.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};

/// The body of a request.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How many idle connections are kept.
const IDLE: usize = 16;

/// The version of Podman's own API, before its paths.
const LIBPOD: &str = "/v4.0.0";

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP address without TLS, which is only ever one of this machine.
    Tcp {
        /// The host, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

/// Why no response came.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    /// The request was never sent.
    #[error("{0}")]
    Connect(#[source] io::Error),
    /// The request may have been sent.
    #[error("{0}")]
    Lost(#[source] hyper::Error),
}

/// Sends requests to one endpoint.
#[derive(Clone)]
pub(super) struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    /// The prefix of every path, such as `/v1.41`; empty until the version is negotiated.
    prefix: String,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl Wire {
    /// Makes a wire; nothing is connected yet. `version` is the API version that all requests ask for.
    pub(super) fn new(endpoint: Endpoint, version: Option<(u32, u32)>) -> Self {
        let prefix = version.map_or_else(String::new, |(major, minor)| format!("/v{major}.{minor}"));
        Self {
            shared: Arc::new(Shared {
                endpoint,
                prefix,
                idle: Mutex::default(),
            }),
        }
    }

    /// Sends a request without a body over a kept connection if there is one.
    pub(super) async fn read(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response<Incoming>, WireError> {
        let request = || {
            let mut request = Request::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
            *request.method_mut() = method.clone();
            *request.headers_mut() = headers.clone();
            *request.uri_mut() = path.parse().map_err(invalid)?;
            Ok(request)
        };
        // The engine may close an idle connection at any time. Only then is a read sent twice.
        while let Some(connection) = self.take_idle() {
            if let Ok(response) = self.exchange(connection, request()?).await {
                return Ok(response);
            }
        }
        self.exchange(self.open().await?, request()?).await
    }

    /// Sends a request over a connection of its own.
    pub(super) async fn write(&self, request: Request<Body>) -> Result<Response<Incoming>, WireError> {
        self.exchange(self.open().await?, request).await
    }

    async fn exchange(
        &self,
        mut connection: SendRequest<Body>,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, WireError> {
        self.address(&mut request)?;
        let response = connection.send_request(request).await.map_err(WireError::Lost)?;
        self.keep(connection);
        Ok(response)
    }

    /// Gives a request the version's prefix and the host header.
    fn address(&self, request: &mut Request<Body>) -> Result<(), WireError> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", hyper::http::uri::PathAndQuery::as_str);
        // Podman's own API counts its versions otherwise.
        let prefix = match path.starts_with("/libpod/") {
            true => LIBPOD,
            false => &self.shared.prefix,
        };
        let uri: Uri = format!("{prefix}{path}").parse().map_err(invalid)?;
        *request.uri_mut() = uri;
        let host = match &self.shared.endpoint {
            Endpoint::Unix(_) => HeaderValue::from_static("localhost"),
            Endpoint::Tcp { host, port } => {
                HeaderValue::from_str(&authority(host, *port)).map_err(invalid)?
            }
        };
        request.headers_mut().insert(HOST, host);
        Ok(())
    }

    async fn open(&self) -> Result<SendRequest<Body>, WireError> {
        match &self.shared.endpoint {
            Endpoint::Unix(path) => {
                let stream = UnixStream::connect(path).await.map_err(WireError::Connect)?;
                shake(TokioIo::new(stream)).await
            }
            Endpoint::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port))
                    .await
                    .map_err(WireError::Connect)?;
                shake(TokioIo::new(stream)).await
            }
        }
    }

    fn take_idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| !connection.is_closed());
        idle.pop()
    }

    /// Keeps a connection for later, once the response that is on it has been read to its end.
    fn keep(&self, mut connection: SendRequest<Body>) {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            if connection.ready().await.is_ok() {
                let mut idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < IDLE {
                    idle.push(connection);
                }
            }
        });
    }
}

/// Begins HTTP on a stream. The connection lives as long as its user does.
async fn shake<S>(stream: S) -> Result<SendRequest<Body>, WireError>
where
    S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(stream)
        .await
        .map_err(|error| WireError::Connect(io::Error::other(error)))?;
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

/// Writes a host and a port as one text.
pub(super) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> WireError {
    WireError::Connect(io::Error::new(io::ErrorKind::InvalidInput, error))
}
