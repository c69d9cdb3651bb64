//! Networks.

mod check;
mod fields;

use serde_json::{Map, Value as Json, json};

use super::{
    Binding, Decision, Field, Found, Kind, Live, Naming, Ops, Problem, Spec, Status, exposed, labels, naming,
    one_call, reading, spec,
};
use crate::address::Address;
use crate::engine::{Call, ObjectKind, Op};
use crate::value::{Attributes, Value};

/// The kind.
pub(super) struct Network;

impl Kind for Network {
    fn name(&self) -> &'static str {
        "network"
    }

    fn doc(&self) -> &'static str {
        "A network, in which containers find each other by name."
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn data_fields(&self) -> &'static [Field] {
        fields::DATA_FIELDS
    }

    fn object(&self) -> Option<ObjectKind> {
        Some(ObjectKind::Network)
    }

    fn default_name(&self, naming: &Naming, address: &Address) -> Option<String> {
        Some(naming::derived(naming, address))
    }

    fn canonical(&self, spec: &mut Spec, _: &std::path::Path) -> Vec<Problem> {
        for name in ["labels", "driver", "driver_opts"] {
            spec::drop_if_empty(spec, name);
        }
        drop_empty_options(spec);
        Vec::new()
    }

    fn check(&self, spec: &Spec) -> Vec<Problem> {
        let mut problems = exposed::check_labels(spec, exposed::NOT_SECRET);
        check::check(spec, &mut problems);
        if let Some(name @ ("bridge" | "host" | "none" | "default")) = spec::text(spec, "name") {
            problems.push(spec::problem(
                "name",
                "Reserved name",
                format!("The engine has a network `{name}` of its own."),
                "Give the network another name.",
            ));
        }
        problems
    }

    fn read(&self, found: &Found<'_>) -> Live {
        let network = found.inspect;
        let name = reading::text_or_empty(&network["Name"]);
        let ipam = &network["IPAM"];
        let mut spec = reading::gather([
            ("name", Some(name.clone())),
            ("driver", reading::text(&network["Driver"])),
            ("driver_opts", reading::map(&network["Options"])),
            ("internal", reading::flag(&network["Internal"])),
            ("attachable", reading::flag(&network["Attachable"])),
            ("ingress", reading::flag(&network["Ingress"])),
            ("scope", reading::text(&network["Scope"])),
            // What older engines do not say, they have.
            (
                "ipv4",
                network["EnableIPv4"].as_bool().or(Some(true)).map(Value::from),
            ),
            ("ipv6", reading::flag(&network["EnableIPv6"])),
            ("labels", labels::foreign(&network["Labels"])),
            ("ipam", Some(read_ipam(ipam))),
        ]);
        let first = &ipam["Config"][0];
        let computed = vec![
            ("id", reading::text_or_empty(&network["Id"])),
            (
                "subnet",
                read_cidr(&first["Subnet"]).unwrap_or_else(|| Value::from("")),
            ),
            (
                "gateway",
                read_gateway(&first["Gateway"]).unwrap_or_else(|| Value::from("")),
            ),
        ];
        let attributes = spec::attributes(fields::FIELDS, &spec, computed);
        reading::hide(&mut spec, fields::FIELDS, network);
        Live {
            name: name.as_str().unwrap_or_default().to_owned(),
            attributes,
            spec,
            status: Status::Running,
        }
    }

    fn unasked(&self, found: &Found<'_>) -> Json {
        let network = found.inspect;
        // Subnets that the engine picked look like those that a user chose: only what it could not have picked was chosen.
        let picked = network["IPAM"]["Config"].as_array().is_some_and(|configs| {
            let own = |config: &Json| config["IPRange"].as_str().is_none_or(str::is_empty);
            configs
                .iter()
                .all(|config| own(config) && is_default_pool(&config["Subnet"]))
        });
        let config = if picked {
            network["IPAM"]["Config"].clone()
        } else {
            Json::Null
        };
        json!({
            "Name": network["Name"],
            "Driver": "bridge",
            "IPAM": {"Driver": "default", "Config": config},
        })
    }

    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        let mut known = vec![("name", Value::from(name))];
        let config = spec::block(spec, "ipam").and_then(|ipam| spec::blocks(ipam, "config").next());
        for attribute in ["subnet", "gateway"] {
            if let Some(value) = config.and_then(|config| config.get(attribute)) {
                known.push((attribute, value.clone()));
            }
        }
        spec::foretell(fields::FIELDS, spec, &known)
    }

    fn ops(&self, decision: &Decision<'_>) -> Ops {
        one_call::ops(decision, Op::NetworkCreate, Op::NetworkRemove)
    }

    fn call(&self, op: &Op, binding: &Binding<'_>) -> Result<Call, String> {
        match op {
            Op::NetworkCreate => Ok(Call::NetworkCreate { body: body(binding) }),
            Op::NetworkRemove => Ok(Call::NetworkRemove {
                id: binding.id.to_owned(),
            }),
            other => Err(super::foreign_op("network", other)),
        }
    }
}

