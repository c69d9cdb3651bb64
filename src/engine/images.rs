//! Pull, build and import: calls whose answer is a stream of progress.
//!
//! They do not go through bollard: its stream overlooks errors without a detail, its build takes one tag alone, and it has
//! no deadline that a stalled stream would meet.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use futures_util::TryStreamExt;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request};
use serde_json::json;
use tokio_util::io::ReaderStream;

use super::call::Build;
use super::docker::{ANSWER, Docker, nothing};
use super::fault::Faults;
use super::progress::{Outcome, follow};
use super::pulse::Pulse;
use super::reader::collect;
use super::wire::Body;
use super::{Call, CallError, Family, LabelFilter, ObjectKind, OnProgress, Read, Reply, path};

/// How long a pull or an import may be silent.
const SILENCE: Duration = Duration::from_secs(300);

/// How long a build may be silent: its steps may compute for long without a word.
const BUILD_SILENCE: Duration = Duration::from_secs(1800);

/// Pulls an image with the user's login for its registry.
pub(super) async fn pull(
    docker: &Docker,
    reference: &str,
    platform: Option<&str>,
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let (name, tag) = name_and_tag(reference);
    let mut parameters = vec![("fromImage", name), ("tag", tag)];
    if let Some(platform) = platform {
        parameters.push(("platform", platform));
    }
    let path = format!("/images/create{}", path::query(&parameters));
    let headers = docker.logins.header(reference).await;
    let pulse = Pulse::new();
    stream(docker, &path, headers, empty(), SILENCE, &pulse, progress, faults).await?;
    reply(docker, None, reference, faults).await
}

/// Builds an image from a packed directory.
pub(super) async fn build(
    docker: &Docker,
    build: Build,
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let file = tokio::fs::File::open(&build.context)
        .await
        .map_err(|error| faults.refused(format!("{} cannot be read: {error}.", build.context.display())))?;
    let pulse = Pulse::new();
    let beats = pulse.clone();
    let chunks = ReaderStream::with_capacity(file, 64 << 10)
        .inspect_ok(move |_| beats.beat())
        .map_ok(Frame::data);
    let body = StreamBody::new(chunks).boxed_unsync();
    let headers = docker.logins.all().await;
    let path = format!("/build{}", build_query(&build, docker.about().family));
    let outcome = stream(
        docker,
        &path,
        headers,
        body,
        BUILD_SILENCE,
        &pulse,
        progress,
        faults,
    )
    .await;
    if docker.about().family == Family::Podman {
        remove_stages(docker, &build, faults).await;
    }
    let outcome = outcome?;
    let tag = build.tags.first().map_or("", String::as_str);
    reply(docker, outcome.id, tag, faults).await
}

/// Removes what a build's stages have left behind: Podman before version 5 gives each of them the labels of the image.
///
/// What cannot be removed stays, as it would without us; the image is there all the same.
async fn remove_stages(docker: &Docker, build: &Build, faults: &Faults) {
    let labels = build.labels.iter();
    let labels: LabelFilter = labels
        .map(|(name, value)| (name.clone(), Some(value.clone())))
        .collect();
    if labels.is_empty() {
        return;
    }
    let listed = docker.list(ObjectKind::Image, &labels).await.unwrap_or_default();
    let stages = listed.iter().filter(|image| {
        let tags = image["RepoTags"].as_array();
        tags.is_none_or(Vec::is_empty)
    });
    for id in stages.filter_map(|stage| stage["Id"].as_str()) {
        let remove = Call::ImageRemove {
            reference: id.to_owned(),
        };
        let _ = docker.send(remove, faults).await;
    }
}

/// Makes an image of one layer.
pub(super) async fn import(
    docker: &Docker,
    layer: Vec<u8>,
    reference: &str,
    changes: &[String],
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let (name, tag) = name_and_tag(reference);
    let mut parameters = vec![("fromSrc", "-")];
    // Podman overlooks the tag unless it is a part of the name.
    match docker.about().family {
        Family::Docker => parameters.extend([("repo", name), ("tag", tag)]),
        Family::Podman => parameters.push(("repo", reference)),
    }
    parameters.extend(changes.iter().map(|change| ("changes", change.as_str())));
    let path = format!("/images/create{}", path::query(&parameters));
    let body = Full::new(Bytes::from(layer)).map_err(|never| match never {});
    let pulse = Pulse::new();
    let outcome = stream(
        docker,
        &path,
        HeaderMap::new(),
        body.boxed_unsync(),
        SILENCE,
        &pulse,
        progress,
        faults,
    )
    .await?;
    reply(docker, outcome.id, reference, faults).await
}

