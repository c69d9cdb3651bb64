//! Addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dashu_base::{Abs, Signed};
use dashu_int::IBig;
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

/// Lays a number over the bits of a network, as if both were written in two's complement; the sign is then lost.
fn overlaid(network: &IpNet, number: &IBig) -> Option<IpAddr> {
    let bits = (IBig::from(base(network)) | number).abs();
    Some(match network {
        IpNet::V4(_) => Ipv4Addr::from_bits(u32::try_from(bits).ok()?).into(),
        IpNet::V6(_) => Ipv6Addr::from_bits(u128::try_from(bits).ok()?).into(),
    })
}

/// Returns a whole number of any size.
fn integer(call: &Call<'_>, at: usize) -> Result<IBig, Failure> {
    super::numeric::numeric(call, at)?
        .to_integer()
        .ok_or_else(|| Failure::at(at, "a whole number is required"))
}

/// A negative number counts from the end. Of a large one, the lowest 64 bits are what is compared with the room there is.
fn cidrhost(call: &Call<'_>) -> Outcome {
    let network = network(call)?;
    let number = integer(call, 1)?;
    let last = (IBig::ONE << usize::from(network.max_prefix_len() - network.prefix_len())) - IBig::ONE;
    let (compared, number) = if number.is_negative() {
        let from_end = -number - IBig::ONE;
        (from_end.clone(), &last - from_end)
    } else {
        (lowest_64_bits(&number), number)
    };
    let host = Some(number)
        .filter(|_| compared <= last)
        .and_then(|number| overlaid(&network, &number));
    host.map(|address| address.to_string().into()).ok_or_else(|| {
        Failure::at(
            1,
            format!(
                "a prefix of {} bits has no host with this number",
                network.prefix_len()
            ),
        )
    })
}

/// Returns the lowest bits as a signed number.
fn lowest_64_bits(number: &IBig) -> IBig {
    let bits = u64::try_from(number & IBig::from(u64::MAX)).unwrap_or_default();
    IBig::from(bits.cast_signed())
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

/// Returns the length of a prefix that an argument makes longer.
fn extended(network: &IpNet, more: i64, at: usize) -> Result<u8, Failure> {
    u8::try_from(i64::from(network.prefix_len()).saturating_add(more))
        .ok()
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
    let more = call.whole(1)?;
    let length = extended(&network, more, 1)?;
    let number = integer(call, 2)?;
    let limit = IBig::ONE << usize::try_from(more).unwrap_or(0);
    let shift = usize::from(network.max_prefix_len() - length);
    Some(number)
        .filter(|number| *number < limit)
        .and_then(|number| overlaid(&network, &(number << shift)))
        .map(|address| format!("{address}/{length}").into())
        .ok_or_else(|| Failure::at(2, "there is no subnet with this number"))
}

/// Lays subnets of several sizes one behind the other.
fn cidrsubnets(call: &Call<'_>) -> Outcome {
    let network = network(call)?;
    if network.prefix_len() == 0 {
        return Err(Failure::at(0, "a network of all addresses cannot be divided"));
    }
    let mut next = IBig::ZERO;
    let mut subnets = Vec::new();
    for at in 1..call.len() {
        let more = call.whole(at)?;
        if !(1..=32).contains(&more) {
            return Err(Failure::at(at, "a prefix can be made longer by 1 to 32 bits"));
        }
        let length = extended(&network, more, at)?;
        let size = IBig::ONE << usize::from(network.max_prefix_len() - length);
        let start = (&next + &size - IBig::ONE) / &size * &size;
        next = &start + &size;
        let room = IBig::ONE << usize::from(network.max_prefix_len() - network.prefix_len());
        let address = Some(&start)
            .filter(|_| next <= room)
            .and_then(|start| overlaid(&network, start))
            .ok_or_else(|| Failure::at(at, "there is no room left for this subnet"))?;
        subnets.push(Value::from(format!("{address}/{length}")));
    }
    Ok(Data::List(Type::String, subnets.into()).into())
}
