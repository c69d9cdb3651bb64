//! What calls on one container do: start, stop, restart, kill, remove, rename, update, files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::super::{Call, Reply};
use super::container::{Container, Phase};
use super::defaults::update;
use super::world::{World, reply, text};
use super::{Refusal, image, refuse};

/// The first port that is given to those who ask for any.
const FIRST_PORT: u16 = 32768;

impl World {
    pub(super) fn manage(&mut self, call: Call) -> Result<Reply, Refusal> {
        let now = self.now;
        match call {
            Call::ContainerStart { id } => self.start(&id)?,
            Call::ContainerStop { id, .. } => self.stop(&id, 137)?,
            Call::ContainerRestart { id, .. } => {
                self.stop(&id, 137)?;
                self.start(&id)?;
            }
            Call::ContainerKill { id, signal } => {
                let container = self.container(&id)?;
                if !matches!(container.phase, Phase::Running(_)) {
                    return Err(refuse(409, format!("Container {id} is not running")));
                }
                if matches!(signal.trim_start_matches("SIG"), "KILL" | "TERM" | "INT" | "QUIT") {
                    container.end(now, 137);
                }
            }
            Call::ContainerRemove { id, force, .. } => {
                let container = self.container(&id)?;
                if matches!(container.phase, Phase::Running(_)) && !force {
                    return Err(refuse(409, "You cannot remove a running container"));
                }
                let id = self.container_id(&id)?;
                self.containers.remove(&id);
            }
            Call::ContainerRename { id, name } => {
                if self.containers.values().any(|container| container.name == name) {
                    return Err(refuse(
                        409,
                        format!("Conflict. The container name \"/{name}\" is already in use"),
                    ));
                }
                let is_ignored = self.ignored.contains("Name");
                let container = self.container(&id)?;
                if !is_ignored {
                    container.name = name;
                }
            }
            Call::ContainerUpdate { id, mut body } => {
                if let Some(body) = body.as_object_mut() {
                    body.retain(|name, _| !self.ignored.contains(name));
                }
                update(self.container(&id)?, &body);
            }
            Call::ArchivePut { id, path, tar } => put(self.container(&id)?, &path, &tar)?,
            _ => return Err(refuse(400, "this call is none on a container")),
        }
        Ok(reply(None))
    }

    pub(super) fn start(&mut self, id: &str) -> Result<(), Refusal> {
        let id = self.container_id(id)?;
        if matches!(self.containers[&id].phase, Phase::Running(_)) {
            return Ok(());
        }
        let networks: BTreeMap<String, String> = self.networks_by_name();
        let ports = match self.publishes(&id) {
            true => self.take_ports(&id)?,
            false => BTreeMap::new(),
        };
        let now = self.now;
        let container = self.container(&id)?;
        for (name, endpoint) in &mut container.endpoints {
            if matches!(name.as_str(), "bridge" | "host" | "none") {
                endpoint.network = name.clone();
            } else if !networks.values().any(|id| *id == endpoint.network) {
                let found = networks.get(name);
                let found = found.ok_or_else(|| refuse(404, format!("network {name} not found")))?;
                endpoint.network.clone_from(found);
            }
        }
        container.ports = ports;
        container.restarts = 0;
        container.start(now);
        Ok(())
    }

    fn stop(&mut self, id: &str, code: i64) -> Result<(), Refusal> {
        let now = self.now;
        let container = self.container(id)?;
        container.restarts = 0;
        if matches!(container.phase, Phase::Running(_)) {
            container.end(now, code);
        }
        Ok(())
    }

    /// Tells whether a container is in a network that ports are published in: one with a way out.
    pub(super) fn publishes(&self, id: &str) -> bool {
        let endpoints = self.containers[id].endpoints.iter();
        endpoints.into_iter().any(|(name, endpoint)| {
            let network = self.networks.get(&endpoint.network);
            let network = network.or_else(|| self.networks.values().find(|it| it["Name"] == name.as_str()));
            network.is_none_or(|network| network["Internal"] != true)
        })
    }

    /// Finds the host ports that a container gets when it starts, or joins a network that ports are published in.
    pub(super) fn take_ports(&self, id: &str) -> Result<BTreeMap<String, Vec<(String, u16)>>, Refusal> {
        let taken = self
            .containers
            .values()
            .flat_map(|container| container.ports.values().flatten());
        let mut taken: BTreeSet<u16> = taken.map(|(_, port)| *port).collect();
        let mut ports: BTreeMap<String, Vec<(String, u16)>> = BTreeMap::new();
        let bindings = self.containers[id].host_config.get("PortBindings");
        for (port, bindings) in bindings.and_then(Json::as_object).into_iter().flatten() {
            for binding in bindings.as_array().into_iter().flatten() {
                let wanted = binding["HostPort"].as_str().and_then(|port| port.parse().ok());
                let given = match wanted.filter(|port| *port != 0) {
                    Some(wanted) if taken.contains(&wanted) => {
                        return Err(refuse(
                            500,
                            format!("Bind for 0.0.0.0:{wanted} failed: port is already allocated"),
                        ));
                    }
                    Some(wanted) => wanted,
                    None => (FIRST_PORT..)
                        .find(|port| !taken.contains(port))
                        .unwrap_or(FIRST_PORT),
                };
                taken.insert(given);
                ports
                    .entry(port.clone())
                    .or_default()
                    .push((text(&binding["HostIp"]), given));
            }
        }
        Ok(ports)
    }
}

fn put(container: &mut Container, path: &str, tar: &[u8]) -> Result<(), Refusal> {
    let directory = path.trim_end_matches('/');
    let below = format!("{directory}/");
    if !directory.is_empty() && !container.files.keys().any(|file| file.starts_with(&below)) {
        return Err(refuse(
            404,
            format!("Could not find the file {path} in container"),
        ));
    }
    let files = image::unpack(tar)?;
    container.files.extend(
        files
            .into_iter()
            .map(|(name, content)| (format!("{below}{name}"), content)),
    );
    Ok(())
}
