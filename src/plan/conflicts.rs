//! Things that only one object can have: names, ports of the host, addresses and subnets.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::missing::Networks;
use super::problems::{noun, span_of};
use super::walk::Walk;
use crate::address::Address;
use crate::desired::{Desired, Instance};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::ObjectKind;
use crate::kinds::Spec;
use crate::value::Value;

/// A port of the host that a spec publishes on.
pub(crate) struct HostPort {
    pub(crate) at: usize,
    pub(crate) port: i64,
    pub(crate) protocol: String,
    /// `None` for all addresses.
    pub(crate) ip: Option<String>,
}

impl HostPort {
    /// Tells whether both cannot be published at the same time.
    pub(super) fn clashes(&self, other: &Self) -> bool {
        self.port == other.port
            && self.protocol == other.protocol
            && (self.ip.is_none() || other.ip.is_none() || self.ip == other.ip)
    }
}

/// Returns the ports of the host that a spec asks for by number.
pub(crate) fn host_ports(spec: &Spec) -> Vec<HostPort> {
    let ports = spec.get("port").and_then(Value::as_elements).unwrap_or(&[]);
    let text = |block: &Value, name: &str| block.get(name).and_then(Value::as_str).map(str::to_owned);
    ports
        .iter()
        .enumerate()
        .filter_map(|(at, block)| {
            let ip = text(block, "ip").filter(|ip| ip != "0.0.0.0" && ip != "::");
            Some(HostPort {
                at,
                port: block.get("host")?.as_i64()?,
                protocol: text(block, "protocol").unwrap_or_else(|| "tcp".to_owned()),
                ip,
            })
        })
        .collect()
}

/// Reports what two wanted objects, or a wanted and a foreign one, cannot both have.
///
/// Also what a container cannot be connected to. `leaving` are the names of the networks that go.
pub(crate) fn find(
    walk: &Walk<'_>,
    desired: &Desired,
    is_meant: &dyn Fn(&Address) -> bool,
    leaving: &BTreeSet<&str>,
) -> Diagnostics {
    let mut problems = Diagnostics::default();
    let instances: Vec<(&Instance, ObjectKind)> = desired
        .instances
        .values()
        .filter(|instance| !instance.address.block.data && is_meant(&instance.address))
        .filter_map(|instance| Some((instance, (walk.options.kinds)(instance.address.kind())?.object()?)))
        .collect();
    names(&instances, &mut problems);
    ports(walk, &instances, &mut problems);
    subnets(&instances, &mut problems);
    addresses(&instances, &mut problems);
    let declared = desired.instances.values().filter(|it| !it.address.block.data);
    let networks = Networks::new(
        declared.filter(|it| it.address.kind() == "network"),
        walk.observed,
        leaving,
    );
    let containers = instances
        .iter()
        .filter(|(_, object)| *object == ObjectKind::Container);
    for (container, _) in containers {
        networks.check(container, &mut problems);
    }
    problems
}

fn names(instances: &[(&Instance, ObjectKind)], problems: &mut Diagnostics) {
    let mut seen: BTreeMap<(ObjectKind, &str), &Instance> = BTreeMap::new();
    for (instance, object) in instances {
        // Two blocks may well keep the same image.
        if instance.name.is_empty() || *object == ObjectKind::Image {
            continue;
        }
        if let Some(first) = seen.get(&(*object, instance.name.as_str())) {
            problems.push(
                Diagnostic::error("Name used twice")
                    .detail(format!(
                        "`{}` and `{}` are both to be the {} {:?}.",
                        first.address,
                        instance.address,
                        noun(*object),
                        instance.name
                    ))
                    .at(span_of(instance, "name"), "the same name again")
                    .related(span_of(first, "name"), "first used here")
                    .help("Give one of them another name."),
            );
        } else {
            seen.insert((*object, &instance.name), instance);
        }
    }
}

fn runs(instance: &Instance) -> bool {
    instance.spec.get("running").and_then(Value::as_bool) != Some(false)
}

