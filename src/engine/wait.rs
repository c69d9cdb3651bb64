//! Waiting for a container: its events say when to look, its inspect says what is so.
//!
//! The events are subscribed to before the first look, so that nothing can happen unseen in between.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::BodyExt;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::reader::Getter;
use super::{CallError, Condition, Family, Waited, path};

/// How often to look where there are no events.
const POLL: Duration = Duration::from_secs(1);

/// The events that can decide anything: a health check alone causes many others.
const EVENT_KINDS: [&str; 5] = ["start", "die", "health_status", "oom", "destroy"];

/// How large the events that the engine remembers may be.
const EVENTS: u64 = 4 << 20;

/// How long an engine may take to say that it sends events.
const SUBSCRIBE: Duration = Duration::from_secs(5);

/// Waits until a condition holds, cannot hold any more, or the time is up.
pub(super) async fn wait(
    getter: &Getter,
    container: &str,
    condition: Condition,
    limit: Duration,
) -> Result<Waited, CallError> {
    timeout(limit, watch(getter, container, condition))
        .await
        .unwrap_or(Ok(Waited::TimedOut))
}

async fn watch(getter: &Getter, container: &str, condition: Condition) -> Result<Waited, CallError> {
    let mut bell = Bell::hang(getter, container).await;
    let mut probes = Probes::default();
    let mut before = None;
    let settled = match condition {
        Condition::Running { settle } => Some(Instant::now() + Duration::from_millis(settle)),
        _ => None,
    };
    loop {
        let Some(inspect) = getter.container(container).await? else {
            return Ok(Waited::Gone);
        };
        let before = match condition {
            // Starting sets the count to zero, so what it counts are restarts since.
            Condition::Running { .. } => 0,
            _ => *before.get_or_insert_with(|| restarts(&inspect)),
        };
        if condition == Condition::Healthy && getter.family() == Family::Podman {
            probes.keep_up(getter, container, &inspect).await;
        }
        match judge(&inspect, condition, before) {
            Some(Waited::Ended { .. }) if runs(&inspect["State"]) => {
                let exit_code = last_exit(getter, container).await;
                return Ok(Waited::Ended { exit_code });
            }
            Some(waited) => return Ok(waited),
            None => {}
        }
        match settled {
            Some(settled) if Instant::now() >= settled => return Ok(Waited::Met { exit_code: 0 }),
            Some(settled) => tokio::select! {
                () = bell.rung() => {}
                () = sleep_until(settled) => {}
            },
            None => bell.rung().await,
        }
    }
}

/// Says how it ended; `None` while nothing is decided.
pub(super) fn judge(inspect: &Json, condition: Condition, restarts_before: i64) -> Option<Waited> {
    let state = &inspect["State"];
    let exit_code = state["ExitCode"].as_i64().unwrap_or_default();
    let runs = runs(state);
    let restarted = restarts(inspect) > restarts_before;
    match condition {
        Condition::Exited => {
            let ended = !runs && state["Restarting"] != true && state["Status"] != "created";
            ended.then_some(Waited::Met { exit_code })
        }
        _ if !runs || restarted => Some(Waited::Ended { exit_code }),
        Condition::Running { .. } => None,
        Condition::Healthy => match state["Health"]["Status"].as_str() {
            Some("starting") => None,
            Some("unhealthy") => Some(Waited::Unhealthy {
                output: last_output(state),
            }),
            _ => Some(Waited::Met { exit_code: 0 }),
        },
    }
}

/// Tells whether it runs; an engine calls one that waits for its restart running too.
fn runs(state: &Json) -> bool {
    state["Running"] == true && state["Restarting"] != true
}

