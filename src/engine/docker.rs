//! [`Call`] → a request to the engine → [`Reply`]: the client that writes, for Docker and for Podman's compatible API.
//!
//! Calls go through bollard's models where these can carry the body and give back the answer. bollard sends over our own
//! [`Wire`], which adds what version 0.21.1 forgets: the version's prefix on each path.

use std::sync::Arc;
use std::time::Duration;

use bollard::errors::Error as BollardError;
use bollard::models;
use bollard::query_parameters as query;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, Request, StatusCode};
use serde_json::Value as Json;
use tokio::time::timeout;

use super::bridge::{self, faithful, fault};
use super::fault::Faults;
use super::login::Logins;
use super::reader::{Reader, collect};
use super::wire::{Body, Wire};
use super::{
    About, Call, CallError, Condition, Engine, Family, LabelFilter, Logs, ObjectKind, OnProgress, Read,
    Reply, Waited, carry, converse, images, path, podman,
};

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// How much longer than a container's grace time stopping it may take.
const STOP: Duration = Duration::from_secs(30);

/// An engine's own grace time for containers that ask for none.
const GRACE: i64 = 10;

/// How large the answer to a write may be.
pub(super) const ANSWER: u64 = 64 << 20;

/// A connection that reads and writes.
#[derive(Clone)]
pub struct Docker {
    pub(super) reader: Reader,
    pub(super) wire: Wire,
    pub(super) bollard: bollard::Docker,
    pub(super) logins: Arc<Logins>,
}

impl Docker {
    pub(super) fn new(reader: Reader, wire: Wire, logins: Arc<Logins>) -> Self {
        Self {
            bollard: bridge::client(&wire, reader.about().api),
            reader,
            wire,
            logins,
        }
    }

    async fn make(&self, call: Call, progress: OnProgress<'_>) -> Result<Reply, CallError> {
        let faults = Faults::of_write(&call, self.about().family);
        match call {
            Call::ImagePull { reference, platform } => {
                images::pull(self, &reference, platform.as_deref(), progress, &faults).await
            }
            Call::ImageBuild(build) => images::build(self, *build, progress, &faults).await,
            Call::ImageImport {
                layer,
                reference,
                changes,
            } => images::import(self, layer, &reference, &changes, progress, &faults).await,
            Call::VolumeCopy { id, from, to } => carry::copy(self, &id, &from, &to, progress, &faults).await,
            Call::Converse { id, talk } => converse::converse(self, &id, talk, &faults).await,
            call => match stops(&call) {
                Some((id, grace)) => self.stop(call, &id, grace, &faults).await,
                None => timeout(deadline(&call), self.send(call, &faults))
                    .await
                    .map_err(|_| faults.late())?,
            },
        }
    }

    /// Stops a container, for as long as its grace time allows.
    async fn stop(
        &self,
        call: Call,
        id: &str,
        grace: Option<i64>,
        faults: &Faults,
    ) -> Result<Reply, CallError> {
        let mut sent = std::pin::pin!(self.send(call, faults));
        let usual = stop_deadline(grace.unwrap_or(GRACE));
        if let Ok(answer) = timeout(usual, &mut sent).await {
            return answer;
        }
        // Few containers have a grace time of their own, and fewer use it up: they are asked only now.
        let own = match grace {
            Some(_) => usual,
            None => stop_deadline(self.grace(id).await),
        };
        let left = own.saturating_sub(usual);
        timeout(left, sent).await.map_err(|_| faults.late())?
    }

    /// Asks for a container's own grace time.
    async fn grace(&self, id: &str) -> i64 {
        let inspect = self.inspect(ObjectKind::Container, id).await.ok().flatten();
        inspect
            .and_then(|inspect| inspect["Config"]["StopTimeout"].as_i64())
            .unwrap_or(GRACE)
    }

