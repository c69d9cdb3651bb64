//! Addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{Call, Failure, Function, Kind, Outcome, Param, boolean, function, param, string, strings};
use crate::value::{Data, Type, Value};

const PREFIX: Param = param("prefix", Kind::String);

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "cidrcontains",
        &[PREFIX, param("contained", Kind::String)],
        boolean,
        cidrcontains,
    ),
    function(
        "cidrhost",
        &[PREFIX, param("hostnum", Kind::Number)],
        string,
        cidrhost,
    ),
    function("cidrnetmask", &[PREFIX], string, cidrnetmask),
    function(
        "cidrsubnet",
        &[
            PREFIX,
            param("newbits", Kind::Number),
            param("netnum", Kind::Number),
        ],
        string,
        cidrsubnet,
    ),
    function("cidrsubnets", &[PREFIX], strings, cidrsubnets).variadic(param("newbits", Kind::Number)),
];

fn network(call: &Call<'_>) -> Result<IpNet, Failure> {
    call.text(0)
        .parse::<IpNet>()
        .map(|network| network.trunc())
        .map_err(|_| Failure::at(0, "a network such as 10.0.0.0/16 is required"))
}

fn base(network: &IpNet) -> u128 {
    match network.addr() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn address(network: &IpNet, bits: u128) -> IpAddr {
    match network {
        IpNet::V4(_) => Ipv4Addr::from_bits(bits as u32).into(),
        IpNet::V6(_) => Ipv6Addr::from_bits(bits).into(),
    }
}

/// Returns the number with all of the lowest bits set.
fn ones(bits: u8) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

fn cidrhost(call: &Call<'_>) -> Outcome {
    let network = network(call)?;
    let last = ones(network.max_prefix_len() - network.prefix_len());
    let number = call.whole(1)?;
    let offset = match u128::try_from(number) {
        Ok(number) => Some(number).filter(|number| *number <= last),
        Err(_) => last.checked_sub(u128::from(number.unsigned_abs()) - 1),
    };
    let offset = offset.ok_or_else(|| {
        Failure::at(
            1,
            format!(
                "a prefix of {} bits has no host with this number",
                network.prefix_len()
            ),
        )
    })?;
    Ok(address(&network, base(&network) | offset).to_string().into())
}

/// Tells whether an address or a whole network lies in a network of the same family.
fn cidrcontains(call: &Call<'_>) -> Outcome {
    let outer = network(call)?;
    let text = call.text(1);
    let inner = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| Failure::at(1, "an address or a network such as 10.0.0.0/16 is required"))?;
    match (outer, inner.trunc()) {
        (IpNet::V4(_), IpNet::V6(_)) | (IpNet::V6(_), IpNet::V4(_)) => {
            Err(Failure::at(1, "one is of IPv4 and the other of IPv6"))
        }
        (outer, inner) => Ok(outer.contains(&inner).into()),
    }
}

fn cidrnetmask(call: &Call<'_>) -> Outcome {
    match network(call)? {
        IpNet::V4(network) => Ok(network.netmask().to_string().into()),
        IpNet::V6(_) => Err(Failure::at(0, "an IPv6 network has no netmask")),
    }
}

fn extended(network: &IpNet, call: &Call<'_>, at: usize) -> Result<u8, Failure> {
    u8::try_from(call.whole(at)?)
        .ok()
        .and_then(|more| network.prefix_len().checked_add(more))
        .filter(|length| *length <= network.max_prefix_len())
        .ok_or_else(|| {
            Failure::at(
                at,
                format!(
                    "a prefix of {} bits cannot be made longer by this",
                    network.prefix_len()
                ),
            )
        })
}

fn cidrsubnet(call: &Call<'_>) -> Outcome {
    let network = network(call)?;
    let length = extended(&network, call, 1)?;
    let number = u128::try_from(call.whole(2)?)
        .ok()
        .filter(|number| *number <= ones(length - network.prefix_len()))
        .ok_or_else(|| Failure::at(2, "there is no subnet with this number"))?;
    Ok(subnet(&network, length, number))
}

fn subnet(network: &IpNet, length: u8, number: u128) -> Value {
    let shift = u32::from(network.max_prefix_len() - length);
    let bits = base(network) | number.checked_shl(shift).unwrap_or(0);
    format!("{}/{length}", address(network, bits)).into()
}

/// Lays subnets of several sizes one behind the other.
fn cidrsubnets(call: &Call<'_>) -> Outcome {
    let network = network(call)?;
    let mut next: u128 = 0;
    let mut subnets = Vec::new();
    for at in 1..call.len() {
        let length = extended(&network, call, at)?;
        let size_bits = network.max_prefix_len() - length;
        let number = next.checked_shr(u32::from(size_bits)).unwrap_or(0)
            + u128::from(size_bits < 128 && next & ones(size_bits) != 0);
        if number > ones(length - network.prefix_len()) {
            return Err(Failure::at(at, "there is no room left for this subnet"));
        }
        subnets.push(subnet(&network, length, number));
        next = number
            .checked_add(1)
            .and_then(|number| number.checked_shl(u32::from(size_bits)))
            .unwrap_or(u128::MAX);
    }
    Ok(Data::List(Type::String, subnets.into()).into())
}
