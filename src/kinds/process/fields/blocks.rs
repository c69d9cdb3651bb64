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
pub(in crate::kinds) const NETWORK: &[Field] = &[
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
    Field {
        name: "link_local_ips",
        ty: FieldType::Set(&FieldType::Ip),
        at: "IPAMConfig.LinkLocalIPs",
        doc: "Further addresses that are not routed.",
        ..RECONNECT
    },
    Field {
        name: "mac_address",
        at: "MacAddress",
        since: (1, 44),
        default: "the engine picks one",
        doc: "Its hardware address in this network. Older engines have `mac_address` of the container alone.",
        ..RECONNECT
    },
    Field {
        name: "driver_opts",
        ty: FieldType::Map(&FieldType::String),
        // Engines note things of their own there.
        compare: Compare::Keys,
        at: "DriverOpts",
        doc: "Options of the network's driver for this connection.",
        ..RECONNECT
    },
    Field {
        name: "gw_priority",
        ty: FieldType::Int(i32::MIN as i64, i32::MAX as i64),
        at: "GwPriority",
        since: (1, 48),
        default: "0",
        doc: "The network with the highest one gives the default route.",
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
        name: "image",
        ty: FieldType::ImageReference,
        at: "Source",
        since: (1, 48),
        doc: "An image that is there, whose files are seen read-only.",
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
    Field {
        name: "non_recursive",
        at: "BindOptions.NonRecursive",
        doc: "Whether what is mounted below a path of the host is left out.",
        ..FLAG
    },
    Field {
        name: "create_host_path",
        at: "BindOptions.CreateMountpoint",
        since: (1, 42),
        doc: "Whether a path of the host that is not there is made as an empty directory.",
        ..FLAG
    },
    Field {
        name: "read_only_non_recursive",
        at: "BindOptions.ReadOnlyNonRecursive",
        since: (1, 44),
        doc: "Whether what is mounted below a read-only path of the host can be written.",
        ..FLAG
    },
    Field {
        name: "read_only_force_recursive",
        at: "BindOptions.ReadOnlyForceRecursive",
        since: (1, 44),
        doc: "Whether it is an error if what is mounted below a read-only path of the host cannot be made read-only.",
        ..FLAG
    },
    Field {
        name: "no_copy",
        at: "VolumeOptions.NoCopy",
        doc: "Whether a new volume stays empty instead of being filled with what the image has at `target`.",
        ..FLAG
    },
    Field {
        name: "subpath",
        at: "VolumeOptions.Subpath",
        since: (1, 45),
        default: "the whole",
        doc: "The directory of the volume or the image that is seen, relative to its root.",
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
    Field {
        name: "options",
        ty: FieldType::Set(&FieldType::String),
        at: "Options",
        since: (1, 46),
        doc: "Further mount options, such as `exec` or `uid=1000`.",
        ..Field::BASE
    },
];

/// The `file` block.
pub(in crate::kinds) const FILES: &[Field] = &[
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
