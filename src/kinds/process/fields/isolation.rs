//! The FIELDS of what separates a container from the host and from other containers.

use super::FLAG;
use crate::kinds::{Compare, Field, FieldType, Presence};

/// Namespaces, security and requested devices.
pub(in crate::kinds) const ISOLATION: &[Field] = &[
    Field {
        name: "pid",
        at: "HostConfig.PidMode",
        default: "its own",
        doc: "Whose processes it sees: `host`, or `container:ID` for those of another container.",
        ..Field::BASE
    },
    Field {
        name: "ipc",
        at: "HostConfig.IpcMode",
        default: "the engine's, mostly `private`",
        doc: "Whose shared memory it uses: `private`, `shareable`, `none`, `host`, or `container:ID` for that of another container which is `shareable`.",
        ..Field::BASE
    },
    Field {
        name: "uts",
        ty: FieldType::Enum(&["host"]),
        at: "HostConfig.UTSMode",
        default: "its own",
        doc: "`host` gives it the host's name.",
        ..Field::BASE
    },
    Field {
        name: "userns_mode",
        at: "HostConfig.UsernsMode",
        default: "the engine's",
        doc: "`host` takes it out of the engine's user namespace. Podman knows further modes, such as `keep-id`.",
        ..Field::BASE
    },
    Field {
        name: "cgroupns",
        ty: FieldType::Enum(&["host", "private"]),
        at: "HostConfig.CgroupnsMode",
        default: "the engine's",
        doc: "Whose control groups it sees.",
        ..Field::BASE
    },
    Field {
        name: "cgroup_parent",
        at: "HostConfig.CgroupParent",
        default: "the engine's",
        doc: "The control group that its own lies in.",
        ..Field::BASE
    },
    Field {
        name: "runtime",
        at: "HostConfig.Runtime",
        default: "the engine's, mostly `runc`",
        doc: "The OCI runtime that runs it, by the name that the engine knows it by.",
        ..Field::BASE
    },
    Field {
        name: "seccomp_profile",
        ty: FieldType::LocalPath,
        compare: Compare::LastApplied,
        at: "HostConfig.SecurityOpt",
        default: "the engine's",
        doc: "A file of this machine with the system calls that it may make, as JSON. To switch the engine's profile off, write `seccomp=unconfined` in `security_opt`.",
        ..Field::BASE
    },
    Field {
        name: "seccomp_digest",
        presence: Presence::Derived,
        at: "HostConfig.SecurityOpt",
        doc: "The hash of what stands in `seccomp_profile`.",
        ..Field::BASE
    },
    Field {
        name: "device_cgroup_rules",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.DeviceCgroupRules",
        doc: "Devices that it may use when they appear, such as `c 189:* rmw`: `a`, `b` or `c`, major and minor number, and what may be done.",
        ..Field::BASE
    },
    Field {
        name: "device_request",
        ty: FieldType::Blocks(DEVICE_REQUEST, &["driver"]),
        at: "HostConfig.DeviceRequests",
        doc: "Devices that a driver of the engine picks or knows by name, such as GPUs.",
        ..Field::BASE
    },
    Field {
        name: "annotations",
        ty: FieldType::Map(&FieldType::String),
        // Some engines add annotations of their own.
        compare: Compare::Keys,
        at: "HostConfig.Annotations",
        since: (1, 43),
        doc: "Annotations for the OCI runtime.",
        ..Field::BASE
    },
    Field {
        name: "storage_opt",
        ty: FieldType::Map(&FieldType::String),
        at: "HostConfig.StorageOpt",
        doc: "Options of the storage driver for its own file system, such as `size`.",
        ..Field::BASE
    },
    Field {
        name: "oom_kill_disable",
        at: "HostConfig.OomKillDisable",
        needs: "OomKillDisable",
        doc: "Whether the kernel leaves it alone when its memory runs out: it then stands still. Set `memory` too.",
        ..FLAG
    },
    Field {
        name: "oom_score_adj",
        ty: FieldType::Int(-1000, 1000),
        at: "HostConfig.OomScoreAdj",
        default: "0",
        doc: "How much sooner (or later, if negative) than others it is killed when the host's memory runs out.",
        ..Field::BASE
    },
];

/// The `device_request` block.
const DEVICE_REQUEST: &[Field] = &[
    Field {
        name: "driver",
        at: "Driver",
        default: "the engine picks one by `capabilities`",
        doc: "The driver, such as `nvidia`, or `cdi` for devices that the Container Device Interface describes.",
        ..Field::BASE
    },
    Field {
        name: "count",
        ty: FieldType::Int(-1, 1024),
        at: "Count",
        default: "-1, unless `device_ids` are given",
        doc: "How many; -1 is all.",
        ..Field::BASE
    },
    Field {
        name: "device_ids",
        ty: FieldType::Set(&FieldType::String),
        at: "DeviceIDs",
        doc: "Which, by the driver's names for them, such as `vendor.com/class=name`.",
        ..Field::BASE
    },
    Field {
        name: "capabilities",
        ty: FieldType::Set(&FieldType::String),
        at: "Capabilities",
        default: "`gpu`, unless `driver` is `cdi`",
        doc: "What the devices must be able to do, all of it, such as `gpu` and `compute`.",
        ..Field::BASE
    },
    Field {
        name: "options",
        ty: FieldType::Map(&FieldType::String),
        at: "Options",
        doc: "Options of the driver.",
        ..Field::BASE
    },
];
