//! Between bollard and us: its client sends over our wire, its models are used where they lose nothing, its errors become
//! ours.

use std::io;

use bollard::errors::Error as BollardError;
use bollard::{BollardRequest, ClientVersion};
use http_body_util::BodyExt;
use hyper::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::CallError;
use super::fault::{Faults, chain};
use super::wire::{Wire, WireError};

/// Makes a bollard client that sends over our wire.
pub(super) fn client(wire: &Wire, (major, minor): (u32, u32)) -> bollard::Docker {
    let wire = wire.clone();
    let transport = move |request: BollardRequest| {
        let wire = wire.clone();
        async move {
            let request = request.map(|body| body.map_err(io::Error::other).boxed_unsync());
            let response = wire.write(request).await;
            // Its error type has no place for ours, so ours travels inside.
            response.map_err(|error| BollardError::IOError {
                err: io::Error::other(error),
            })
        }
    };
    let version = ClientVersion {
        major_version: major as usize,
        minor_version: minor as usize,
    };
    // Its own deadline covers the wait for the answer's head alone; ours cover the whole call.
    let no_deadline = u64::from(u32::MAX);
    bollard::Docker::connect_with_custom_transport(transport, Some("http://localhost"), no_deadline, &version)
        .expect("a custom transport is taken as it is")
}

/// Turns a body into a model; `None` if the model would lose a part of it.
pub(super) fn faithful<T: DeserializeOwned + Serialize>(body: &Json) -> Option<T> {
    let model: T = serde_json::from_value(body.clone()).ok()?;
    let again = serde_json::to_value(&model).ok()?;
    (without_nulls(again) == without_nulls(body.clone())).then_some(model)
}

/// Takes nulls away: an engine reads them like absent values, and models do not write them.
fn without_nulls(json: Json) -> Json {
    match json {
        Json::Object(entries) => Json::Object(
            entries
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Json::Array(elements) => Json::Array(elements.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Turns bollard's error into ours.
pub(super) fn fault(error: &BollardError, faults: &Faults) -> CallError {
    match error {
        BollardError::DockerResponseServerError { status_code, message } => {
            let status = StatusCode::from_u16(*status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            faults.status(status, message.as_bytes())
        }
        BollardError::IOError { err } => match err.get_ref().and_then(|error| error.downcast_ref()) {
            Some(error) => faults.wire(error as &WireError),
            None => faults.broken(chain(err)),
        },
        BollardError::RequestTimeoutError => faults.late(),
        BollardError::URLEncodedError { .. }
        | BollardError::URLParseError { .. }
        | BollardError::InvalidURIError { .. }
        | BollardError::HttpClientError { .. } => faults.refused(chain(error)),
        _ => faults.broken(chain(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models;
    use serde_json::json;

    #[test]
    fn a_model_that_would_lose_a_key_is_not_used() {
        let plain = json!({ "Name": "a", "Labels": { "b": "c" }, "DriverOpts": null });
        assert!(faithful::<models::VolumeCreateRequest>(&plain).is_some());
        let more = json!({ "Name": "a", "New": 1 });
        assert!(faithful::<models::VolumeCreateRequest>(&more).is_none());
        let duplicate = json!({ "Name": "a", "CheckDuplicate": true });
        assert!(faithful::<models::NetworkCreateRequest>(&duplicate).is_none());
    }

    #[test]
    fn what_a_container_needs_goes_through_the_model() {
        let body = json!({
            "Image": "sha256:00", "Cmd": ["a"], "Env": ["A=b"], "Labels": { "a": "b" },
            "ExposedPorts": { "80/tcp": {} },
            "Healthcheck": { "Test": ["CMD", "true"], "Interval": 1_000_000_000_i64 },
            "HostConfig": {
                "Memory": 6_291_456, "NanoCpus": 500_000_000, "RestartPolicy": { "Name": "always" },
                "PortBindings": { "80/tcp": [{ "HostIp": "127.0.0.1", "HostPort": "" }] },
                "Mounts": [{ "Type": "volume", "Source": "v", "Target": "/v" }],
                "NetworkMode": "n"
            },
            "NetworkingConfig": { "EndpointsConfig": { "n": { "Aliases": ["a"] } } }
        });
        assert!(faithful::<models::ContainerCreateBody>(&body).is_some());
    }
}
