//! In which order an object is replaced: whether its successor can come first, whether a container can hand over to it what only one
//! can have, and what stands against that.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::conflicts::{addresses_of, host_ports, subnets_of};
use super::problems;
use super::walk::Walk;
use crate::address::Address;
use crate::desired::Instance;
use crate::engine::ObjectKind;
use crate::kinds::{HandOver, Kind, Spec, Status};
use crate::observe::Object;
use crate::plan::Action;
use crate::value::{Attributes, Value};

/// The network of those that name none.
const DEFAULT_NETWORK: &str = "bridge";

/// Options of networks for which there is one interface of the host.
const EXCLUSIVE_OPTIONS: &[&str] = &["com.docker.network.bridge.name", "parent"];

/// How an object is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    StopFirst {
        /// Why not start-first, if that was asked for.
        because: Option<String>,
    },
    StartFirst,
    /// Start-first, although both want what only one can have.
    HandOver,
}

impl Order {
    /// Nobody asked for another one.
    pub(super) const PLAIN: Self = Self::StopFirst { because: None };

    fn stop_first(because: impl Into<String>) -> Self {
        let because = Some(because.into());
        Self::StopFirst { because }
    }

    pub(super) fn action(&self) -> Action {
        match self {
            Self::StopFirst { .. } => Action::Replace,
            Self::StartFirst | Self::HandOver => Action::ReplaceStartFirst,
        }
    }

    /// Says what the reader would not expect.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::StopFirst { because } => because.clone(),
            Self::StartFirst => None,
            Self::HandOver => Some(
                "its successor warms up without ports and addresses of its own, and takes them over when it is ready"
                    .to_owned(),
            ),
        }
    }
}