#[expect(
    clippy::too_many_arguments,
    reason = "one request with all that it is made of, used by three callers above"
)]
async fn stream(
    docker: &Docker,
    path: &str,
    headers: HeaderMap,
    body: Body,
    silence: Duration,
    pulse: &Pulse,
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Outcome, CallError> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().map_err(|_| faults.refused("The path is none."))?;
    *request.headers_mut() = headers;
    let tar = HeaderValue::from_static("application/x-tar");
    request.headers_mut().insert(CONTENT_TYPE, tar);
    let work = async {
        let response = docker
            .wire
            .write(request)
            .await
            .map_err(|error| faults.wire(&error))?;
        if response.status().is_success() {
            return follow(response, pulse, progress, faults).await;
        }
        let status = response.status();
        let body = collect(response, ANSWER, faults).await?;
        Err(faults.status(status, &body))
    };
    pulse.watch(silence, work).await.ok_or_else(|| faults.late())?
}

/// Says which image it is now; the engine's word that it has finished is checked.
async fn reply(
    docker: &Docker,
    id: Option<String>,
    reference: &str,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let name = id.as_deref().unwrap_or(reference);
    let inspect = docker
        .inspect(ObjectKind::Image, name)
        .await
        .map_err(|error| CallError {
            call: faults.call.clone(),
            certainty: faults.lost,
            ..error
        })?;
    match inspect.as_ref().and_then(|inspect| inspect["Id"].as_str()) {
        Some(id) => Ok(Reply {
            id: Some(id.to_owned()),
            ..nothing()
        }),
        None => Err(faults.broken("The engine reports success, but has no such image.")),
    }
}

fn build_query(build: &Build, family: Family) -> String {
    let table =
        |pairs: &[(String, String)]| json!(pairs.iter().cloned().collect::<BTreeMap<_, _>>()).to_string();
    let (args, labels) = (table(&build.args), table(&build.labels));
    let mut parameters = vec![
        ("dockerfile", build.dockerfile.as_str()),
        ("buildargs", &args),
        ("labels", &labels),
        ("rm", "1"),
        ("forcerm", "1"),
    ];
    parameters.extend(build.tags.iter().map(|tag| ("t", tag.as_str())));
    parameters.extend(build.target.as_deref().map(|target| ("target", target)));
    parameters.extend(build.platform.as_deref().map(|platform| ("platform", platform)));
    let cache = json!(build.cache_from).to_string();
    if !build.cache_from.is_empty() {
        parameters.push(("cachefrom", &cache));
    }
    parameters.extend(build.network.as_deref().map(|network| ("networkmode", network)));
    let hosts = json!(build.extra_hosts).to_string();
    match family {
        Family::Docker => {
            parameters.extend(build.extra_hosts.iter().map(|host| ("extrahosts", host.as_str())));
        }
        Family::Podman if build.extra_hosts.is_empty() => {}
        Family::Podman => parameters.push(("extrahosts", &hosts)),
    }
    let shm_size = build.shm_size.map(|size| size.to_string());
    parameters.extend(shm_size.as_deref().map(|size| ("shmsize", size)));
    parameters.extend(build.no_cache.then_some(("nocache", "1")));
    parameters.extend(build.pull.then_some(("pull", "1")));
    path::query(&parameters)
}

/// Takes a reference apart. Without a tag an engine would pull all of them.
fn name_and_tag(reference: &str) -> (&str, &str) {
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    let (name, tag) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    (name, digest.or(tag).unwrap_or("latest"))
}

fn empty() -> Body {
    Empty::new()
        .map_err(|never| -> io::Error { match never {} })
        .boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_without_a_tag_is_not_all_tags() {
        assert_eq!(name_and_tag("busybox"), ("busybox", "latest"));
        assert_eq!(name_and_tag("localhost:5000/a"), ("localhost:5000/a", "latest"));
        assert_eq!(name_and_tag("localhost:5000/a:1"), ("localhost:5000/a", "1"));
        assert_eq!(name_and_tag("a:1@sha256:00"), ("a", "sha256:00"));
    }

    #[test]
    fn a_build_says_all_that_was_asked_for() {
        let build = Build {
            context: "/x".into(),
            dockerfile: "a/Dockerfile".into(),
            tags: vec!["a:1".into(), "a:2".into()],
            args: vec![("B".into(), "c&d".into())],
            target: Some("t".into()),
            no_cache: true,
            cache_from: vec!["c:1".into()],
            network: Some("none".into()),
            extra_hosts: vec!["h:1.2.3.4".into()],
            shm_size: Some(1024),
            ..Build::default()
        };
        let query = build_query(&build, Family::Docker);
        assert_eq!(
            query,
            "?dockerfile=a%2FDockerfile&buildargs=%7B%22B%22%3A%22c%26d%22%7D&labels=%7B%7D&rm=1&forcerm=1\
             &t=a%3A1&t=a%3A2&target=t&cachefrom=%5B%22c%3A1%22%5D&networkmode=none&extrahosts=h%3A1.2.3.4&shmsize=1024&nocache=1"
        );
        // Podman reads the list as JSON.
        let query = build_query(&build, Family::Podman);
        assert!(query.contains("&extrahosts=%5B%22h%3A1.2.3.4%22%5D&"), "{query}");
    }
}
