//! The networks of a container, both ways.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::forms;
use crate::kinds::{Binding, Decision, Live, Spec, reading, spec};
use crate::value::seal::plain;
use crate::value::{Data, Type, Value};

/// Returns the id of a network, or its name if the id is not known.
pub(super) fn id<'a>(binding: &'a Binding<'_>, network: &'a str) -> &'a str {
    binding.networks.get(network).map_or(network, String::as_str)
}

/// Returns the network mode: without it the first network would not be the one that ports are published in.
pub(super) fn mode<'a>(binding: &'a Binding<'_>) -> &'a str {
    match first(binding.spec) {
        Some(network) => id(binding, network),
        None => spec::text(binding.spec, "network_mode").unwrap_or("bridge"),
    }
}

/// Tells whether the engine takes hardware addresses with a network, and not with the container.
fn takes_addresses(binding: &Binding<'_>) -> bool {
    binding.api >= (1, 44)
}

/// Returns the hardware address that is given with the container itself.
pub(super) fn address_of_container<'a>(binding: &'a Binding<'_>) -> Option<&'a str> {
    spec::text(binding.spec, "mac_address").filter(|_| !takes_addresses(binding))
}

/// Returns the endpoint of the first network by the network's id. Older engines take no more than one.
pub(super) fn first_endpoint(binding: &Binding<'_>) -> Option<Json> {
    let address = spec::text(binding.spec, "mac_address").filter(|_| takes_addresses(binding));
    let network = match first(binding.spec) {
        Some(network) => network,
        None => address.map(|_| mode(binding))?,
    };
    let mut endpoint = endpoint(binding.spec, network);
    if let (Some(address), Json::Object(endpoint)) = (address, &mut endpoint) {
        endpoint.insert("MacAddress".into(), address.into());
    }
    Some(Json::Object(Map::from_iter([(
        id(binding, network).to_owned(),
        endpoint,
    )])))
}

/// Returns the body of `POST /networks/{id}/connect`.
pub(super) fn connect(binding: &Binding<'_>, network: &str) -> Json {
    json!({"Container": binding.id, "EndpointConfig": endpoint(binding.spec, network)})
}

fn first(spec: &Spec) -> Option<&str> {
    spec::blocks(spec, "network")
        .next()
        .and_then(|network| spec::text(network, "name"))
}

/// Returns how a spec wants a network to be joined.
pub(super) fn endpoint(spec: &Spec, network: &str) -> Json {
    let block = spec::blocks(spec, "network").find(|block| spec::text(block, "name") == Some(network));
    let mut endpoint = Map::new();
    let Some(block) = block else {
        return Json::Object(endpoint);
    };
    spec::carry(
        block,
        &mut endpoint,
        &[
            ("aliases", "Aliases"),
            ("mac_address", "MacAddress"),
            ("driver_opts", "DriverOpts"),
            ("gw_priority", "GwPriority"),
        ],
    );
    let mut addresses = Map::new();
    spec::carry(
        block,
        &mut addresses,
        &[
            ("ipv4_address", "IPv4Address"),
            ("ipv6_address", "IPv6Address"),
            ("link_local_ips", "LinkLocalIPs"),
        ],
    );
    if !addresses.is_empty() {
        endpoint.insert("IPAMConfig".into(), Json::Object(addresses));
    }
    Json::Object(endpoint)
}

