//! A container of the in-memory engine: its life along the virtual clock, and how an engine shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::script::{self, Script};

/// How often a health check runs that says nothing of it.
const INTERVAL: Duration = Duration::from_secs(30);

/// How often a health check fails before the container is unhealthy.
const RETRIES: i64 = 3;

/// Where a container stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Never started.
    Created,
    /// Started at this time.
    Running(Duration),
    /// Ended at this time with this code.
    Exited(Duration, i64),
}

/// A container.
pub(super) struct Container {
    pub(super) name: String,
    /// What it was made from: the request with the image's configuration merged in.
    pub(super) config: Map<String, Json>,
    pub(super) host_config: Map<String, Json>,
    /// The id of its image.
    pub(super) image: String,
    pub(super) phase: Phase,
    pub(super) restarts: i64,
    /// Its networks by name: the id of each when it is there, and what was asked for.
    pub(super) endpoints: BTreeMap<String, Endpoint>,
    /// The host ports that it holds while it runs, by the container's port.
    pub(super) ports: BTreeMap<String, Vec<(String, u16)>>,
    /// Files by absolute path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// A container's place in a network.
#[derive(Clone, Default)]
pub(super) struct Endpoint {
    /// The network's id; empty until the container first starts.
    pub(super) network: String,
    /// What was asked for.
    pub(super) settings: Json,
}

impl Container {
    /// Says what its process does.
    pub(super) fn script(&self) -> Script {
        let words = |name: &str| {
            let words = self
                .config
                .get(name)
                .and_then(Json::as_array)
                .into_iter()
                .flatten();
            words.filter_map(|word| Some(word.as_str()?.to_owned()))
        };
        script::read(&words("Entrypoint").chain(words("Cmd")).collect::<Vec<_>>())
    }

    /// Begins to run.
    pub(super) fn start(&mut self, now: Duration) {
        let script = self.script();
        self.stdout.push_str(&script.stdout);
        self.stderr.push_str(&script.stderr);
        self.phase = Phase::Running(now);
        self.settle(now);
    }

    /// Ends.
    pub(super) fn end(&mut self, now: Duration, code: i64) {
        self.phase = Phase::Exited(now, code);
        self.ports.clear();
    }

    /// Lets happen what has happened by now.
    pub(super) fn settle(&mut self, now: Duration) {
        let Phase::Running(started) = self.phase else {
            return;
        };
        let Some((after, code)) = self.script().end else {
            return;
        };
        if started + after > now {
            return;
        }
        if self.restarts_after(code) {
            // It goes on and on: how often does not matter, that it does is seen.
            self.restarts = self.restarts.max(0) + 1;
            self.phase = Phase::Exited(started + after, code);
        } else {
            self.end(started + after, code);
        }
    }

