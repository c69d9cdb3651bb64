//! Reads: GET and HEAD, and nothing else, because this is all that [`Getter`] can send.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Response, StatusCode};
use serde_json::Value as Json;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::fault::Faults;
use super::login::Logins;
use super::wire::Wire;
use super::{
    About, CallError, Condition, Family, LabelFilter, Logs, ObjectKind, Read, Reason, Waited, logs, path,
    podman, wait,
};

/// How large an answer may be.
const LIMIT: u64 = 64 << 20;

/// How long a read may take in all.
const DEADLINE: Duration = Duration::from_secs(120);

/// How long reading an archive may take in all.
const ARCHIVE_DEADLINE: Duration = Duration::from_secs(900);

/// How many reads go on at a time: more than this only fills the engine's queue.
const PARALLEL: usize = 32;

/// Sends GET and HEAD.
#[derive(Clone)]
pub(super) struct Getter {
    wire: Wire,
    slots: Arc<Semaphore>,
    family: Family,
}

impl Getter {
    pub(super) fn new(wire: Wire, family: Family) -> Self {
        Self {
            wire,
            slots: Arc::new(Semaphore::new(PARALLEL)),
            family,
        }
    }

    pub(super) fn family(&self) -> Family {
        self.family
    }

    /// Makes the errors of a GET.
    pub(super) fn faults(&self, path: &str) -> Faults {
        let bare = path.split('?').next().unwrap_or(path);
        Faults::of_read(format!("GET {bare}"), self.family)
    }

    /// Begins a GET whose answer has no end of its own, such as events.
    pub(super) async fn stream(&self, path: &str) -> Result<Response<Incoming>, CallError> {
        let faults = self.faults(path);
        let headers = HeaderMap::new();
        let send = self.wire.read(&Method::GET, path, &headers);
        let response = timeout(DEADLINE, send)
            .await
            .map_err(|_| faults.late())?
            .map_err(|error| faults.wire(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = timeout(DEADLINE, collect(response, LIMIT, &faults))
            .await
            .map_err(|_| faults.late())??;
        Err(faults.status(status, &body))
    }

    /// Gets the headers of an answer whose body does not matter.
    pub(super) async fn headers(
        &self,
        path: &str,
        limit: u64,
        deadline: Duration,
    ) -> Result<HeaderMap, CallError> {
        let faults = self.faults(path);
        let work = async {
            let mut response = self.stream(path).await?;
            let headers = std::mem::take(response.headers_mut());
            collect(response, limit, &faults).await?;
            Ok(headers)
        };
        timeout(deadline, work).await.map_err(|_| faults.late())?
    }

    /// Gets bytes; `None` for 404.
    pub(super) async fn bytes(
        &self,
        path: &str,
        headers: &HeaderMap,
        limit: u64,
        deadline: Duration,
    ) -> Result<Option<Vec<u8>>, CallError> {
        let faults = self.faults(path);
        let work = async {
            let _slot = self.slots.acquire().await;
            let response = self
                .wire
                .read(&Method::GET, path, headers)
                .await
                .map_err(|error| faults.wire(&error))?;
            let status = response.status();
            let limit = if status.is_success() { limit } else { LIMIT };
            let body = collect(response, limit, &faults).await?;
            match status {
                status if status.is_success() => Ok(Some(body)),
                StatusCode::NOT_FOUND => Ok(None),
                status => Err(faults.status(status, &body)),
            }
        };
        timeout(deadline, work).await.map_err(|_| faults.late())?
    }

    /// Gets JSON; `None` for 404.
    pub(super) async fn json(&self, path: &str) -> Result<Option<Json>, CallError> {
        self.json_with(path, &HeaderMap::new()).await
    }

    async fn json_with(&self, path: &str, headers: &HeaderMap) -> Result<Option<Json>, CallError> {
        let Some(bytes) = self.bytes(path, headers, LIMIT, DEADLINE).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            self.faults(path)
                .broken(format!("The answer is no JSON: {error}."))
        })
    }