/// Tells whether a subnet is one of those that an engine picks by itself: Docker's pools, and Podman's.
fn is_default_pool(subnet: &Json) -> bool {
    let Some(subnet) = subnet
        .as_str()
        .and_then(|subnet| subnet.parse::<ipnet::IpNet>().ok())
    else {
        return false;
    };
    let pools = [
        (16, "172.17.0.0/16"),
        (16, "172.18.0.0/15"),
        (16, "172.20.0.0/14"),
        (16, "172.24.0.0/14"),
        (16, "172.28.0.0/14"),
        (20, "192.168.0.0/16"),
        (24, "10.88.0.0/15"),
        (24, "10.90.0.0/15"),
        (24, "10.92.0.0/14"),
        (24, "10.96.0.0/11"),
        (24, "10.128.0.0/9"),
    ];
    pools.iter().any(|(length, pool)| {
        let pool = pool.parse::<ipnet::IpNet>();
        subnet.prefix_len() == *length && pool.is_ok_and(|pool| pool.contains(&subnet))
    })
}

/// Empty options of the driver that hands out the addresses are none.
fn drop_empty_options(spec: &mut Spec) {
    if let Some(ipam) = spec.get_mut("ipam")
        && let Some(entries) = ipam.as_entries()
    {
        let mut entries = entries.clone();
        for name in ["driver", "options"] {
            spec::drop_if_empty(&mut entries, name);
        }
        *ipam = Value::object(entries).sensitive_if(ipam.sensitive);
    }
}

fn read_ipam(ipam: &Json) -> Value {
    let configs = reading::elements(&ipam["Config"])
        .map(|config| {
            reading::block([
                ("subnet", read_cidr(&config["Subnet"])),
                ("ip_range", read_cidr(&config["IPRange"])),
                ("gateway", read_gateway(&config["Gateway"])),
                ("aux_addresses", read_addresses(&config["AuxiliaryAddresses"])),
            ])
        })
        .collect();
    reading::block([
        ("driver", reading::text(&ipam["Driver"])),
        ("options", reading::map(&ipam["Options"])),
        ("config", reading::blocks(configs)),
    ])
}

/// Older engines keep a subnet as it was written, newer ones clear its host bits.
fn read_cidr(json: &Json) -> Option<Value> {
    let text = json.as_str().filter(|text| !text.is_empty())?;
    let canonical = text.parse::<ipnet::IpNet>().map(|net| net.trunc().to_string());
    Some(Value::from(canonical.unwrap_or_else(|_| text.to_owned())))
}

/// Some engines show the gateway with the subnet's prefix length.
fn read_gateway(json: &Json) -> Option<Value> {
    let text = json.as_str().filter(|text| !text.is_empty())?;
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    let canonical = address.parse::<std::net::IpAddr>().map(|ip| ip.to_string());
    Some(Value::from(canonical.unwrap_or_else(|_| address.to_owned())))
}

fn read_addresses(json: &Json) -> Option<Value> {
    let addresses: Vec<(String, Value)> = json
        .as_object()?
        .iter()
        .filter_map(|(name, address)| Some((name.clone(), read_gateway(address)?)))
        .collect();
    (!addresses.is_empty()).then(|| Value::object(addresses))
}

fn body(binding: &Binding<'_>) -> Json {
    let spec = binding.spec;
    let mut body = Map::new();
    body.insert("Name".into(), binding.name.into());
    body.insert("CheckDuplicate".into(), true.into());
    spec::carry(
        spec,
        &mut body,
        &[
            ("driver", "Driver"),
            ("driver_opts", "Options"),
            ("internal", "Internal"),
            ("attachable", "Attachable"),
            ("ingress", "Ingress"),
            ("scope", "Scope"),
            ("ipv4", "EnableIPv4"),
            ("ipv6", "EnableIPv6"),
        ],
    );
    if let Some(ipam) = spec::block(spec, "ipam") {
        body.insert("IPAM".into(), write_ipam(ipam));
    }
    body.insert("Labels".into(), json!(labels::owned(binding.ownership, spec)));
    Json::Object(body)
}

fn write_ipam(ipam: &Spec) -> Json {
    let mut body = Map::new();
    spec::carry(ipam, &mut body, &[("driver", "Driver"), ("options", "Options")]);
    let configs = spec::blocks(ipam, "config")
        .map(|config| {
            let mut body = Map::new();
            spec::carry(
                config,
                &mut body,
                &[
                    ("subnet", "Subnet"),
                    ("ip_range", "IPRange"),
                    ("gateway", "Gateway"),
                    ("aux_addresses", "AuxiliaryAddresses"),
                ],
            );
            Json::Object(body)
        })
        .collect();
    body.insert("Config".into(), Json::Array(configs));
    Json::Object(body)
}

#[cfg(test)]
mod tests;