/// Finds how a container that runs again had ended, in the events that the engine remembers; 0 if it does not.
async fn last_exit(getter: &Getter, container: &str) -> i64 {
    if getter.family() == Family::Podman {
        return last_exit_of_podman(getter, container).await;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let filters = json!({ "container": [container], "event": ["die"] }).to_string();
    // Whole seconds would leave out the second in which it ended.
    let until = format!("{}.{:09}", now.as_secs(), now.subsec_nanos());
    let query = path::query(&[("since", "0"), ("until", &until), ("filters", &filters)]);
    let path = format!("/events{query}");
    let events = getter.bytes(&path, &HeaderMap::new(), EVENTS, SUBSCRIBE).await;
    let events = events.ok().flatten().unwrap_or_default();
    parse(&events)
        .filter_map(|event| event["Actor"]["Attributes"]["exitCode"].as_str()?.parse().ok())
        .last()
        .unwrap_or_default()
}

/// Podman's filters and times do not work together, and its events have other names.
async fn last_exit_of_podman(getter: &Getter, container: &str) -> i64 {
    let path = format!("/events{}", path::query(&[("stream", "false"), ("since", "1")]));
    let events = getter.bytes(&path, &HeaderMap::new(), EVENTS, SUBSCRIBE).await;
    let events = events.ok().flatten().unwrap_or_default();
    parse(&events)
        .filter(|event| {
            event["Actor"]["ID"] == container && matches!(event["Action"].as_str(), Some("died" | "die"))
        })
        .filter_map(|event| {
            let attributes = &event["Actor"]["Attributes"];
            let code = attributes["containerExitCode"]
                .as_str()
                .or(attributes["exitCode"].as_str());
            code?.parse().ok()
        })
        .last()
        .unwrap_or_default()
}

fn parse(events: &[u8]) -> impl Iterator<Item = Json> {
    serde_json::Deserializer::from_slice(events)
        .into_iter::<Json>()
        .map_while(Result::ok)
}

fn restarts(inspect: &Json) -> i64 {
    inspect["RestartCount"].as_i64().unwrap_or_default()
}

fn last_output(state: &Json) -> String {
    let last = state["Health"]["Log"].as_array().and_then(|log| log.last());
    last.and_then(|probe| probe["Output"].as_str())
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// Asks Podman for health checks that nobody makes: it leaves them to systemd, which not every machine has.
#[derive(Default)]
struct Probes {
    /// The last check that was seen, and when to ask for one if no other follows.
    last: Option<(Json, Instant)>,
}

impl Probes {
    async fn keep_up(&mut self, getter: &Getter, container: &str, inspect: &Json) {
        let check = &inspect["Config"]["Healthcheck"];
        let Some(interval) = check["Interval"].as_u64().map(Duration::from_nanos) else {
            return;
        };
        let log = inspect["State"]["Health"]["Log"].as_array();
        let seen = log
            .and_then(|log| log.last())
            .map_or(Json::Null, |check| check["Start"].clone());
        let due = match &self.last {
            Some((last, due)) if *last == seen => *due,
            _ => {
                // Systemd gets the chance to be first.
                let due = Instant::now() + interval + (interval / 2).min(POLL);
                self.last = Some((seen, due));
                due
            }
        };
        if Instant::now() < due {
            return;
        }
        if let Some(id) = path::segment(container) {
            // What it says stands in the next inspect.
            let _ = getter.json(&format!("/libpod/containers/{id}/healthcheck")).await;
        }
    }
}

/// Rings whenever something happens to the container.
struct Bell {
    events: Option<Response<Incoming>>,
    polls: bool,
}

impl Bell {
    async fn hang(getter: &Getter, container: &str) -> Self {
        let filters =
            json!({ "type": ["container"], "container": [container], "event": EVENT_KINDS }).to_string();
        let path = format!("/events{}", path::query(&[("filters", &filters)]));
        let events = timeout(SUBSCRIBE, getter.stream(&path)).await;
        let events = events.ok().and_then(Result::ok);
        Self {
            events,
            // Podman does not send every event that is asked for.
            polls: getter.family() == Family::Podman,
        }
    }

    async fn rung(&mut self) {
        let Some(events) = &mut self.events else {
            return sleep(POLL).await;
        };
        let event = async {
            match events.frame().await {
                Some(Ok(_)) => true,
                Some(Err(_)) | None => false,
            }
        };
        let heard = if self.polls {
            timeout(POLL, event).await.unwrap_or(true)
        } else {
            event.await
        };
        if !heard {
            self.events = None;
        }
    }
}