fn ports(walk: &Walk<'_>, instances: &[(&Instance, ObjectKind)], problems: &mut Diagnostics) {
    let mut seen: Vec<(HostPort, &Instance)> = Vec::new();
    let containers = instances
        .iter()
        .filter(|(instance, object)| *object == ObjectKind::Container && runs(instance));
    for (instance, _) in containers {
        for port in host_ports(&instance.spec) {
            let span = span_of(instance, &format!("port[{}].host", port.at));
            let what = format!("port {}/{} of the host", port.port, port.protocol);
            if let Some((_, first)) = seen.iter().find(|(other, _)| other.clashes(&port)) {
                problems.push(
                    Diagnostic::error("Port used twice")
                        .detail(format!(
                            "`{}` and `{}` both want {what}.",
                            first.address, instance.address
                        ))
                        .at(span, "the same port again")
                        .related(span_of(first, "port"), "first used here")
                        .help(
                            "Give one of them another port, or leave out `host` and let the engine pick one.",
                        ),
                );
            } else if let Some(holder) = taken(walk, &port) {
                problems.push(
                    Diagnostic::error("Port is taken")
                        .detail(format!(
                            "`{}` wants {what}, but the container {holder:?}, which is not ours, publishes on it.",
                            instance.address
                        ))
                        .at(span, "this port is taken")
                        .help("Use another port, or stop that container."),
                );
            }
            seen.push((port, instance));
        }
    }
}

/// Returns the foreign container that publishes on a port.
fn taken<'a>(walk: &Walk<'a>, port: &HostPort) -> Option<&'a str> {
    walk.observed
        .ports
        .iter()
        .find(|taken| {
            let other = HostPort {
                at: 0,
                port: i64::from(taken.port),
                protocol: taken.protocol.clone(),
                ip: taken.ip.clone(),
            };
            other.clashes(port)
        })
        .map(|taken| taken.container.as_str())
}

/// Returns the subnets that a network asks for.
pub(crate) fn subnets_of(spec: &Spec) -> Vec<IpNet> {
    let Some(ipam) = spec.get("ipam") else {
        return Vec::new();
    };
    let configs = ipam.get("config").and_then(Value::as_elements).unwrap_or(&[]);
    configs
        .iter()
        .filter_map(|config| config.get("subnet")?.as_str()?.parse().ok())
        .collect()
}

fn subnets(instances: &[(&Instance, ObjectKind)], problems: &mut Diagnostics) {
    let mut seen: Vec<(IpNet, &Instance)> = Vec::new();
    for (instance, _) in instances
        .iter()
        .filter(|(_, object)| *object == ObjectKind::Network)
    {
        for subnet in subnets_of(&instance.spec) {
            let overlaps = |other: &IpNet| other.contains(&subnet) || subnet.contains(other);
            if let Some((other, first)) = seen.iter().find(|(other, _)| overlaps(other)) {
                problems.push(
                    Diagnostic::error("Networks overlap")
                        .detail(format!(
                            "{subnet} of `{}` and {other} of `{}` have addresses in common.",
                            instance.address, first.address
                        ))
                        .at(span_of(instance, "ipam"), "overlaps")
                        .related(span_of(first, "ipam"), "with this")
                        .help("Give one of them another subnet."),
                );
            }
            seen.push((subnet, instance));
        }
    }
}

/// An address on a network that a spec asks for.
pub(crate) struct Endpoint {
    pub(crate) network: String,
    pub(crate) ip: String,
    /// The attribute that asks for it.
    pub(crate) path: String,
}

/// Returns the addresses that a container asks for.
pub(crate) fn addresses_of(spec: &Spec) -> Vec<Endpoint> {
    let networks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
    let asks = |(at, network): (usize, &Value), attribute: &str| {
        let text = |name: &str| network.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Endpoint {
            network: text("name")?,
            ip: text(attribute)?,
            path: format!("network[{at}].{attribute}"),
        })
    };
    networks
        .iter()
        .enumerate()
        .flat_map(|network| ["ipv4_address", "ipv6_address"].map(|attribute| asks(network, attribute)))
        .flatten()
        .collect()
}

fn addresses(instances: &[(&Instance, ObjectKind)], problems: &mut Diagnostics) {
    let mut seen: BTreeMap<(String, String), &Instance> = BTreeMap::new();
    for (instance, _) in instances {
        for Endpoint { network, ip, path } in addresses_of(&instance.spec) {
            if let Some(first) = seen.get(&(network.clone(), ip.clone())) {
                problems.push(
                    Diagnostic::error("Address used twice")
                        .detail(format!(
                            "`{}` and `{}` both want the address {ip} on the network {network:?}.",
                            first.address, instance.address
                        ))
                        .at(span_of(instance, &path), "the same address again")
                        .related(span_of(first, "network"), "first used here")
                        .help(
                            "Give one of them another address, or leave it out and let the engine pick one.",
                        ),
                );
            } else {
                seen.insert((network, ip), instance);
            }
        }
    }
}
