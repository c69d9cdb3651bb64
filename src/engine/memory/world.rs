//! Everything that the in-memory engine has, and what its calls do to it: as Docker 20.10 does it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::super::{Call, LabelFilter, ObjectKind, Reply};
use super::container::{Container, Endpoint, Phase};
use super::defaults::{host_config, inherit, volumes};
use super::image::{self, Image, familiar};
use super::{Refusal, refuse};

/// All objects.
#[derive(Default)]
pub(super) struct World {
    /// The virtual clock.
    pub(super) now: Duration,
    pub(super) containers: BTreeMap<String, Container>,
    pub(super) networks: BTreeMap<String, Json>,
    volumes: BTreeMap<String, Json>,
    pub(super) images: BTreeMap<String, Image>,
    /// What the registries have: the digest by reference.
    pub(super) registry: BTreeMap<String, String>,
    /// What calls on containers that are there answer 200 to and ignore, by the names of the API.
    pub(super) ignored: BTreeSet<String>,
    made: u64,
}

impl World {
    /// Makes a call, other than a conversation.
    pub(super) fn call(&mut self, call: Call) -> Result<Reply, Refusal> {
        self.settle();
        match call {
            Call::VolumeCreate { body } => Ok(self.create_volume(&body)),
            Call::VolumeRemove { name } => self.remove_volume(&name),
            Call::NetworkCreate { body } => Ok(self.create_network(&body)),
            Call::NetworkRemove { id } => self.remove_network(&id),
            Call::NetworkConnect { id, body } => self.connect(&id, &body),
            Call::NetworkDisconnect { id, container } => self.disconnect(&id, &container),
            Call::ImagePull { reference, .. } => self.pull(&reference),
            Call::ImageBuild(build) => {
                let built = image::build(&build, |name| Some(self.images[&self.image(name)?].clone()));
                let (id, image) = built?;
                Ok(self.keep_image(id, image, &build.tags))
            }
            Call::ImageImport {
                layer,
                reference,
                changes,
            } => {
                let (id, image) = image::import(&layer, &changes)?;
                Ok(self.keep_image(id, image, &[reference]))
            }
            Call::ImageRemove { reference } => self.remove_image(&reference),
            Call::ContainerCreate { name, body } => self.create_container(&name, &body),
            call => self.manage(call),
        }
    }

    /// Lets happen what has happened by now.
    pub(super) fn settle(&mut self) {
        for container in self.containers.values_mut() {
            container.settle(self.now);
        }
    }

    fn create_volume(&mut self, body: &Json) -> Reply {
        let name = body["Name"].as_str().unwrap_or_default().to_owned();
        self.volumes.entry(name.clone()).or_insert_with(|| {
            json!({
                "Name": name, "Driver": body["Driver"].as_str().unwrap_or("local"), "Scope": "local",
                "Labels": body["Labels"], "Options": body["DriverOpts"],
                "Mountpoint": format!("/var/lib/docker/volumes/{name}/_data")
            })
        });
        reply(Some(name))
    }

    fn remove_volume(&mut self, name: &str) -> Result<Reply, Refusal> {
        if !self.volumes.contains_key(name) {
            return Err(refuse(404, format!("get {name}: no such volume")));
        }
        if self
            .containers
            .values()
            .any(|container| volumes(&container.host_config).contains(name))
        {
            return Err(refuse(409, format!("remove {name}: volume is in use")));
        }
        self.volumes.remove(name);
        Ok(reply(None))
    }

    /// Names of networks are not unique.
    fn create_network(&mut self, body: &Json) -> Reply {
        let id = self.new_id();
        let or = |name: &str, default: Json| match &body[name] {
            Json::Null => default,
            value => value.clone(),
        };
        let ipam = json!({ "Driver": "default", "Options": null, "Config": [{ "Subnet": "172.30.0.0/16", "Gateway": "172.30.0.1" }] });
        let network = json!({
            "Id": id, "Name": body["Name"], "Driver": or("Driver", json!("bridge")), "Scope": "local",
            "EnableIPv6": or("EnableIPv6", json!(false)), "Internal": or("Internal", json!(false)),
            "Attachable": or("Attachable", json!(false)), "Ingress": false, "ConfigOnly": false,
            "IPAM": or("IPAM", ipam), "Options": or("Options", json!({})), "Labels": or("Labels", json!({})),
            "Containers": {}
        });
        self.networks.insert(id.clone(), network);
        reply(Some(id))
    }

    fn remove_network(&mut self, id: &str) -> Result<Reply, Refusal> {
        let id = self.network(id)?;
        let in_use = self.containers.values().any(|container| {
            matches!(container.phase, Phase::Running(_))
                && container
                    .endpoints
                    .values()
                    .any(|endpoint| endpoint.network == id)
        });
        if in_use {
            return Err(refuse(403, format!("network {id} has active endpoints")));
        }
        self.networks.remove(&id);
        Ok(reply(None))
    }