    pub(super) async fn send(&self, call: Call, faults: &Faults) -> Result<Reply, CallError> {
        match call {
            Call::VolumeCreate { body } => self.create_volume(&body, faults).await,
            Call::VolumeRemove { name } => {
                let name = segment(&name, faults)?;
                let options = None::<query::RemoveVolumeOptions>;
                done(self.bollard.remove_volume(&name, options).await, faults)
            }
            Call::NetworkCreate { body } => self.create_network(&body, faults).await,
            Call::NetworkRemove { id } => {
                let id = match self.about().family {
                    Family::Docker => id,
                    Family::Podman => self.name_of_network(id).await?,
                };
                let id = segment(&id, faults)?;
                done(self.bollard.remove_network(&id).await, faults)
            }
            Call::NetworkConnect { id, body } => {
                let id = segment(&id, faults)?;
                match faithful::<models::NetworkConnectRequest>(&body) {
                    Some(model) => done(self.bollard.connect_network(&id, model).await, faults),
                    None => self
                        .post(&format!("/networks/{id}/connect"), &body, faults)
                        .await
                        .map(|_| nothing()),
                }
            }
            Call::NetworkDisconnect { id, container } => {
                let model = models::NetworkDisconnectRequest {
                    container,
                    force: None,
                };
                let id = segment(&id, faults)?;
                done(self.bollard.disconnect_network(&id, model).await, faults)
            }
            Call::ImageRemove { reference } => {
                let reference = path::reference(&reference).ok_or_else(|| no_path(&reference, faults))?;
                let options = None::<query::RemoveImageOptions>;
                done(self.bollard.remove_image(&reference, options, None).await, faults)
            }
            Call::ContainerCreate { name, body } => self.create_container(&name, &body, faults).await,
            call => self.manage_container(call, faults).await,
        }
    }

    async fn create_volume(&self, body: &Json, faults: &Faults) -> Result<Reply, CallError> {
        let name = match faithful::<models::VolumeCreateRequest>(body) {
            Some(model) => {
                let volume = self.bollard.create_volume(model).await;
                volume.map_err(|error| fault(&error, faults))?.name
            }
            None => {
                let answer = self.post("/volumes/create", body, faults).await?;
                answer["Name"].as_str().unwrap_or_default().to_owned()
            }
        };
        // A volume's name is its identity, so another name is another volume.
        if body["Name"].as_str().is_some_and(|wanted| wanted != name) {
            return Err(faults.broken("The engine answered with another volume."));
        }
        Ok(Reply {
            id: Some(name),
            ..nothing()
        })
    }

    async fn create_network(&self, body: &Json, faults: &Faults) -> Result<Reply, CallError> {
        let (id, warning) = match faithful::<models::NetworkCreateRequest>(body) {
            Some(model) => {
                let answer = self.bollard.create_network(model).await;
                let answer = answer.map_err(|error| fault(&error, faults))?;
                (answer.id, answer.warning)
            }
            // The model has no `CheckDuplicate`, which older engines need.
            None => {
                let answer = self.post("/networks/create", body, faults).await?;
                let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
                (text("Id"), text("Warning"))
            }
        };
        made(id, vec![warning], faults)
    }

    /// Returns the name of a network: Podman removes one that is used when it is asked by its id, and refuses to by its name.
    async fn name_of_network(&self, id: String) -> Result<String, CallError> {
        let network = self.inspect(ObjectKind::Network, &id).await?;
        let name = network.and_then(|network| network["Name"].as_str().map(str::to_owned));
        Ok(name.unwrap_or(id))
    }

    async fn create_container(&self, name: &str, body: &Json, faults: &Faults) -> Result<Reply, CallError> {
        let mut body = body.clone();
        if self.about().family == Family::Podman {
            if podman::body::inherits_check(&body) {
                let image = body["Image"].as_str().unwrap_or_default().to_owned();
                let image = self.inspect(ObjectKind::Image, &image).await?.unwrap_or_default();
                podman::body::inherit_check(&mut body, &image);
            }
            podman::body::creation(&mut body, GRACE);
        }
        let body = &body;
        let mut reply = match faithful::<models::ContainerCreateBody>(body) {
            Some(model) => {
                let options = query::CreateContainerOptions {
                    name: Some(name.to_owned()),
                    ..query::CreateContainerOptions::default()
                };
                let answer = self.bollard.create_container(Some(options), model).await;
                let answer = answer.map_err(|error| fault(&error, faults))?;
                made(answer.id, answer.warnings, faults)
            }
            None => {
                let path = format!("/containers/create{}", path::query(&[("name", name)]));
                let answer = self.post(&path, body, faults).await?;
                let id = answer["Id"].as_str().unwrap_or_default().to_owned();
                made(id, warnings(&answer), faults)
            }
        }?;
        if self.about().family == Family::Podman
            && body["HostConfig"]["BlkioWeight"].is_number()
            && let Some(id) = reply.id.as_deref()
            && let Ok(Some(inspect)) = self.inspect(ObjectKind::Container, id).await
        {
            reply.warnings.extend(podman::body::discarded(body, &inspect));
        }
        Ok(reply)
    }

