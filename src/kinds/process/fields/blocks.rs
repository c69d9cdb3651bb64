//! The FIELDS of the blocks inside containers and jobs.

use super::{FILE, FLAG, RECONNECT, REQUIRED};
use crate::kinds::{Compare, Field, FieldType, Presence};

/// The `ulimit` block.
pub(super) const ULIMIT: &[Field] = &[
    Field {
        name: "name",
        doc: "The limit, such as `nofile`.",
        ..REQUIRED
    },
    Field {
        name: "soft",
        ty: FieldType::Int(-1, i64::MAX),
        doc: "What holds at first; -1 is no limit.",
        ..REQUIRED
    },
    Field {
        name: "hard",
        ty: FieldType::Int(-1, i64::MAX),
        default: "`soft`",
        doc: "How far the program may raise it; -1 is no limit.",
        ..Field::BASE
    },
];

/// The `device` block.
pub(super) const DEVICE: &[Field] = &[
    Field {
        name: "host",
        ty: FieldType::HostPath,
        at: "PathOnHost",
        doc: "The device on the host.",
        ..REQUIRED
    },
    Field {
        name: "container",
        ty: FieldType::ContainerPath,
        at: "PathInContainer",
        default: "`host`",
        doc: "Where it is seen in the container.",
        ..Field::BASE
    },
    Field {
        name: "permissions",
        at: "CgroupPermissions",
        default: "`rwm`",
        doc: "What may be done with it: read, write, make nodes.",
        ..Field::BASE
    },
];

/// The `network` block.
pub(super) const NETWORK: &[Field] = &[
    Field {
        name: "name",
        ty: FieldType::ObjectName,
        presence: Presence::Required,
        doc: "The network's name.",
        ..RECONNECT
    },
    Field {
        name: "aliases",
        ty: FieldType::Set(&FieldType::String),
        // Engines add the short id, and some the host name.
        compare: Compare::Keys,
        at: "Aliases",
        doc: "Further names by which others in the network find it.",
        ..RECONNECT
    },
    Field {
        name: "ipv4_address",
        ty: FieldType::Ip,
        at: "IPAMConfig.IPv4Address",
        default: "the engine picks one",
        doc: "Its fixed address. The network needs a subnet of its own.",
        ..RECONNECT
    },
    Field {
        name: "ipv6_address",
        ty: FieldType::Ip,
        at: "IPAMConfig.IPv6Address",
        default: "the engine picks one, if the network has IPv6",
        doc: "Its fixed IPv6 address.",
        ..RECONNECT
    },
];

/// The `mount` block.
pub(super) const MOUNT: &[Field] = &[
    Field {
        name: "target",
        ty: FieldType::ContainerPath,
        at: "Target",
        doc: "Where it is seen in the container.",
        ..REQUIRED
    },
    Field {
        name: "volume",
        ty: FieldType::ObjectName,
        at: "Source",
        doc: "The volume's name. A new volume is filled with what the image has at `target`.",
        ..Field::BASE
    },
    Field {
        name: "source",
        ty: FieldType::LocalPath,
        at: "Source",
        doc: "A path of the engine's host, which must be there. A relative one starts at the configuration's directory.",
        ..Field::BASE
    },
    Field {
        name: "tmpfs",
        ty: FieldType::Block(TMPFS),
        at: "TmpfsOptions",
        doc: "A file system in memory.",
        ..Field::BASE
    },
    Field {
        name: "read_only",
        at: "ReadOnly",
        doc: "Whether it cannot be written.",
        ..FLAG
    },
    Field {
        name: "propagation",
        ty: FieldType::Enum(&["private", "rprivate", "shared", "rshared", "slave", "rslave"]),
        at: "BindOptions.Propagation",
        default: "`rprivate`",
        doc: "How mounts made below a path of the host are shared.",
        ..Field::BASE
    },
];

/// The `tmpfs` block in a `mount` block.
const TMPFS: &[Field] = &[
    Field {
        name: "size",
        ty: FieldType::Bytes,
        at: "SizeBytes",
        default: "half of the memory",
        doc: "Its size.",
        ..Field::BASE
    },
    Field {
        name: "mode",
        ty: FieldType::FileMode,
        at: "Mode",
        default: "`\"1777\"`",
        doc: "Its mode.",
        ..Field::BASE
    },
];

/// The `file` block.
pub(super) const FILES: &[Field] = &[
    Field {
        name: "path",
        ty: FieldType::ContainerPath,
        presence: Presence::Required,
        doc: "Where it stands in the container.",
        ..FILE
    },
    Field {
        name: "content",
        doc: "What stands in it.",
        ..FILE
    },
    Field {
        name: "source",
        ty: FieldType::LocalPath,
        doc: "The file of this machine that is copied.",
        ..FILE
    },
    Field {
        name: "mode",
        ty: FieldType::FileMode,
        default: "`\"0644\"`",
        doc: "Its mode.",
        ..FILE
    },
    Field {
        name: "uid",
        ty: FieldType::Int(0, u32::MAX as i64),
        default: "0",
        doc: "Its owner, as a number.",
        ..FILE
    },
    Field {
        name: "gid",
        ty: FieldType::Int(0, u32::MAX as i64),
        default: "0",
        doc: "Its group, as a number.",
        ..FILE
    },
    Field {
        name: "digest",
        presence: Presence::Derived,
        doc: "The hash of what stands in the file of this machine.",
        ..FILE
    },
];

/// The `log` block.
pub(super) const LOG: &[Field] = &[
    Field {
        name: "driver",
        at: "Type",
        default: "the engine's",
        doc: "The log driver, such as `json-file` or `journald`.",
        ..Field::BASE
    },
    Field {
        name: "options",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Config",
        doc: "Options of the driver, such as `max-size`.",
        ..Field::BASE
    },
];