    fn connect(&mut self, network: &str, body: &Json) -> Result<Reply, Refusal> {
        let network = self.network(network)?;
        let name = text(&self.networks[&network]["Name"]);
        let ignored = self.ignored.clone();
        let container = self.container(body["Container"].as_str().unwrap_or_default())?;
        if container.endpoints.contains_key(&name) {
            return Err(refuse(403, format!("endpoint already exists in network {name}")));
        }
        let mut settings = body["EndpointConfig"].clone();
        if let Some(settings) = settings.as_object_mut() {
            settings.retain(|name, _| !ignored.contains(name));
        }
        container
            .endpoints
            .insert(name.clone(), Endpoint { network, settings });
        let lacks_ports = matches!(container.phase, Phase::Running(_)) && container.ports.is_empty();
        let id = self.container_id(body["Container"].as_str().unwrap_or_default())?;
        if lacks_ports && self.publishes(&id) {
            let ports = self.take_ports(&id);
            let container = self.container(&id)?;
            match ports {
                Ok(ports) => container.ports = ports,
                Err(taken) => {
                    container.endpoints.remove(&name);
                    return Err(taken);
                }
            }
        }
        Ok(reply(None))
    }

    fn disconnect(&mut self, network: &str, container: &str) -> Result<Reply, Refusal> {
        let name = match self.network(network) {
            Ok(id) => text(&self.networks[&id]["Name"]),
            // One that was removed is still known by its name to those that were in it.
            Err(_) => network.to_owned(),
        };
        let id = self.container_id(container)?;
        if self.container(&id)?.endpoints.remove(&name).is_none() {
            return Err(refuse(
                404,
                format!("container is not connected to network {name}"),
            ));
        }
        if !self.publishes(&id) {
            self.container(&id)?.ports.clear();
        }
        Ok(reply(None))
    }

    fn pull(&mut self, reference: &str) -> Result<Reply, Refusal> {
        let reference = familiar(reference);
        let digest = self.registry.get(&reference);
        let digest = digest.ok_or_else(|| refuse(404, format!("manifest for {reference} not found")))?;
        let image = Image {
            digest: Some(digest.clone()),
            ..Image::default()
        };
        let id = image::id(&[digest.as_bytes()]);
        Ok(self.keep_image(id, image, &[reference]))
    }

    /// Keeps an image under its references, which leave the images that had them.
    pub(super) fn keep_image(&mut self, id: String, image: Image, references: &[String]) -> Reply {
        let references: Vec<String> = references.iter().map(|reference| familiar(reference)).collect();
        for image in self.images.values_mut() {
            image.tags.retain(|tag| !references.contains(tag));
        }
        let kept = self.images.entry(id.clone()).or_insert(image);
        kept.tags.extend(references);
        reply(Some(id))
    }

    fn remove_image(&mut self, reference: &str) -> Result<Reply, Refusal> {
        let id = self.image(reference).ok_or_else(|| no_image(reference))?;
        let used = self.containers.values().any(|container| container.image == id);
        if let Some(image) = self.images.get_mut(&id) {
            image
                .tags
                .retain(|tag| *tag != familiar(reference) && id != reference);
            if image.tags.is_empty() && used {
                image.tags.push(familiar(reference));
                return Err(refuse(
                    409,
                    format!("unable to remove {reference}: a container uses it"),
                ));
            }
            if image.tags.is_empty() {
                self.images.remove(&id);
            }
        }
        Ok(reply(None))
    }

    fn create_container(&mut self, name: &str, body: &Json) -> Result<Reply, Refusal> {
        if self.containers.values().any(|container| container.name == name) {
            return Err(refuse(
                409,
                format!("Conflict. The container name \"/{name}\" is already in use"),
            ));
        }
        let reference = body["Image"].as_str().unwrap_or_default();
        let image = self.image(reference).ok_or_else(|| no_image(reference))?;
        let mut config = body.as_object().cloned().unwrap_or_default();
        let asked = config.remove("HostConfig");
        let networking = config.remove("NetworkingConfig").unwrap_or_default();
        inherit(&mut config, &self.images[&image].config);
        let host_config = host_config(asked.as_ref().and_then(Json::as_object));
        for volume in volumes(&host_config) {
            self.create_volume(&json!({ "Name": volume }));
        }
        let endpoints = self.first_endpoints(&host_config, &networking);
        let id = self.new_id();
        let container = Container {
            name: name.to_owned(),
            config,
            host_config,
            image,
            phase: Phase::Created,
            restarts: 0,
            endpoints,
            ports: BTreeMap::new(),
            files: BTreeMap::new(),
            stdout: String::new(),
            stderr: String::new(),
        };
        self.containers.insert(id.clone(), container);
        Ok(reply(Some(id)))
    }

    fn first_endpoints(
        &self,
        host_config: &Map<String, Json>,
        networking: &Json,
    ) -> BTreeMap<String, Endpoint> {
        let mode = host_config["NetworkMode"].as_str().unwrap_or_default();
        let named = |id: &str| {
            self.networks
                .get(id)
                .map_or_else(|| id.to_owned(), |network| text(&network["Name"]))
        };
        let mode = match mode {
            "default" => "bridge".to_owned(),
            mode => named(mode),
        };
        let mut endpoints = BTreeMap::new();
        if !mode.starts_with("container:") {
            endpoints.insert(mode, Endpoint::default());
        }
        for (name, settings) in networking["EndpointsConfig"].as_object().into_iter().flatten() {
            endpoints.entry(named(name)).or_default().settings = settings.clone();
        }
        endpoints
    }

