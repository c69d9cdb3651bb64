//! Networks, from Podman's own API: its compatible one goes through every container that runs for each network that it shows, which
//! takes a second with a hundred of them, and leaves out the range of addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value as Json, json};

use super::super::{HIDDEN, path};

/// What Podman calls the network that Docker calls `bridge`.
pub(super) const DEFAULT: &str = "podman";

/// What Podman calls the driver of addresses that Docker calls `default`.
const HOST_LOCAL: &str = "host-local";

/// How many digits an id has, and how many of them are enough to be taken for one.
const ID: std::ops::RangeInclusive<usize> = 12..=64;

/// Where the list of all networks is.
pub(in crate::engine) const ALL: &str = "/libpod/networks/json";

/// Returns where a network of this name or id is looked for, in this order. Each answers with a list of those that may be meant.
pub(in crate::engine) fn places(wanted: &str) -> Vec<String> {
    // What cannot be a name must not be taken for a pattern.
    if !wanted
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    {
        return Vec::new();
    }
    let filtered = |filter: Json| format!("{ALL}{}", path::query(&[("filters", &filter.to_string())]));
    // A name is a pattern here, in which the dot means any character.
    let pattern = format!("^{}$", own_name(wanted).replace('.', "[.]"));
    let mut places = vec![filtered(json!({ "name": [pattern] }))];
    if ID.contains(&wanted.len()) && wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        places.push(filtered(json!({ "id": [wanted] })));
    }
    places
}

/// Finds the network that is meant in such a list, in Docker's form.
pub(in crate::engine) fn find(list: &Json, wanted: &str) -> Option<Json> {
    let name = own_name(wanted);
    let is_meant = |network: &&Json| {
        let id = network["id"].as_str().unwrap_or_default();
        network["name"] == name || (wanted.len() >= *ID.start() && id.starts_with(wanted))
    };
    let mut found = in_dockers_form(list.as_array()?.iter().find(is_meant)?);
    if name != wanted && found["Name"] == name {
        found["Name"] = wanted.into();
    }
    Some(found)
}

fn own_name(name: &str) -> &str {
    if name == "bridge" { DEFAULT } else { name }
}

/// Puts a network into Docker's form.
pub(in crate::engine) fn in_dockers_form(own: &Json) -> Json {
    let mut options = own["ipam_options"].as_object().cloned().unwrap_or_default();
    let driver = match options.shift_remove("driver") {
        Some(driver) if driver != HOST_LOCAL => driver,
        _ => "default".into(),
    };
    let or_empty = |map: &Json| match map {
        Json::Object(map) => map.clone(),
        _ => Map::new(),
    };
    let subnets = own["subnets"].as_array().into_iter().flatten();
    json!({
        "Name": own["name"],
        "Id": own["id"],
        "Created": own["created"],
        "Scope": "local",
        "Driver": own["driver"],
        "EnableIPv6": own["ipv6_enabled"],
        "Internal": own["internal"],
        "Ingress": false,
        "Attachable": false,
        "IPAM": { "Driver": driver, "Options": options, "Config": subnets.map(subnet).collect::<Vec<_>>() },
        "Options": or_empty(&own["options"]),
        "Labels": or_empty(&own["labels"]),
        HIDDEN: ["Attachable", "Options"],
    })
}

fn subnet(own: &Json) -> Json {
    let mut config = json!({ "Subnet": own["subnet"] });
    if own["gateway"].is_string() {
        config["Gateway"] = own["gateway"].clone();
    }
    let lease = &own["lease_range"];
    if let Some(range) = range(&lease["start_ip"], &lease["end_ip"]) {
        config["IPRange"] = range.into();
    }
    config
}

/// Finds the network that a range of addresses was made from.
fn range(start: &Json, end: &Json) -> Option<String> {
    let (start, end) = (start.as_str()?, end.as_str()?);
    if let (Ok(start), Ok(end)) = (start.parse::<Ipv4Addr>(), end.parse::<Ipv4Addr>()) {
        let length = (start.to_bits() ^ end.to_bits()).leading_zeros();
        let host = u32::MAX.checked_shr(length).unwrap_or(0);
        return Some(format!(
            "{}/{length}",
            Ipv4Addr::from_bits(start.to_bits() & !host)
        ));
    }
    let (start, end) = (start.parse::<Ipv6Addr>().ok()?, end.parse::<Ipv6Addr>().ok()?);
    let length = (start.to_bits() ^ end.to_bits()).leading_zeros();
    let host = u128::MAX.checked_shr(length).unwrap_or(0);
    Some(format!(
        "{}/{length}",
        Ipv6Addr::from_bits(start.to_bits() & !host)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_leases_is_the_network_that_it_was_made_from() {
        for (start, end, network) in [
            ("10.77.0.129", "10.77.0.255", "10.77.0.128/25"),
            ("10.0.0.1", "10.0.255.255", "10.0.0.0/16"),
            ("fd00::1", "fd00::ff", "fd00::/120"),
            ("10.0.0.1", "10.0.0.1", "10.0.0.1/32"),
        ] {
            assert_eq!(range(&start.into(), &end.into()).as_deref(), Some(network));
        }
    }

    #[test]
    fn a_network_is_read_in_dockers_form() {
        let own = json!([{
            "name": "a", "id": "0123456789abcdef", "driver": "bridge", "network_interface": "podman1", "created": "2026-01-01T00:00:00Z",
            "subnets": [
                { "subnet": "10.5.0.0/16", "gateway": "10.5.0.1", "lease_range": { "start_ip": "10.5.1.1", "end_ip": "10.5.1.255" } },
                { "subnet": "fd00::/64" },
            ],
            "ipv6_enabled": true, "internal": false, "dns_enabled": true, "labels": { "b": "c" }, "ipam_options": { "driver": "host-local" },
        }]);
        let read = find(&own, "a").unwrap();
        assert_eq!(
            (&read["Name"], &read["Driver"], &read["EnableIPv6"]),
            (&json!("a"), &json!("bridge"), &json!(true))
        );
        assert_eq!(read["Labels"], json!({ "b": "c" }));
        assert_eq!(
            read["IPAM"],
            json!({
                "Driver": "default", "Options": {},
                "Config": [
                    { "Subnet": "10.5.0.0/16", "Gateway": "10.5.0.1", "IPRange": "10.5.1.0/24" },
                    { "Subnet": "fd00::/64" },
                ],
            })
        );
    }

    #[test]
    fn a_network_is_found_by_name_or_by_the_start_of_its_id_and_by_nothing_else() {
        let list = json!([{ "name": "podman", "id": "2f259bab93aaaaa2542ba43ef33eb990" }, { "name": "ab", "id": "77" }]);
        let name = |wanted: &str| find(&list, wanted).map(|found| found["Name"].clone());
        assert_eq!(name("podman"), Some("podman".into()));
        assert_eq!(name("bridge"), Some("bridge".into()));
        assert_eq!(name("2f259bab93aa"), Some("podman".into()));
        assert_eq!(name("2f"), None);
        assert_eq!(name("a"), None);
        assert_eq!(places("a.b").len(), 1);
        assert!(
            places("a.b")[0].ends_with("filters=%7B%22name%22%3A%5B%22%5Ea%5B.%5Db%24%22%5D%7D"),
            "{:?}",
            places("a.b")
        );
        assert_eq!(places("2f259bab93aa").len(), 2);
        assert_eq!(places("a(").len(), 0);
    }
}
