//! Problems between the attributes of a network.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::kinds::spec::problem;
use crate::kinds::{Problem, Spec, spec};

/// Finds problems. Unknown values pass.
pub(super) fn check(spec: &Spec, problems: &mut Vec<Problem>) {
    let Some(ipam) = spec::block(spec, "ipam") else {
        return;
    };
    let mut before: Vec<IpNet> = Vec::new();
    for (index, config) in spec::blocks(ipam, "config").enumerate() {
        let Some(subnet) = spec::text(config, "subnet").and_then(|subnet| subnet.parse::<IpNet>().ok())
        else {
            continue;
        };
        let path = format!("ipam.config[{index}]");
        if let Some(other) = before.iter().find(|other| overlap(other, &subnet)) {
            problems.push(problem(
                format!("{path}.subnet"),
                "Overlapping subnets",
                format!("`{subnet}` and `{other}` have addresses in common."),
                "Give the network subnets that lie apart.",
            ));
        }
        before.push(subnet);
        inside(config, &subnet, &path, problems);
    }
}

fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(&right.network()) || right.contains(&left.network())
}

/// Everything in a `config` block lies in its subnet.
fn inside(config: &Spec, subnet: &IpNet, path: &str, problems: &mut Vec<Problem>) {
    let mut outside = |attribute: &str, value: &str| {
        problems.push(problem(
            format!("{path}.{attribute}"),
            "Outside of the subnet",
            format!("`{value}` does not lie in `{subnet}`."),
            "Choose one that does.",
        ));
    };
    if let Some(range) = spec::text(config, "ip_range")
        && range.parse::<IpNet>().is_ok_and(|range| !subnet.contains(&range))
    {
        outside("ip_range", range);
    }
    let elsewhere = |address: &str| address.parse::<IpAddr>().is_ok_and(|it| !subnet.contains(&it));
    if let Some(gateway) = spec::text(config, "gateway").filter(|gateway| elsewhere(gateway)) {
        outside("gateway", gateway);
    }
    for (name, address) in spec::pairs(config, "aux_addresses") {
        if elsewhere(address) {
            outside(&format!("aux_addresses.{name}"), address);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing;

    fn paths(literal: &serde_json::Value) -> Vec<String> {
        let mut problems = Vec::new();
        check(&testing::spec(literal), &mut problems);
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn addresses_lie_in_their_subnet() {
        let config = json!({"ipam": {"config": [
            {"subnet": "10.1.0.0/24", "ip_range": "10.1.0.128/25", "gateway": "10.1.0.1", "aux_addresses": {"a": "10.1.0.2"}},
            {"subnet": "fd00::/64", "gateway": "fd00::1"},
        ]}});
        assert_eq!(paths(&config), Vec::<String>::new());
        let config = json!({"ipam": {"config": [
            {"subnet": "10.1.0.0/24", "ip_range": "10.1.0.0/16", "gateway": "10.2.0.1", "aux_addresses": {"a": "10.1.1.2"}},
            {"subnet": "10.1.0.0/16"},
        ]}});
        assert_eq!(
            paths(&config),
            [
                "ipam.config[0].ip_range",
                "ipam.config[0].gateway",
                "ipam.config[0].aux_addresses.a",
                "ipam.config[1].subnet",
            ]
        );
    }
}
