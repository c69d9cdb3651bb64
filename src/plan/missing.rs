//! What objects refer to and nobody has: networks, subnets for fixed addresses, paths of the host.
//!
//! The engine would say so too, but only once half of the plan is done.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::conflicts::{addresses_of, subnets_of};
use super::problems::span_of;
use super::{Action, Plan};
use crate::desired::{Desired, Instance};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, did_you_mean};
use crate::observe::{Observed, bound_paths};
use crate::value::Value;

/// Networks that need no declaration: every engine has them, or takes the name for the one that it has.
const BUILT_IN: [&str; 5] = ["bridge", "default", "host", "none", "podman"];

/// Which networks there are once the plan is applied.
pub(crate) struct Networks<'a> {
    declared: BTreeMap<&'a str, &'a Instance>,
    others: BTreeSet<&'a str>,
    /// Whether a declared network has a name that is not known yet.
    unnamed: bool,
    only_in_subnets: bool,
}

impl<'a> Networks<'a> {
    /// Gathers what is declared, and what the engine has and keeps.
    pub(crate) fn new(
        declared: impl Iterator<Item = &'a Instance>,
        observed: &'a Observed,
        leaving: &BTreeSet<&str>,
    ) -> Self {
        let declared: Vec<&Instance> = declared.collect();
        let staying = observed
            .networks
            .iter()
            .filter(|(name, _)| !leaving.contains(name.as_str()));
        Self {
            unnamed: declared.iter().any(|instance| instance.name.is_empty()),
            declared: declared.into_iter().map(|it| (it.name.as_str(), it)).collect(),
            others: staying.flat_map(|(name, id)| [name.as_str(), id]).collect(),
            only_in_subnets: observed.release.addresses_need_subnets(),
        }
    }

    /// Reports what a container cannot be connected to.
    pub(crate) fn check(&self, container: &Instance, problems: &mut Diagnostics) {
        let networks = container.spec.get("network").and_then(Value::as_elements);
        for (at, network) in networks.into_iter().flatten().enumerate() {
            let name = network.get("name").and_then(Value::as_str);
            if let Some(name) = name.filter(|name| !self.has(name)) {
                problems.push(self.absent(container, name, &format!("network[{at}].name")));
            }
        }
        for asked in addresses_of(&container.spec) {
            let (Some(network), Ok(ip)) = (self.declared.get(asked.network.as_str()), asked.ip.parse())
            else {
                continue;
            };
            if let Some(problem) = self.outside(container, network, ip) {
                problems.push(problem.at(span_of(container, &asked.path), "no subnet has this address"));
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        let is_short_id = |id: &&str| name.len() >= 12 && id.starts_with(name);
        self.unnamed
            || BUILT_IN.contains(&name)
            || self.declared.contains_key(name)
            || self
                .others
                .iter()
                .any(|other| *other == name || is_short_id(other))
    }

    fn absent(&self, container: &Instance, name: &str, path: &str) -> Diagnostic {
        let known = self.declared.keys().chain(&self.others).copied();
        let help = match did_you_mean(name, known) {
            Some(meant) => format!("Did you mean {meant:?}?"),
            None => "Declare it with a `network` block and refer to its `name`, or create it.".to_owned(),
        };
        Diagnostic::error("Network not found")
            .detail(format!(
                "`{}` is to be connected to the network {name:?}, which is neither declared nor on the engine, or goes with this plan.",
                container.address
            ))
            .at(span_of(container, path), "no such network")
            .help(help)
    }

    /// Says that an address lies in no subnet that its network was given.
    fn outside(&self, container: &Instance, network: &Instance, ip: IpAddr) -> Option<Diagnostic> {
        if network
            .spec
            .get("ipam")
            .is_some_and(|ipam| !ipam.is_wholly_known())
        {
            return None;
        }
        let subnets = subnets_of(&network.spec);
        let fitting: Vec<&IpNet> = subnets
            .iter()
            .filter(|it| it.addr().is_ipv4() == ip.is_ipv4())
            .collect();
        let why = if fitting.is_empty() && self.only_in_subnets {
            "was given no subnet of that kind: the engine lets nobody choose addresses in one that it picked itself"
        } else if !fitting.is_empty() && !fitting.iter().any(|subnet| subnet.contains(&ip)) {
            "has it in none of its subnets"
        } else {
            return None;
        };
        let subnets: Vec<String> = fitting.iter().map(ToString::to_string).collect();
        let help = if subnets.is_empty() {
            format!("Give `{}` an `ipam` block with a `subnet`.", network.address)
        } else {
            format!("Use an address in {}.", subnets.join(" or "))
        };
        Some(
            Diagnostic::error("Address outside of the network")
                .detail(format!(
                    "`{}` wants the address {ip}, but `{}` {why}.",
                    container.address, network.address
                ))
                .related(network.span.clone(), "this network")
                .help(help),
        )
    }
}

/// Warns of paths that new containers mount and that are not on this machine: the engine most likely refuses to start them.
///
/// No more than a warning: what runs in between may make them, and the engine may see another file system than we do.
pub fn missing_paths(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<Diagnostic> {
    let made = plan.changes.iter().filter(|change| {
        matches!(
            change.action,
            Action::Create | Action::Replace | Action::ReplaceStartFirst
        )
    });
    let instances = made.filter_map(|change| desired.instances.get(&change.address));
    let is_synced = |path: &str| {
        let targets = desired
            .instances
            .values()
            .filter(|it| it.address.kind() == "sync");
        let mut targets = targets.filter_map(|sync| sync.spec.get("target")?.get("path")?.as_str());
        targets.any(|target| std::path::Path::new(path).starts_with(target))
    };
    instances
        .flat_map(|instance| bound_paths(instance).map(move |(at, path)| (instance, at, path)))
        .filter(|(_, _, path)| observed.absent_paths.contains(*path) && !is_synced(path))
        .map(|(instance, at, path)| Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error("Mounted path not found")
                .detail(format!(
                    "`{}` mounts {path:?} of the engine's host, which is not there. The engine does not start a container without it.",
                    instance.address
                ))
                .at(span_of(instance, &format!("mount[{at}].source")), "not found")
                .help("Check the spelling, create it, or fill it with a `sync`.")
        })
        .collect()
}