    /// Finds a container's id by its id, the beginning of it, or its name.
    pub(super) fn container_id(&self, id: &str) -> Result<String, Refusal> {
        let by_name = || self.containers.iter().find(|(_, container)| container.name == id);
        let by_start = || {
            self.containers
                .iter()
                .find(|(full, _)| id.len() >= 12 && full.starts_with(id))
        };
        let found = self
            .containers
            .get_key_value(id)
            .or_else(by_name)
            .or_else(by_start);
        let found = found.ok_or_else(|| refuse(404, format!("No such container: {id}")))?;
        Ok(found.0.clone())
    }

    pub(super) fn container(&mut self, id: &str) -> Result<&mut Container, Refusal> {
        let found = self.container_id(id)?;
        self.containers
            .get_mut(&found)
            .ok_or_else(|| refuse(404, format!("No such container: {id}")))
    }

    /// Finds a network's id by its id or its name, if that is not ambiguous.
    fn network(&self, id: &str) -> Result<String, Refusal> {
        if self.networks.contains_key(id) {
            return Ok(id.to_owned());
        }
        let mut named = self.networks.iter().filter(|(_, network)| network["Name"] == id);
        match (named.next(), named.next()) {
            (Some((id, _)), None) => Ok(id.clone()),
            (Some(_), Some(_)) => Err(refuse(400, format!("network {id} is ambiguous"))),
            (None, _) => Err(refuse(404, format!("network {id} not found"))),
        }
    }

    pub(super) fn networks_by_name(&self) -> BTreeMap<String, String> {
        let networks = self.networks.iter();
        networks
            .map(|(id, network)| (text(&network["Name"]), id.clone()))
            .collect()
    }

    fn image(&self, reference: &str) -> Option<String> {
        if self.images.contains_key(reference) {
            return Some(reference.to_owned());
        }
        let tag = familiar(reference);
        let is_meant = |image: &Image| {
            image.tags.contains(&tag)
                || tag
                    .split_once('@')
                    .is_some_and(|(_, digest)| image.digest.as_deref() == Some(digest))
        };
        self.images
            .iter()
            .find(|(_, image)| is_meant(image))
            .map(|(id, _)| id.clone())
    }

    /// Returns what an inspect shows.
    pub(super) fn inspect(&mut self, kind: ObjectKind, id: &str) -> Option<Json> {
        self.settle();
        match kind {
            ObjectKind::Container => {
                let id = self.container_id(id).ok()?;
                Some(self.containers[&id].inspect(&id, self.now))
            }
            ObjectKind::Image => self.image(id).map(|id| self.images[&id].inspect(&id)),
            ObjectKind::Network => Some(self.networks[&self.network(id).ok()?].clone()),
            ObjectKind::Volume => self.volumes.get(id).cloned(),
        }
    }

    /// Returns what a list shows.
    pub(super) fn list(&mut self, kind: ObjectKind, labels: &LabelFilter) -> Vec<Json> {
        self.settle();
        let objects: Vec<Json> = match kind {
            ObjectKind::Container => {
                let containers = self.containers.iter();
                containers
                    .map(|(id, container)| summary(&container.inspect(id, self.now)))
                    .collect()
            }
            ObjectKind::Image => self.images.iter().map(|(id, image)| image.summary(id)).collect(),
            ObjectKind::Network => self.networks.values().cloned().collect(),
            ObjectKind::Volume => self.volumes.values().cloned().collect(),
        };
        objects
            .into_iter()
            .filter(|object| bears(&object["Labels"], labels))
            .collect()
    }

    fn new_id(&mut self) -> String {
        self.made += 1;
        image::id(&[&self.made.to_le_bytes()])
            .trim_start_matches("sha256:")
            .to_owned()
    }
}

fn bears(labels: &Json, wanted: &LabelFilter) -> bool {
    wanted
        .iter()
        .all(|(name, value)| match (labels.get(name), value) {
            (Some(found), Some(value)) => found == value,
            (found, None) => found.is_some(),
            (None, Some(_)) => false,
        })
}

fn summary(inspect: &Json) -> Json {
    json!({
        "Id": inspect["Id"], "Names": [inspect["Name"]], "Image": inspect["Config"]["Image"],
        "ImageID": inspect["Image"], "Labels": inspect["Config"]["Labels"], "State": inspect["State"]["Status"],
        "NetworkSettings": { "Networks": inspect["NetworkSettings"]["Networks"] }, "Mounts": inspect["Mounts"]
    })
}

fn no_image(reference: &str) -> Refusal {
    refuse(404, format!("No such image: {reference}"))
}

pub(super) fn reply(id: Option<String>) -> Reply {
    Reply {
        id,
        warnings: Vec::new(),
        result: Json::Null,
    }
}

pub(super) fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
