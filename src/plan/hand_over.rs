//! Whether a container can hand what only one can have over to its successor, and what stands against it.

use std::collections::BTreeSet;

use super::conflicts::{addresses_of, host_ports};
use super::rolling;
use super::walk::Walk;
use crate::address::Address;
use crate::desired::Instance;
use crate::engine::ObjectKind;
use crate::kinds::{Kind, Spec, Status};
use crate::observe::Object;
use crate::plan::Action;
use crate::value::Value;

/// The network of those that name none.
const DEFAULT_NETWORK: &str = "bridge";

/// How an object is replaced.
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
    /// Says what the reader would not expect.
    pub(super) fn note(self) -> Option<String> {
        match self {
            Self::StopFirst { because } => because,
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
        if !instance.lifecycle.start_first || kind.object() != Some(ObjectKind::Container) {
            return Order::StopFirst { because: None };
        }
        if let Some(address) = self.waits_for(instance) {
            let because = format!("it cannot start first: {address} is replaced, and waits until it is gone");
            return Order::StopFirst {
                because: Some(because),
            };
        }
        let runs = matches!(object.live.status, Status::Running | Status::Other);
        if !runs || !clashes(&instance.spec, &object.live.spec) {
            return Order::StartFirst;
        }
        match self.obstacle(instance, kind, object) {
            None => Order::HandOver,
            Some(obstacle) => Order::StopFirst {
                because: Some(format!(
                    "it cannot start first: both want the same port or address, and {obstacle}"
                )),
            },
        }
    }

    /// Tells whether the predecessor is kept until all is well, although it stops first.
    pub(super) fn keeps_old(
        &self,
        instance: &Instance,
        kind: &dyn Kind,
        replaced_networks: &[String],
    ) -> bool {
        kind.object() == Some(ObjectKind::Container)
            && rolling::rolls_back(&instance.spec)
            && replaced_networks.is_empty()
            && self.waits_for(instance).is_none()
    }

    /// Returns what is taken away before it is made anew, and so must be let go of first.
    fn waits_for<'i>(&self, instance: &'i Instance) -> Option<&'i Address> {
        instance.dependencies.iter().find(|address| {
            self.decided.get(*address).is_some_and(|dependency| {
                dependency.change.action == Action::Replace && !dependency.ops.down.is_empty()
            })
        })
    }

    /// Returns what stands against a hand-over.
    fn obstacle(&self, instance: &Instance, kind: &dyn Kind, object: &Object) -> Option<String> {
        let spec = &instance.spec;
        let text = |name: &str| spec.get(name).and_then(Value::as_str);
        if kind.name() != "container" || !self.observed.release.hands_over() {
            return Some("they can be handed over by containers of Docker alone".to_owned());
        }
        if text("network_mode").is_some_and(|mode| mode != DEFAULT_NETWORK) {
            return Some("`network_mode` ties it to one network".to_owned());
        }
        if spec.contains_key("mac_address") {
            return Some("so they do with the hardware address".to_owned());
        }
        if let Some((name, _)) = self.attached(kind, spec, Some(object)).first() {
            return Some(format!("the network {name} is replaced"));
        }
        let wanted = networks(spec);
        let of_driver = |it: &&str| {
            self.network(it)
                .is_some_and(|network| text_of(network, "driver").is_some_and(|driver| driver != "bridge"))
        };
        if let Some(name) = wanted.iter().find(|name| of_driver(name)) {
            return Some(format!("the network {name} is not of the driver `bridge`"));
        }
        let inner = self.inner_networks();
        let unreachable = instance.dependencies.iter().find(|address| {
            self.decided
                .get(*address)
                .filter(|it| it.change.address.kind() == "container")
                .is_some_and(|it| {
                    let theirs = networks(&it.spec);
                    let mut shared = wanted.intersection(&theirs).peekable();
                    shared.peek().is_some() && !shared.any(|network| inner.contains(*network))
                })
        });
        unreachable.map(|address| {
            format!(
                "while it warms up it would not reach {address}: put both on a network with `internal = true` besides"
            )
        })
    }

    /// Returns the networks without a way out, by name: no port is published in them.
    pub(super) fn inner_networks(&self) -> BTreeSet<String> {
        let of_network = |address: &&Address| address.kind() == "network";
        let all = self.decided.iter().filter(|(address, _)| of_network(address));
        all.filter(|(_, network)| {
            let internal = network.attributes.get("internal");
            internal.and_then(Value::as_bool) == Some(true)
        })
        .map(|(_, network)| network.change.name.clone())
        .collect()
    }

    /// Returns what is known of a network by its name.
    fn network(&self, name: &str) -> Option<&crate::value::Attributes> {
        self.decided
            .values()
            .filter(|it| it.change.address.kind() == "network")
            .find(|it| it.change.name == name)
            .map(|it| &it.attributes)
    }
}

fn text_of<'a>(attributes: &'a crate::value::Attributes, name: &str) -> Option<&'a str> {
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

fn networks(spec: &Spec) -> BTreeSet<&str> {
    let blocks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
    let names: BTreeSet<&str> = blocks
        .iter()
        .filter_map(|network| network.get("name")?.as_str())
        .collect();
    match names.is_empty() {
        true => BTreeSet::from([DEFAULT_NETWORK]),
        false => names,
    }
}
