//! The FIELDS table of networks. The engine can change nothing of a network in place.

use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

/// The table.
pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        ty: FieldType::ObjectName,
        at: "Name",
        default: "the project's name, the workspace's unless it is `default`, the block's label and the instance key, joined by `-`",
        doc: "The network's name.",
        ..Field::BASE
    },
    Field {
        name: "driver",
        at: "Driver",
        default: "`bridge`",
        doc: "The network driver.",
        ..Field::BASE
    },
    Field {
        name: "driver_opts",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Options",
        doc: "Options of the driver.",
        ..Field::BASE
    },
    Field {
        name: "internal",
        at: "Internal",
        doc: "Whether the outside cannot be reached from it.",
        ..FLAG
    },
    Field {
        name: "attachable",
        at: "Attachable",
        doc: "Whether containers that do not belong to a service may join a network of a swarm.",
        ..FLAG
    },
    Field {
        name: "ingress",
        at: "Ingress",
        doc: "Whether it is the network in which a swarm publishes ports.",
        ..FLAG
    },
    Field {
        name: "scope",
        ty: FieldType::Enum(&["local", "global", "swarm"]),
        at: "Scope",
        default: "the driver's, mostly `local`",
        doc: "Whether it is known to this engine or to a whole swarm.",
        ..Field::BASE
    },
    Field {
        name: "ipv4",
        ty: FieldType::Bool,
        at: "EnableIPv4",
        since: (1, 48),
        default: "true",
        doc: "Whether it has IPv4 addresses.",
        ..Field::BASE
    },
    Field {
        name: "ipv6",
        at: "EnableIPv6",
        doc: "Whether it has IPv6 addresses.",
        ..FLAG
    },
    Field {
        name: "labels",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Labels",
        doc: "Labels.",
        ..Field::BASE
    },
    Field {
        name: "ipam",
        ty: FieldType::Block(IPAM),
        at: "IPAM",
        default: "the engine picks a subnet",
        doc: "Which addresses it has.",
        ..Field::BASE
    },
    Field {
        name: "adopt",
        ty: FieldType::Bool,
        cost: Cost::Remember,
        compare: Compare::LastApplied,
        default: "false",
        doc: "Whether a network of this name that is already there is taken over as it is, instead of being an error.",
        ..Field::BASE
    },
    Field {
        name: "id",
        at: "Id",
        doc: "The network's id.",
        ..COMPUTED
    },
    Field {
        name: "subnet",
        at: "IPAM.Config",
        doc: "Its first subnet, given or picked.",
        ..COMPUTED
    },
    Field {
        name: "gateway",
        at: "IPAM.Config",
        doc: "The gateway of its first subnet, given or picked.",
        ..COMPUTED
    },
];

/// What a `data` block asks by.
pub(super) const DATA_FIELDS: &[Field] = &[Field {
    name: "name",
    ty: FieldType::ObjectName,
    presence: Presence::Required,
    doc: "The network's name.",
    ..Field::BASE
}];

const IPAM: &[Field] = &[
    Field {
        name: "driver",
        at: "Driver",
        default: "`default`",
        doc: "What hands out the addresses.",
        ..Field::BASE
    },
    Field {
        name: "options",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Options",
        doc: "Options of that driver.",
        ..Field::BASE
    },
    Field {
        name: "config",
        ty: FieldType::Blocks(CONFIG, &["subnet"]),
        compare: Compare::Keys,
        at: "Config",
        doc: "A subnet.",
        ..Field::BASE
    },
];

const CONFIG: &[Field] = &[
    Field {
        name: "subnet",
        ty: FieldType::Cidr,
        presence: Presence::Required,
        at: "Subnet",
        doc: "The subnet, such as `10.5.0.0/16`.",
        ..Field::BASE
    },
    Field {
        name: "ip_range",
        ty: FieldType::Cidr,
        at: "IPRange",
        default: "the whole subnet",
        doc: "The part of the subnet that the engine picks addresses from.",
        ..Field::BASE
    },
    Field {
        name: "gateway",
        ty: FieldType::Ip,
        at: "Gateway",
        default: "the engine picks one",
        doc: "The address of the host in the network.",
        ..Field::BASE
    },
    Field {
        name: "aux_addresses",
        ty: FieldType::Map(&FieldType::Ip),
        at: "AuxiliaryAddresses",
        doc: "Addresses that the driver uses itself, by what for; no container is given one.",
        ..Field::BASE
    },
];

const FLAG: Field = Field {
    ty: FieldType::Bool,
    default: "false",
    ..Field::BASE
};

const COMPUTED: Field = Field {
    presence: Presence::Computed,
    cost: Cost::Remember,
    compare: Compare::Never,
    ..Field::BASE
};