    /// Inspects a container; `None` if there is none.
    pub(super) async fn container(&self, id: &str) -> Result<Option<Json>, CallError> {
        let Some(id) = path::segment(id) else {
            return Ok(None);
        };
        let mut inspect = self.json(&format!("/containers/{id}/json")).await?;
        if let Some(inspect) = inspect.as_mut().filter(|_| self.family == Family::Podman) {
            podman::container(inspect);
        }
        Ok(inspect)
    }
}

/// Reads a body to its end, up to a limit.
pub(super) async fn collect(
    response: Response<Incoming>,
    limit: u64,
    faults: &Faults,
) -> Result<Vec<u8>, CallError> {
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| faults.broken(super::fault::chain(&error)))?;
        if let Ok(data) = frame.into_data() {
            if (bytes.len() + data.len()) as u64 > limit {
                return Err(faults.broken(format!("The answer is larger than {limit} bytes.")));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// A connection that can only read: all that planning has.
#[derive(Clone)]
pub struct Reader {
    getter: Getter,
    about: Arc<About>,
    logins: Arc<Logins>,
}

impl Reader {
    pub(super) fn getter(&self) -> &Getter {
        &self.getter
    }

    pub(super) fn new(getter: Getter, about: Arc<About>, logins: Arc<Logins>) -> Self {
        Self {
            getter,
            about,
            logins,
        }
    }

    async fn list_objects(&self, kind: ObjectKind, labels: &LabelFilter) -> Result<Vec<Json>, CallError> {
        let wanted: Vec<String> = labels
            .iter()
            .map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            })
            .collect();
        let filters = serde_json::json!({ "label": wanted }).to_string();
        let mut parameters = Vec::new();
        if !wanted.is_empty() {
            parameters.push(("filters", filters.as_str()));
        }
        let base = match kind {
            ObjectKind::Container => {
                parameters.insert(0, ("all", "1"));
                "/containers/json"
            }
            ObjectKind::Image => "/images/json",
            ObjectKind::Network if self.getter.family == Family::Podman => {
                return self.podman_networks(labels).await;
            }
            ObjectKind::Network => "/networks",
            ObjectKind::Volume => "/volumes",
        };
        let path = format!("{base}{}", path::query(&parameters));
        let faults = self.getter.faults(&path);
        let answer = self
            .getter
            .json(&path)
            .await?
            .ok_or_else(|| faults.broken("The engine has no such list."))?;
        let list = match (kind, answer) {
            (ObjectKind::Volume, Json::Object(mut answer)) => answer.remove("Volumes").unwrap_or_default(),
            (_, answer) => answer,
        };
        match list {
            Json::Array(mut objects) => {
                if self.getter.family == Family::Podman {
                    for object in &mut objects {
                        podman::listed(kind, object);
                    }
                }
                Ok(objects)
            }
            Json::Null => Ok(Vec::new()),
            _ => Err(faults.broken("The answer is no list.")),
        }
    }

    async fn inspect_object(&self, kind: ObjectKind, id: &str) -> Result<Option<Json>, CallError> {
        let path = match kind {
            ObjectKind::Container => {
                let mut inspect = self.getter.container(id).await?;
                if let Some(inspect) = &mut inspect {
                    self.resolve_networks(inspect).await?;
                }
                return Ok(inspect);
            }
            ObjectKind::Image => {
                let id = match self.getter.family {
                    Family::Docker => id.into(),
                    Family::Podman => podman::reference(id),
                };
                path::reference(&id).map(|id| format!("/images/{id}/json"))
            }
            ObjectKind::Network if self.getter.family == Family::Podman => {
                return self.podman_network(id).await;
            }
            ObjectKind::Network => path::segment(id).map(|id| format!("/networks/{id}")),
            ObjectKind::Volume => path::segment(id).map(|id| format!("/volumes/{id}")),
        };
        let Some(path) = path else { return Ok(None) };
        let mut inspect = self.getter.json(&path).await?;
        if let Some(inspect) = inspect.as_mut().filter(|_| self.getter.family == Family::Podman) {
            match kind {
                ObjectKind::Image => {
                    podman::image(inspect);
                    self.find_health_check(inspect).await?;
                }
                ObjectKind::Volume => podman::volume(inspect),
                ObjectKind::Container | ObjectKind::Network => {}
            }
        }
        Ok(inspect)
    }

    /// Podman tells an image's health check through its own API alone.
    async fn find_health_check(&self, image: &mut Json) -> Result<(), CallError> {
        let Some(id) = image["Id"].as_str().and_then(path::reference) else {
            return Ok(());
        };
        let shown = self.getter.json(&format!("/libpod/images/{id}/json")).await?;
        podman::health_check(image, &shown.unwrap_or_default());
        Ok(())
    }

    async fn podman_networks(&self, labels: &LabelFilter) -> Result<Vec<Json>, CallError> {
        let list = self.getter.json(podman::network::ALL).await?.unwrap_or_default();
        let networks = list.as_array().into_iter().flatten();
        let mut networks: Vec<Json> = networks.map(podman::network::in_dockers_form).collect();
        networks.retain(|network| {
            labels.iter().all(|(name, wanted)| {
                let value = network["Labels"][name].as_str();
                value.is_some() && wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
            })
        });
        Ok(networks)
    }

    async fn podman_network(&self, wanted: &str) -> Result<Option<Json>, CallError> {
        for place in podman::network::places(wanted) {
            let list = self.getter.json(&place).await?.unwrap_or_default();
            if let Some(network) = podman::network::find(&list, wanted) {
                return Ok(Some(network));
            }
        }
        Ok(None)
    }

    /// Podman tells the names of a container's networks where Docker tells their ids.
    async fn resolve_networks(&self, inspect: &mut Json) -> Result<(), CallError> {
        if self.getter.family != Family::Podman {
            return Ok(());
        }
        for name in podman::unresolved_networks(inspect) {
            if let Some(network) = self.podman_network(&name).await? {
                inspect["NetworkSettings"]["Networks"][&name]["NetworkID"] = network["Id"].clone();
            }
        }
        Ok(())
    }

    async fn read_distribution(&self, image: &str) -> Result<Option<Json>, CallError> {
        let Some(name) = path::reference(image) else {
            return Ok(None);
        };
        // Podman has no way to ask for a digest alone, but it reads manifests.
        let path = match self.getter.family {
            Family::Docker => format!("/distribution/{name}/json"),
            Family::Podman => format!("/libpod/manifests/{name}/json"),
        };
        let headers = self.logins.stored(image).await;
        let answer = self.getter.json_with(&path, &headers).await;
        match answer {
            Err(error) if is_unauthorised(&error) && self.logins.asks_helper(image).await => Err(CallError {
                reason: Reason::LoginUnread,
                message: format!(
                    "{} The login for this registry is with a credential helper, and planning runs no programs.",
                    sentence(&error.message)
                ),
                ..error
            }),
            answer => answer,
        }
    }
}

/// Tells whether a registry wants a login, or another one. Engines pass its status on, or only its words.
fn is_unauthorised(error: &CallError) -> bool {
    let words = error.message.to_lowercase();
    let says = [
        "unauthorized",
        "authentication required",
        "no basic auth",
        "denied",
    ];
    match error.reason {
        Reason::Denied => true,
        Reason::Failed | Reason::Invalid => says.iter().any(|said| words.contains(said)),
        _ => false,
    }
}

/// Ends a text with a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

impl Read for Reader {
    fn about(&self) -> &About {
        &self.about
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        Box::pin(self.list_objects(kind, labels))
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(self.inspect_object(kind, id))
    }

    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        Box::pin(logs::read(&self.getter, container, lines))
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        Box::pin(async move {
            let Some(id) = path::segment(container) else {
                return Ok(None);
            };
            let path = format!("/containers/{id}/archive{}", path::query(&[("path", path)]));
            self.getter
                .bytes(&path, &HeaderMap::new(), limit, ARCHIVE_DEADLINE)
                .await
        })
    }

    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        Box::pin(self.read_distribution(image))
    }

    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>> {
        Box::pin(wait::wait(&self.getter, container, condition, limit))
    }
}