    async fn manage_container(&self, call: Call, faults: &Faults) -> Result<Reply, CallError> {
        let docker = &self.bollard;
        let result = match call {
            Call::ContainerStart { id } => docker.start_container(&segment(&id, faults)?, None).await,
            Call::ContainerStop { id, timeout } => {
                let options = query::StopContainerOptions {
                    t: timeout.map(seconds),
                    ..query::StopContainerOptions::default()
                };
                docker.stop_container(&segment(&id, faults)?, Some(options)).await
            }
            Call::ContainerRestart { id, timeout } => {
                let options = query::RestartContainerOptions {
                    t: timeout.map(seconds),
                    ..query::RestartContainerOptions::default()
                };
                docker
                    .restart_container(&segment(&id, faults)?, Some(options))
                    .await
            }
            Call::ContainerKill { id, signal } => {
                let options = query::KillContainerOptions { signal };
                docker.kill_container(&segment(&id, faults)?, Some(options)).await
            }
            Call::ContainerRemove { id, force, volumes } => {
                let options = query::RemoveContainerOptions {
                    force,
                    v: volumes,
                    ..query::RemoveContainerOptions::default()
                };
                docker
                    .remove_container(&segment(&id, faults)?, Some(options))
                    .await
            }
            Call::ContainerRename { id, name } => {
                let options = query::RenameContainerOptions { name };
                docker.rename_container(&segment(&id, faults)?, options).await
            }
            // bollard throws the warnings away.
            Call::ContainerUpdate { id, mut body } => {
                if self.about().family == Family::Podman {
                    let inspect = self.inspect(ObjectKind::Container, &id).await?;
                    podman::body::update(&mut body, &inspect.unwrap_or_default());
                }
                let path = format!("/containers/{}/update", segment(&id, faults)?);
                let answer = self.post(&path, &body, faults).await?;
                return Ok(Reply {
                    warnings: warnings(&answer),
                    ..nothing()
                });
            }
            Call::ArchivePut { id, path, tar } => {
                if self.about().family == Family::Podman {
                    self.find_directory(&id, &path, faults).await?;
                }
                let options = query::UploadToContainerOptions {
                    path,
                    ..query::UploadToContainerOptions::default()
                };
                let body = bollard::body_full(tar.into());
                docker
                    .upload_to_container(&segment(&id, faults)?, Some(options), body)
                    .await
            }
            _ => return Err(faults.refused("This call is none on a container.")),
        };
        done(result, faults)
    }

    /// Insists that a container has a directory: Podman makes none, and says that all is well.
    async fn find_directory(&self, id: &str, directory: &str, faults: &Faults) -> Result<(), CallError> {
        let id = segment(id, faults)?;
        let path = format!("/containers/{id}/archive{}", path::query(&[("path", directory)]));
        let head = self.wire.read(&Method::HEAD, &path, &HeaderMap::new()).await;
        match head.map_err(|error| faults.wire(&error))?.status() {
            status @ StatusCode::NOT_FOUND => {
                let message =
                    serde_json::json!({ "message": format!("There is no {directory} in the container.") });
                Err(faults.status(status, message.to_string().as_bytes()))
            }
            _ => Ok(()),
        }
    }

    /// Posts JSON that bollard's models cannot carry.
    async fn post(&self, path: &str, body: &Json, faults: &Faults) -> Result<Json, CallError> {
        let body = Full::new(Bytes::from(body.to_string()));
        let mut request = Request::new(body.map_err(|never| match never {}).boxed_unsync());
        request.headers_mut().insert(
            hyper::header::CONTENT_TYPE,
            hyper::header::HeaderValue::from_static("application/json"),
        );
        let bytes = self.exchange(Method::POST, path, request, faults).await?;
        if bytes.is_empty() {
            return Ok(Json::Null);
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| faults.broken(format!("The answer is no JSON: {error}.")))
    }