impl Walk<'_> {
    /// Decides in which order an object is replaced.
    pub(super) fn order(&self, instance: &Instance, kind: &dyn Kind, object: &Object) -> Order {
        if !instance.lifecycle.start_first {
            return Order::PLAIN;
        }
        match kind.object() {
            Some(ObjectKind::Container) => self.order_of_container(instance, kind, object),
            Some(noun @ (ObjectKind::Network | ObjectKind::Volume)) => {
                order_beside(instance, problems::noun(noun), object)
            }
            // An image is never taken away before its successor is there.
            Some(ObjectKind::Image) | None => Order::PLAIN,
        }
    }

    fn order_of_container(&self, instance: &Instance, kind: &dyn Kind, object: &Object) -> Order {
        let runs = matches!(object.live.status, Status::Running | Status::Other);
        if instance.spec.get("running").and_then(Value::as_bool) == Some(false) {
            // Nothing serves after it, so nothing has to serve until then.
            return match runs {
                true => Order::stop_first("it stops first: its successor is not to run"),
                false => Order::PLAIN,
            };
        }
        if let Some(address) = self.waits_for(instance, kind, object) {
            return Order::stop_first(format!(
                "it cannot start first: {address} is replaced, and waits until it is gone"
            ));
        }
        if !runs || !clashes(&instance.spec, &object.live.spec) {
            return Order::StartFirst;
        }
        match self.obstacle(instance, kind, object) {
            None => Order::HandOver,
            Some(obstacle) => Order::stop_first(format!(
                "it cannot start first: both want the same port or address, and {obstacle}"
            )),
        }
    }

    /// Returns why a predecessor cannot be kept until all is well if it stops first, nor put back if it has to leave a network.
    pub(super) fn unkept(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        object: &Object,
        replaced_networks: &[String],
    ) -> Option<String> {
        if let Some(network) = replaced_networks.first() {
            return Some(format!(
                "the network {network} is replaced, and waits until it has left"
            ));
        }
        let waits = self.waits_for(instance, kind, object);
        waits.map(|address| format!("{address} is replaced, and waits until it is gone"))
    }

    /// Returns what is taken away before it is made anew, and so must be let go of first.
    fn waits_for<'w>(
        &'w self,
        instance: &'w Instance,
        kind: &dyn Kind,
        object: &'w Object,
    ) -> Option<&'w Address> {
        let goes_first = |address: &&Address| {
            self.decided.get(*address).is_some_and(|dependency| {
                dependency.change.action == Action::Replace && !dependency.ops.down.is_empty()
            })
        };
        let held = self.held(kind, &instance.spec, &object.live.spec);
        let held = held.filter(|it| it.goes_first).map(|it| &it.address);
        instance
            .dependencies
            .iter()
            .find(goes_first)
            .or(held.into_iter().next())
    }

    /// Returns what stands against a hand-over.
    fn obstacle(&self, instance: &Instance, kind: &dyn Kind, object: &Object) -> Option<String> {
        let spec = &instance.spec;
        if kind.name() != "container" || !self.observed.release.hands_over() {
            return Some("they can be handed over by containers of Docker alone".to_owned());
        }
        let is_tied = |spec: &Spec| {
            let mode = spec.get("network_mode").and_then(Value::as_str);
            mode.is_some_and(|mode| mode != DEFAULT_NETWORK)
        };
        if is_tied(spec) || is_tied(&object.live.spec) {
            return Some("`network_mode` ties it to one network".to_owned());
        }
        if spec.contains_key("mac_address") {
            return Some("so they do with the hardware address".to_owned());
        }
        if let Some((name, _)) = self.attached(kind, spec, Some(object)).first() {
            return Some(format!("the network {name} is replaced"));
        }
        // To put it back the plan has to say how it was connected, and everybody may read plans.
        let applied = self.applied(&instance.address, Some(object));
        if let Some(name) = secretly_connected(spec).or(secretly_connected(&applied)) {
            return Some(format!("how it is connected to the network {name} is secret"));
        }
        let wanted = networks(spec);
        let of_driver = |it: &&str| {
            self.network(it)
                .is_some_and(|network| text_of(network, "driver").is_some_and(|driver| driver != "bridge"))
        };
        if let Some(name) = wanted.iter().find(|name| of_driver(name)) {
            return Some(format!("the network {name} is not of the driver `bridge`"));
        }
        let unreachable = instance.dependencies.iter().find(|address| {
            self.decided
                .get(*address)
                .filter(|it| it.change.address.kind() == "container")
                .is_some_and(|it| {
                    let theirs = networks(&it.spec);
                    let mut shared = wanted.intersection(&theirs).peekable();
                    shared.peek().is_some() && !shared.any(|network| self.inner_networks.contains(*network))
                })
        });
        unreachable.map(|address| {
            format!(
                "while it warms up it would not reach {address}: put both on a network with `internal = true` besides"
            )
        })
    }

    /// Returns what is known of a network by its name.
    fn network(&self, name: &str) -> Option<&Attributes> {
        let decided = self.decided.get(self.networks.get(name)?)?;
        Some(&decided.attributes)
    }

    /// Returns what a hand-over has to know of networks.
    pub(super) fn hand_over(&self, applied: &Spec, object: &Object, warm_ups: &[String]) -> HandOver {
        let is_in = blocks(&object.live.spec).any(|name| !warm_ups.iter().any(|it| it == name));
        let before: Vec<&str> = networks(applied).into_iter().collect();
        let there = |name: &&str| self.observed.networks.contains_key(*name);
        let lost = before.into_iter().filter(there).filter(|_| !is_in);
        HandOver {
            inner: self.inner_networks.clone(),
            regained: lost.map(str::to_owned).collect(),
        }
    }

    /// Returns the networks that an object warmed up in and was not taken out of, by name.
    pub(super) fn warm_ups(&self, address: &Address, object: &Object) -> Vec<String> {
        let own = self.observed.warm_ups.iter().filter(|(of, _)| of == address);
        let ids: BTreeSet<&str> = own.map(|(_, id)| id.as_str()).collect();
        let networks = object.live.attributes.get("network_ids");
        let networks = networks.and_then(Value::as_entries).into_iter().flatten();
        networks
            .filter(|(_, id)| id.as_str().is_some_and(|id| ids.contains(id)))
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Decides for what one call makes: its successor comes first if both can be there at the same time.
fn order_beside(instance: &Instance, noun: &str, object: &Object) -> Order {
    let spec = &instance.spec;
    if object.live.name == instance.name {
        return Order::stop_first(format!(
            "its successor cannot come first: two {noun}s cannot have the same name"
        ));
    }
    if spec.get("migrate").and_then(Value::as_bool) == Some(true) {
        return Order::stop_first(
            "its successor cannot come first: what is in it goes by way of another one",
        );
    }
    let held = subnets_of(&object.live.spec);
    let overlaps = |subnet: &IpNet| held.iter().any(|it| it.contains(subnet) || subnet.contains(it));
    if let Some(subnet) = subnets_of(spec).iter().find(|subnet| overlaps(subnet)) {
        return Order::stop_first(format!("its successor cannot come first: both want {subnet}"));
    }
    let option = |spec: &Spec, name: &str| {
        let options = spec.get("driver_opts").and_then(Value::as_entries);
        options.and_then(|options| Some(options.get(name)?.as_str()?.to_owned()))
    };
    let same =
        |name: &&&str| option(spec, name).is_some_and(|it| Some(it) == option(&object.live.spec, name));
    match EXCLUSIVE_OPTIONS.iter().find(same) {
        Some(name) if noun == problems::noun(ObjectKind::Network) => Order::stop_first(format!(
            "its successor cannot come first: both want the same interface of the host (`{name}`)"
        )),
        _ => Order::StartFirst,
    }
}

/// Returns a network that a container is connected to in a way that is secret.
fn secretly_connected(spec: &Spec) -> Option<String> {
    let networks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
    let secret = networks.iter().find(|network| network.is_sensitive_anywhere())?;
    let name = secret.get("name").filter(|name| !name.is_sensitive_anywhere());
    Some(name.and_then(Value::as_str).unwrap_or("(sensitive)").to_owned())
}

fn text_of<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.get(name).and_then(Value::as_str)
}

/// Tells whether two containers cannot both run: they want the same port of the host, or the same address.
fn clashes(wanted: &Spec, live: &Spec) -> bool {
    let taken = host_ports(live);
    let held = addresses_of(live);
    host_ports(wanted)
        .iter()
        .any(|port| taken.iter().any(|other| port.clashes(other)))
        || addresses_of(wanted).iter().any(|address| {
            held.iter()
                .any(|other| (&address.network, &address.ip) == (&other.network, &other.ip))
        })
}

/// Returns the networks that a spec names.
fn blocks(spec: &Spec) -> impl Iterator<Item = &str> {
    let blocks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
    blocks.iter().filter_map(|network| network.get("name")?.as_str())
}

fn networks(spec: &Spec) -> BTreeSet<&str> {
    let names: BTreeSet<&str> = blocks(spec).collect();
    match names.is_empty() {
        true => BTreeSet::from([DEFAULT_NETWORK]),
        false => names,
    }
}
