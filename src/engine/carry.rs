//! Copies what one volume holds into another one, through a container that has both mounted and never runs.
//!
//! The archive that the engine packs of one directory is unpacked into the other as it comes: content, numeric owners, modes, times to the
//! second, links of both sorts, device nodes, pipes and capabilities. Then both are read again and held against each other: archives of
//! equal trees are equal. Not the other way round: what no archive holds is neither copied nor missed, which is other extended attributes,
//! access control lists, flags, sockets, fractions of seconds, and where files have holes.

use std::io;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::try_join;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::archive_hash::{ArchiveHash, Summary};
use super::docker::{Docker, nothing, segment};
use super::fault::Faults;
use super::pulse::Pulse;
use super::{CallError, OnProgress, Progress, Reply, path};

/// How long nothing may come: engines look through a large directory before they say anything.
const SILENCE: Duration = Duration::from_secs(600);

/// Copies a directory to another one of the same name.
pub(super) async fn copy(
    docker: &Docker,
    id: &str,
    from: &str,
    to: &str,
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Reply, CallError> {
    let id = segment(id, faults)?;
    let pulse = Pulse::new();
    let work = async {
        let archived = keep(docker, &id, from, &pulse, faults).await?;
        send(docker, &id, archived, to, &pulse, faults).await?;
        let (source, target) = try_join(
            read(docker, &id, from, &pulse, faults),
            read(docker, &id, to, &pulse, faults),
        )
        .await?;
        progress(Progress {
            message: "Verified".into(),
            done: Some(source.bytes),
            total: None,
        });
        if target.is_copy_of(&source) {
            return Ok(nothing());
        }
        Err(faults.refused(format!(
            "What was copied is not what was there: {} bytes in an archive of the one, {} of the other.",
            source.bytes, target.bytes
        )))
    };
    pulse.watch(SILENCE, work).await.ok_or_else(|| faults.late())?
}

/// Keeps the archive of a directory in a file that has no name: an engine holds a container fast until it has packed everything, and
/// unpacks nothing in it meanwhile.
async fn keep(
    docker: &Docker,
    id: &str,
    directory: &str,
    pulse: &Pulse,
    faults: &Faults,
) -> Result<File, CallError> {
    let unkept = |error: io::Error| {
        let place = std::env::temp_dir();
        faults.refused(format!(
            "What is to be copied cannot be kept in a file in {} meanwhile: {error}.",
            place.display()
        ))
    };
    let mut file = File::from_std(tempfile::tempfile().map_err(unkept)?);
    let mut body = stream(docker, id, directory).await?;
    while let Some(frame) = body.frame().await {
        pulse.beat();
        let frame = frame.map_err(|error| faults.broken(super::fault::chain(&error)))?;
        if let Some(data) = frame.data_ref() {
            file.write_all(data).await.map_err(unkept)?;
        }
    }
    file.flush().await.map_err(unkept)?;
    file.rewind().await.map_err(unkept)?;
    Ok(file)
}

/// Puts the archive of a directory into the parent of the other one.
async fn send(
    docker: &Docker,
    id: &str,
    archived: File,
    to: &str,
    pulse: &Pulse,
    faults: &Faults,
) -> Result<(), CallError> {
    let parent = to.rsplit_once('/').map_or("/", |(parent, _)| parent);
    let beats = pulse.clone();
    let chunks = ReaderStream::with_capacity(archived, 64 << 10)
        .inspect_ok(move |_| beats.beat())
        .map_ok(Frame::data);
    let mut request = Request::new(StreamBody::new(chunks).boxed_unsync());
    let tar = HeaderValue::from_static("application/x-tar");
    request.headers_mut().insert(CONTENT_TYPE, tar);
    let target = self::archive(id, parent);
    docker
        .exchange(Method::PUT, &target, request, faults)
        .await
        .map(|_| ())
}

/// Reads the archive of a directory.
async fn read(
    docker: &Docker,
    id: &str,
    directory: &str,
    pulse: &Pulse,
    faults: &Faults,
) -> Result<Summary, CallError> {
    let mut body = stream(docker, id, directory).await?;
    let mut hash = ArchiveHash::default();
    while let Some(frame) = body.frame().await {
        pulse.beat();
        let frame = frame.map_err(|error| faults.broken(super::fault::chain(&error)))?;
        if let Some(data) = frame.data_ref() {
            hash.update(data);
        }
    }
    Ok(hash.finish())
}

async fn stream(docker: &Docker, id: &str, directory: &str) -> Result<Incoming, CallError> {
    let answer = docker.reader.getter().stream(&archive(id, directory)).await?;
    Ok(answer.into_body())
}

fn archive(id: &str, directory: &str) -> String {
    format!("/containers/{id}/archive{}", path::query(&[("path", directory)]))
}
