//! A stream of progress, one JSON object a line → one [`Progress`] for the whole call, and what it came to.
//!
//! An engine says 200 first and `error` in the stream later, so that only its end tells whether the call is done.

use std::collections::BTreeMap;

use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use serde_json::Value as Json;

use super::fault::{Faults, chain};
use super::pulse::Pulse;
use super::{CallError, OnProgress, Progress};

/// How long a line may be.
const LINE: usize = 1 << 20;

/// What a stream came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The id of the image, where the stream gives it.
    pub(super) id: Option<String>,
}

/// Reads a stream to its end.
pub(super) async fn follow(
    response: Response<Incoming>,
    pulse: &Pulse,
    progress: OnProgress<'_>,
    faults: &Faults,
) -> Result<Outcome, CallError> {
    let mut body = response.into_body();
    let mut tally = Tally::default();
    let mut rest = Vec::new();
    while let Some(frame) = body.frame().await {
        pulse.beat();
        let frame = frame.map_err(|error| faults.broken(chain(&error)))?;
        let Ok(data) = frame.into_data() else { continue };
        rest.extend_from_slice(&data);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            tally.line(&line, progress, faults)?;
        }
        if rest.len() > LINE {
            return Err(faults.broken("A line of the progress has no end."));
        }
    }
    tally.line(&rest, progress, faults)?;
    Ok(tally.outcome)
}

/// What was said so far.
#[derive(Default)]
struct Tally {
    outcome: Outcome,
    /// Bytes done and in all, per layer.
    layers: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    fn line(&mut self, line: &[u8], progress: OnProgress<'_>, faults: &Faults) -> Result<(), CallError> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let json: Json = serde_json::from_slice(line)
            .map_err(|error| faults.broken(format!("The progress is no JSON: {error}.")))?;
        if let Some(message) = error(&json) {
            return Err(faults.failed(message));
        }
        if let Some(id) = image(&json) {
            self.outcome.id = Some(id.to_owned());
        }
        if let Some(now) = self.count(&json) {
            progress(now);
        }
        Ok(())
    }

    fn count(&mut self, json: &Json) -> Option<Progress> {
        let message = json["status"]
            .as_str()
            .or_else(|| json["stream"].as_str())?
            .trim();
        if message.is_empty() {
            return None;
        }
        if let (Some(layer), Some(done), Some(total)) = (
            json["id"].as_str(),
            json["progressDetail"]["current"].as_u64(),
            json["progressDetail"]["total"].as_u64(),
        ) {
            self.layers.insert(layer.to_owned(), (done, total));
        } else if let Some(layer) = json["id"].as_str()
            && let Some((done, total)) = self.layers.get_mut(layer)
            && message.ends_with("complete")
        {
            *done = *total;
        }
        let sum = |part: fn(&(u64, u64)) -> u64| {
            (!self.layers.is_empty()).then(|| self.layers.values().map(part).fold(0, u64::saturating_add))
        };
        Some(Progress {
            message: message.to_owned(),
            done: sum(|layer| layer.0),
            total: sum(|layer| layer.1),
        })
    }
}

/// Finds an error: some engines give it in one of the two places alone.
fn error(json: &Json) -> Option<&str> {
    let detail = json["errorDetail"]["message"].as_str();
    detail.or_else(|| json["error"].as_str())
}

/// Finds the id of an image: a build gives it aside, an import as its status.
fn image(json: &Json) -> Option<&str> {
    let aside = json["aux"]["ID"].as_str();
    let status = || {
        json["status"]
            .as_str()
            .filter(|status| status.starts_with("sha256:"))
    };
    aside.or_else(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Family, Reason};
    use std::sync::Mutex;

    fn tally(lines: &[&str]) -> Result<(Outcome, Vec<Progress>), CallError> {
        let seen = Mutex::new(Vec::new());
        let faults = Faults::of_read("pull", Family::Docker);
        let mut tally = Tally::default();
        for line in lines {
            tally.line(line.as_bytes(), &|now| seen.lock().unwrap().push(now), &faults)?;
        }
        Ok((tally.outcome, seen.into_inner().unwrap()))
    }

    #[test]
    fn layers_are_added_up() {
        let (_, seen) = tally(&[
            r#"{"status":"Downloading","id":"a","progressDetail":{"current":1,"total":10}}"#,
            r#"{"status":"Downloading","id":"b","progressDetail":{"current":2,"total":20}}"#,
            r#"{"status":"Download complete","id":"a","progressDetail":{}}"#,
        ])
        .unwrap();
        let last = seen.last().unwrap();
        assert_eq!((last.done, last.total), (Some(12), Some(30)));
        assert_eq!(last.message, "Download complete");
    }

    #[test]
    fn an_error_in_the_stream_is_a_failure_wherever_it_stands() {
        for line in [
            r#"{"error":"no space"}"#,
            r#"{"errorDetail":{"message":"no space"},"error":"x"}"#,
        ] {
            let error = tally(&[r#"{"status":"Pulling"}"#, line]).unwrap_err();
            assert_eq!(
                (error.reason, error.message.as_str()),
                (Reason::Failed, "no space")
            );
        }
    }

    #[test]
    fn the_image_is_told_by_builds_and_by_imports() {
        for line in [r#"{"aux":{"ID":"sha256:1"}}"#, r#"{"status":"sha256:1"}"#] {
            assert_eq!(tally(&[line]).unwrap().0.id.as_deref(), Some("sha256:1"));
        }
    }

    #[test]
    fn a_cut_line_is_no_success() {
        assert_eq!(tally(&[r#"{"status":"#]).unwrap_err().reason, Reason::Broken);
    }
}