    /// Sends a write, and reads its answer to the end.
    pub(super) async fn exchange(
        &self,
        method: Method,
        path: &str,
        mut request: Request<Body>,
        faults: &Faults,
    ) -> Result<Vec<u8>, CallError> {
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().map_err(|_| faults.refused("The path is none."))?;
        let response = self
            .wire
            .write(request)
            .await
            .map_err(|error| faults.wire(&error))?;
        let status = response.status();
        let body = collect(response, ANSWER, faults).await?;
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            Ok(body)
        } else {
            Err(faults.status(status, &body))
        }
    }
}

impl Read for Docker {
    fn about(&self) -> &About {
        self.reader.about()
    }

    fn list<'a>(
        &'a self,
        kind: ObjectKind,
        labels: &'a LabelFilter,
    ) -> BoxFuture<'a, Result<Vec<Json>, CallError>> {
        self.reader.list(kind, labels)
    }

    fn inspect<'a>(
        &'a self,
        kind: ObjectKind,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        self.reader.inspect(kind, id)
    }

    fn logs<'a>(&'a self, container: &'a str, lines: Option<u32>) -> BoxFuture<'a, Result<Logs, CallError>> {
        self.reader.logs(container, lines)
    }

    fn archive<'a>(
        &'a self,
        container: &'a str,
        path: &'a str,
        limit: u64,
    ) -> BoxFuture<'a, Result<Option<Vec<u8>>, CallError>> {
        self.reader.archive(container, path, limit)
    }

    fn distribution<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Option<Json>, CallError>> {
        self.reader.distribution(image)
    }

    fn wait<'a>(
        &'a self,
        container: &'a str,
        condition: Condition,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Waited, CallError>> {
        self.reader.wait(container, condition, limit)
    }
}

impl Engine for Docker {
    fn call<'a>(&'a self, call: Call, progress: OnProgress<'a>) -> BoxFuture<'a, Result<Reply, CallError>> {
        Box::pin(self.make(call, progress))
    }
}

/// Says how long a call may take that stops nothing.
fn deadline(call: &Call) -> Duration {
    match call {
        Call::ArchivePut { tar, .. } => DEADLINE + Duration::from_secs((tar.len() >> 20) as u64),
        _ => DEADLINE,
    }
}

/// Says how long stopping may take. A negative grace time means that the engine waits without end, and so does the call.
fn stop_deadline(grace: i64) -> Duration {
    u64::try_from(grace).map_or(Duration::MAX, |grace| Duration::from_secs(grace) + STOP)
}

/// Says which container a call stops, and with which grace time.
fn stops(call: &Call) -> Option<(String, Option<i64>)> {
    match call {
        Call::ContainerStop { id, timeout } | Call::ContainerRestart { id, timeout } => {
            Some((id.clone(), *timeout))
        }
        _ => None,
    }
}

fn done<T>(result: Result<T, BollardError>, faults: &Faults) -> Result<Reply, CallError> {
    result.map(|_| nothing()).map_err(|error| fault(&error, faults))
}

/// A reply that says nothing but that the call is done.
pub(super) fn nothing() -> Reply {
    Reply {
        id: None,
        warnings: Vec::new(),
        result: Json::Null,
    }
}

/// Checks the id of what was made: all later calls act by it.
fn made(id: String, warnings: Vec<String>, faults: &Faults) -> Result<Reply, CallError> {
    let is_id =
        (12..=64).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
    if !is_id {
        return Err(faults.broken("The engine answered with an id that is none."));
    }
    Ok(Reply {
        id: Some(id),
        warnings: warnings
            .into_iter()
            .filter(|warning| !warning.is_empty())
            .collect(),
        result: Json::Null,
    })
}

fn warnings(answer: &Json) -> Vec<String> {
    let warnings = answer["Warnings"].as_array().into_iter().flatten();
    warnings
        .filter_map(|warning| Some(warning.as_str()?.to_owned()))
        .collect()
}

pub(super) fn segment(name: &str, faults: &Faults) -> Result<String, CallError> {
    path::segment(name).ok_or_else(|| no_path(name, faults))
}

pub(super) fn no_path(name: &str, faults: &Faults) -> CallError {
    faults.refused(format!("`{name}` cannot be the name of an object."))
}

fn seconds(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