    /// Returns when something next happens to it by itself.
    pub(super) fn next(&self, now: Duration) -> Option<Duration> {
        let Phase::Running(started) = self.phase else {
            return None;
        };
        let end = self.script().end.map(|(after, _)| started + after);
        let probe = self.probe().map(|probe| probe.decided(started));
        [end, probe].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn restarts_after(&self, code: i64) -> bool {
        let policy = self.host_config.get("RestartPolicy");
        match policy.and_then(|policy| policy["Name"].as_str()) {
            Some("always" | "unless-stopped") => true,
            Some("on-failure") => code != 0,
            _ => false,
        }
    }

    fn is_restarting(&self) -> bool {
        match self.phase {
            Phase::Exited(_, code) => self.restarts > 0 && self.restarts_after(code),
            _ => false,
        }
    }

    fn probe(&self) -> Option<Probe> {
        let check = self.config.get("Healthcheck")?;
        let test: Vec<String> = serde_json::from_value(check["Test"].clone()).ok()?;
        let script = match test.split_first()? {
            (kind, [text]) if kind == "CMD-SHELL" => {
                let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                script::read(&words)
            }
            (kind, command) if kind == "CMD" => script::read(command),
            _ => return None,
        };
        let interval = check["Interval"].as_u64().filter(|interval| *interval > 0);
        Some(Probe {
            passes: script.end.is_some_and(|(_, code)| code == 0),
            output: script.stdout + &script.stderr,
            interval: interval.map_or(INTERVAL, Duration::from_nanos),
            retries: check["Retries"]
                .as_i64()
                .filter(|retries| *retries > 0)
                .unwrap_or(RETRIES),
        })
    }

    fn health(&self, started: Duration, now: Duration) -> Option<Json> {
        let probe = self.probe()?;
        let status = match (now >= probe.decided(started), probe.passes) {
            (false, _) => "starting",
            (true, true) => "healthy",
            (true, false) => "unhealthy",
        };
        let exit_code = i64::from(!probe.passes);
        Some(json!({ "Status": status, "Log": [{ "ExitCode": exit_code, "Output": probe.output }] }))
    }

    /// Returns what `GET /containers/{id}/json` shows.
    pub(super) fn inspect(&self, id: &str, now: Duration) -> Json {
        let networks: Map<String, Json> = self
            .endpoints
            .iter()
            .map(|(name, endpoint)| (name.clone(), self.endpoint(endpoint)))
            .collect();
        let mut config = self.config.clone();
        config.entry("Hostname").or_insert_with(|| id[..12].into());
        json!({
            "Id": id, "Name": format!("/{}", self.name), "Image": self.image, "RestartCount": self.restarts,
            "Created": "2026-01-01T00:00:00Z", "Platform": "linux",
            "State": self.state(now), "Config": config, "HostConfig": self.host_config,
            "Mounts": self.shown_mounts(),
            "NetworkSettings": { "Ports": self.shown_ports(), "Networks": networks }
        })
    }

    /// Returns the volumes among the mounts, as they show once they are mounted.
    fn shown_mounts(&self) -> Vec<Json> {
        let mounts = self.host_config.get("Mounts").and_then(Json::as_array);
        let volumes = mounts
            .into_iter()
            .flatten()
            .filter(|mount| mount["Type"] == "volume");
        volumes
            .map(|mount| json!({"Type": "volume", "Name": mount["Source"], "Destination": mount["Target"]}))
            .collect()
    }

    fn state(&self, now: Duration) -> Json {
        let restarting = self.is_restarting();
        let (status, exit_code) = match self.phase {
            Phase::Created => ("created", 0),
            Phase::Running(_) => ("running", 0),
            Phase::Exited(_, code) if restarting => ("restarting", code),
            Phase::Exited(_, code) => ("exited", code),
        };
        let mut state = json!({
            "Status": status, "Running": restarting || status == "running", "Paused": false,
            "Restarting": restarting, "OOMKilled": false, "Dead": false, "ExitCode": exit_code, "Error": ""
        });
        if let Phase::Running(started) = self.phase
            && let Some(health) = self.health(started, now)
        {
            state["Health"] = health;
        }
        state
    }

    fn endpoint(&self, endpoint: &Endpoint) -> Json {
        let wanted = |name: &str| endpoint.settings.get(name).cloned().unwrap_or(Json::Null);
        let runs = matches!(self.phase, Phase::Running(_));
        json!({
            "IPAMConfig": wanted("IPAMConfig"), "Links": wanted("Links"), "Aliases": wanted("Aliases"),
            "DriverOpts": wanted("DriverOpts"), "NetworkID": endpoint.network, "EndpointID": "", "MacAddress": "",
            "IPAddress": if runs { "172.30.0.2" } else { "" }, "Gateway": if runs { "172.30.0.1" } else { "" }
        })
    }

    fn shown_ports(&self) -> Json {
        let bindings = |ports: &Vec<(String, u16)>| -> Json {
            let shown = ports.iter().map(|(host, port)| {
                let host = if host.is_empty() { "0.0.0.0" } else { host };
                json!({ "HostIp": host, "HostPort": port.to_string() })
            });
            shown.collect()
        };
        let ports = self
            .ports
            .iter()
            .map(|(port, held)| (port.clone(), bindings(held)));
        Json::Object(ports.collect())
    }
}

/// A health check.
struct Probe {
    passes: bool,
    output: String,
    interval: Duration,
    retries: i64,
}

impl Probe {
    /// Returns when it is known how the container is.
    fn decided(&self, started: Duration) -> Duration {
        let rounds = if self.passes { 1 } else { self.retries };
        started + self.interval * u32::try_from(rounds).unwrap_or(u32::MAX)
    }
}