/// Reads `network` and `network_mode`.
///
/// The mode of a container with networks of its own is what it was made with, however it is connected now.
pub(super) fn read(container: &Json) -> [(&'static str, Option<Value>); 2] {
    let mode = match container["HostConfig"]["NetworkMode"].as_str() {
        None | Some("" | "default" | "bridge" | "nat") => "bridge",
        Some(mode) => mode,
    };
    let short_id: String = container["Id"]
        .as_str()
        .unwrap_or_default()
        .chars()
        .take(12)
        .collect();
    let shares = matches!(mode, "host" | "none") || mode.starts_with("container:");
    let networks: Vec<Value> = endpoints(container)
        .filter(|_| !shares)
        .map(|(name, endpoint)| read_endpoint(name, endpoint, &short_id))
        .collect();
    let in_bridge = mode == "bridge" && endpoints(container).any(|(name, _)| name == "bridge");
    [
        ("network", reading::blocks(networks)),
        ("network_mode", (shares || in_bridge).then(|| Value::from(mode))),
    ]
}

fn endpoints(container: &Json) -> impl Iterator<Item = (&String, &Json)> {
    let sorted: BTreeMap<&String, &Json> = container["NetworkSettings"]["Networks"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    sorted.into_iter()
}

/// The engine adds the container's short id to the aliases.
fn read_endpoint(name: &str, endpoint: &Json, short_id: &str) -> Value {
    let aliases = reading::texts(&endpoint["Aliases"])
        .into_iter()
        .filter(|alias| alias != short_id);
    let address = |name: &str| {
        let address = endpoint["IPAMConfig"][name].as_str()?;
        (!address.is_empty()).then(|| Value::from(forms::address(address)))
    };
    reading::block([
        ("name", Some(Value::from(name))),
        ("aliases", reading::set_of(aliases)),
        ("ipv4_address", address("IPv4Address")),
        ("ipv6_address", address("IPv6Address")),
        (
            "link_local_ips",
            reading::set(&endpoint["IPAMConfig"]["LinkLocalIPs"], forms::address),
        ),
        (
            "mac_address",
            reading::text(&endpoint["MacAddress"]).map(|address| mac_address(&address)),
        ),
        ("driver_opts", reading::map(&endpoint["DriverOpts"])),
        (
            "gw_priority",
            Some(Value::from(endpoint["GwPriority"].as_i64().unwrap_or_default())),
        ),
    ])
}

fn mac_address(address: &Value) -> Value {
    Value::from(forms::mac_address(address.as_str().unwrap_or_default()))
}

/// Reads the hardware address in the first network: what was asked for, or what it is.
pub(super) fn read_mac_address(container: &Json) -> Option<Value> {
    let asked = reading::text(&container["Config"]["MacAddress"]);
    let is = || {
        let (_, endpoint) = first_of(container)?;
        reading::text(&endpoint["MacAddress"])
    };
    asked.or_else(is).map(|address| mac_address(&address))
}

/// Finds the network that a container was made in, or else the first.
fn first_of(container: &Json) -> Option<(&String, &Json)> {
    let made_in = match container["HostConfig"]["NetworkMode"].as_str() {
        Some("default") => "bridge",
        mode => mode.unwrap_or_default(),
    };
    endpoints(container)
        .find(|(network, endpoint)| *network == made_in || endpoint["NetworkID"].as_str() == Some(made_in))
        .or_else(|| endpoints(container).next())
}

/// Reads what the engine assigned: addresses, network ids and ports.
pub(super) fn assigned(container: &Json) -> Vec<(&'static str, Value)> {
    let known = |name: &'static str| {
        endpoints(container).filter_map(move |(network, endpoint)| {
            let value = endpoint[name].as_str().filter(|value| !value.is_empty())?;
            Some((network.clone(), Value::from(value)))
        })
    };
    let address = first_of(container).map(|(_, endpoint)| reading::text_or_empty(&endpoint["IPAddress"]));
    vec![
        ("ip_address", address.unwrap_or_else(|| Value::from(""))),
        ("ip_addresses", map(Type::String, known("IPAddress"))),
        ("network_ids", map(Type::String, known("NetworkID"))),
        ("ports", map(Type::Number, published(container))),
    ]
}

/// A port bound for both families of addresses shows twice, with the same number.
fn published(container: &Json) -> impl Iterator<Item = (String, Value)> {
    container["NetworkSettings"]["Ports"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, bindings)| {
            let host = bindings[0]["HostPort"].as_str()?.parse::<i64>().ok()?;
            Some((key.clone(), Value::from(host)))
        })
}

/// Makes a map of elements of one type.
pub(in crate::kinds) fn map(ty: Type, entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    Data::Map(ty, std::sync::Arc::new(entries.into_iter().collect())).into()
}

/// Tells whether the container is connected to a network otherwise than it is wanted to be. What the user sets, or has set
/// before, counts.
pub(super) fn differ(decision: &Decision<'_>, live: &Live, network: &str) -> bool {
    let find = |spec| spec::blocks(spec, "network").find(|block| spec::text(block, "name") == Some(network));
    let (Some(wanted), Some(connected)) = (find(decision.desired), find(&live.spec)) else {
        return true;
    };
    let before = find(decision.applied);
    aliases_differ(wanted, before, connected)
        || options_differ(wanted, before, connected)
        || EXACT.iter().any(|attribute| {
            let set_before = before.is_some_and(|before| spec::is_set(before, attribute));
            match wanted.get(*attribute) {
                Some(value) => connected.get(*attribute).map(plain) != Some(plain(value)),
                None => set_before && spec::is_set(connected, attribute),
            }
        })
}

/// Attributes of a connection that are equal or not.
const EXACT: [&str; 5] = [
    "ipv4_address",
    "ipv6_address",
    "link_local_ips",
    "mac_address",
    "gw_priority",
];

fn options_differ(wanted: &Spec, before: Option<&Spec>, connected: &Spec) -> bool {
    if wanted
        .get("driver_opts")
        .is_some_and(|options| !options.is_wholly_known())
    {
        return true;
    }
    let (wanted, connected) = (
        spec::map(wanted, "driver_opts"),
        spec::map(connected, "driver_opts"),
    );
    let before = before.map(|before| spec::map(before, "driver_opts"));
    let left_over = before
        .unwrap_or_default()
        .keys()
        .any(|name| !wanted.contains_key(name) && connected.contains_key(name));
    left_over
        || wanted
            .iter()
            .any(|(name, value)| connected.get(name) != Some(value))
}

fn aliases_differ(wanted: &Spec, before: Option<&Spec>, connected: &Spec) -> bool {
    let unknown = wanted
        .get("aliases")
        .is_some_and(|aliases| !aliases.is_wholly_known());
    let aliases = |spec| -> BTreeSet<String> { spec::texts(spec, "aliases").into_iter().collect() };
    let (wanted, connected) = (aliases(wanted), aliases(connected));
    let before = before.map(aliases).unwrap_or_default();
    let left_over = before.difference(&wanted).any(|alias| connected.contains(alias));
    unknown || left_over || !wanted.is_subset(&connected)
}
