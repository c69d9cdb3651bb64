//! The FIELDS that containers and jobs have in common.

mod blocks;
mod isolation;
mod limits;

use blocks::{DEVICE, LOG, MOUNT, ULIMIT};

use crate::kinds::{Compare, Cost, Field, FieldType, Presence, Unset};

pub(in crate::kinds) use blocks::{FILES, NETWORK};
pub(in crate::kinds) use isolation::ISOLATION;
pub(in crate::kinds) use limits::LIMITS;

/// Puts tables after one another.
pub(in crate::kinds) const fn join<const N: usize>(tables: &[&[Field]]) -> [Field; N] {
    let mut joined = [Field::BASE; N];
    let (mut table, mut at) = (0, 0);
    while table < tables.len() {
        let mut row = 0;
        while row < tables[table].len() {
            joined[at] = tables[table][row];
            at += 1;
            row += 1;
        }
        table += 1;
    }
    assert!(at == N, "the length of the joined table is the sum of its parts");
    joined
}

const REQUIRED: Field = Field {
    presence: Presence::Required,
    ..Field::BASE
};

const COMPUTED: Field = Field {
    presence: Presence::Computed,
    cost: Cost::Remember,
    compare: Compare::Never,
    ..Field::BASE
};

/// A limit that the engine changes in place but cannot take away.
const LIMIT: Field = Field {
    cost: Cost::Live,
    unset: Unset::Replace,
    ..Field::BASE
};

const FLAG: Field = Field {
    ty: FieldType::Bool,
    default: "false",
    ..Field::BASE
};

const RECONNECT: Field = Field {
    cost: Cost::Reconnect,
    ..Field::BASE
};

/// What the engine does not show: it is compared with what was applied last.
const FILE: Field = Field {
    cost: Cost::Restart,
    compare: Compare::LastApplied,
    ..Field::BASE
};

/// What is run, and as whom.
pub(in crate::kinds) const PROGRAM: &[Field] = &[
    Field {
        name: "name",
        ty: FieldType::ObjectName,
        cost: Cost::Live,
        unset: Unset::Keep,
        at: "Name",
        default: "the project's name, the workspace's unless it is `default`, the block's label and the instance key, joined by `-`",
        doc: "The container's name. A change renames it in place.",
        ..Field::BASE
    },
    Field {
        name: "image",
        ty: FieldType::ImageReference,
        compare: Compare::Image,
        at: "Image",
        doc: "The image: a reference such as `postgres:16`, or the `id` of an `image` block. Compared by the id of the image it stands for on the engine, so a tag that has moved shows as a change.",
        ..REQUIRED
    },
    Field {
        name: "command",
        ty: FieldType::List(&FieldType::String),
        at: "Config.Cmd",
        default: "the image's, unless `entrypoint` is set",
        doc: "The command, or the arguments of the entrypoint, word by word. No shell reads it.",
        ..Field::BASE
    },
    Field {
        name: "entrypoint",
        ty: FieldType::List(&FieldType::String),
        at: "Config.Entrypoint",
        default: "the image's",
        doc: "The program and its first arguments, before `command`. An empty list takes the image's away. When it is set, the image's command is not used.",
        ..Field::BASE
    },
    Field {
        name: "env",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Config.Env",
        default: "the image's, to which these are added",
        doc: "Environment variables.",
        ..Field::BASE
    },
    Field {
        name: "labels",
        ty: FieldType::Map(&FieldType::String),
        compare: Compare::Keys,
        at: "Config.Labels",
        default: "the image's, to which these are added",
        doc: "Labels. Those that begin with `wharf.` are wharf's own.",
        ..Field::BASE
    },
    Field {
        name: "user",
        at: "Config.User",
        default: "the image's",
        doc: "User and group, as names or numbers: `user`, `user:group`, `1000:1000`.",
        ..Field::BASE
    },
    Field {
        name: "working_dir",
        ty: FieldType::ContainerPath,
        at: "Config.WorkingDir",
        default: "the image's",
        doc: "The directory that the program starts in.",
        ..Field::BASE
    },
    Field {
        name: "hostname",
        at: "Config.Hostname",
        default: "the first 12 characters of the container's id",
        doc: "The host name inside the container.",
        ..Field::BASE
    },
    Field {
        name: "domainname",
        at: "Config.Domainname",
        doc: "The NIS domain name inside the container.",
        ..Field::BASE
    },
    Field {
        name: "tty",
        at: "Config.Tty",
        doc: "Whether the program gets a terminal.",
        ..FLAG
    },
    Field {
        name: "stdin_open",
        at: "Config.OpenStdin",
        doc: "Whether standard input stays open.",
        ..FLAG
    },
    Field {
        name: "init",
        at: "HostConfig.Init",
        default: "the engine's",
        doc: "Whether a small init process forwards signals and reaps children.",
        ..FLAG
    },
    Field {
        name: "stop_signal",
        ty: FieldType::Signal,
        at: "Config.StopSignal",
        default: "the image's, else `SIGTERM`",
        doc: "The signal that asks the program to end.",
        ..Field::BASE
    },
    Field {
        name: "stop_timeout",
        ty: FieldType::Duration,
        at: "Config.StopTimeout",
        default: "`\"10s\"`",
        doc: "How long the program may take to end before it is killed, in whole seconds.",
        ..Field::BASE
    },
];

/// What it may see and use.
pub(in crate::kinds) const CONFINEMENT: &[Field] = &[
    Field {
        name: "privileged",
        at: "HostConfig.Privileged",
        doc: "Whether the container may do everything that the host may.",
        ..FLAG
    },
    Field {
        name: "read_only",
        at: "HostConfig.ReadonlyRootfs",
        doc: "Whether the container's own file system is read-only. Files of `file` blocks must then lie in a mount that can be written.",
        ..FLAG
    },
    Field {
        name: "cap_add",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.CapAdd",
        doc: "Capabilities to add, such as `NET_ADMIN`; `ALL` is all of them.",
        ..Field::BASE
    },
    Field {
        name: "cap_drop",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.CapDrop",
        doc: "Capabilities to take away; `ALL` is all of them.",
        ..Field::BASE
    },
    Field {
        name: "group_add",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.GroupAdd",
        doc: "Further groups of the program, as names or numbers.",
        ..Field::BASE
    },
    Field {
        name: "security_opt",
        ty: FieldType::Set(&FieldType::String),
        // The engine adds some to containers that are privileged or share a namespace of the host.
        compare: Compare::Keys,
        at: "HostConfig.SecurityOpt",
        doc: "Security options such as `no-new-privileges`, `apparmor=PROFILE`, `label=type:TYPE`, `seccomp=unconfined` or `systempaths=unconfined`.",
        ..Field::BASE
    },
    Field {
        name: "sysctls",
        ty: FieldType::Map(&FieldType::String),
        at: "HostConfig.Sysctls",
        doc: "Kernel parameters of the container's namespaces.",
        ..Field::BASE
    },
    Field {
        name: "ulimit",
        ty: FieldType::Blocks(ULIMIT, &["name"]),
        compare: Compare::Keys,
        at: "HostConfig.Ulimits",
        default: "the engine's",
        doc: "A resource limit of the program.",
        ..Field::BASE
    },
    Field {
        name: "device",
        ty: FieldType::Blocks(DEVICE, &["host"]),
        at: "HostConfig.Devices",
        doc: "A device of the host that the container may use.",
        ..Field::BASE
    },
];

/// How much it may use.
pub(in crate::kinds) const RESOURCES: &[Field] = &[
    Field {
        name: "memory",
        ty: FieldType::Bytes,
        at: "HostConfig.Memory",
        default: "no limit",
        needs: "MemoryLimit",
        doc: "The most memory that it may use, at least 6 MiB, such as `\"512m\"`. It can be changed in place, but not taken away.",
        ..LIMIT
    },
    Field {
        name: "memory_swap",
        ty: FieldType::BytesOrUnlimited,
        // What is left is twice `memory`, which can be set.
        unset: Unset::AsChange,
        at: "HostConfig.MemorySwap",
        default: "twice `memory`",
        needs: "SwapLimit",
        doc: "The most memory and swap together; -1 is no limit.",
        ..LIMIT
    },
    Field {
        name: "memory_reservation",
        ty: FieldType::Bytes,
        at: "HostConfig.MemoryReservation",
        needs: "MemoryLimit",
        doc: "The memory that it is held to when the host runs short.",
        ..LIMIT
    },
    Field {
        name: "cpus",
        ty: FieldType::Cpus,
        at: "HostConfig.NanoCpus",
        default: "no limit",
        needs: "CpuCfsQuota",
        doc: "The most CPU time it may use, as a number of CPUs such as `0.5`.",
        ..LIMIT
    },
    Field {
        name: "cpu_shares",
        ty: FieldType::Int(2, 262_144),
        at: "HostConfig.CpuShares",
        default: "1024",
        needs: "CPUShares",
        doc: "Its weight against other containers when CPU time is short.",
        ..LIMIT
    },
    Field {
        name: "cpuset_cpus",
        at: "HostConfig.CpusetCpus",
        default: "all",
        needs: "CPUSet",
        doc: "The CPUs that it may run on, such as `0-2,4`.",
        ..LIMIT
    },
    Field {
        name: "pids_limit",
        ty: FieldType::Int(-1, i64::MAX),
        cost: Cost::Live,
        at: "HostConfig.PidsLimit",
        default: "no limit",
        needs: "PidsLimit",
        doc: "The most processes and threads; -1 is no limit.",
        ..Field::BASE
    },
    Field {
        name: "shm_size",
        ty: FieldType::Bytes,
        at: "HostConfig.ShmSize",
        default: "the engine's, mostly 64 MiB",
        doc: "The size of `/dev/shm`.",
        ..Field::BASE
    },
];

/// What it is connected to.
pub(in crate::kinds) const NETWORKING: &[Field] = &[
    Field {
        name: "network",
        ty: FieldType::Blocks(NETWORK, &["name"]),
        at: "NetworkSettings.Networks",
        default: "the engine's default bridge",
        doc: "A network that it is connected to. Connections are made and broken in place.",
        ..RECONNECT
    },
    Field {
        name: "network_mode",
        at: "HostConfig.NetworkMode",
        default: "`bridge`, or the first `network`",
        doc: "Instead of `network` blocks: `bridge`, `host`, `none`, or `container:ID` to share another container's network.",
        ..Field::BASE
    },
    Field {
        name: "extra_hosts",
        ty: FieldType::Map(&FieldType::String),
        at: "HostConfig.ExtraHosts",
        doc: "Host names and their addresses; `host-gateway` is the address of the engine's host.",
        ..Field::BASE
    },
    Field {
        name: "dns",
        ty: FieldType::List(&FieldType::Ip),
        at: "HostConfig.Dns",
        default: "the engine's",
        doc: "Name servers, in order.",
        ..Field::BASE
    },
    Field {
        name: "dns_opt",
        ty: FieldType::List(&FieldType::String),
        at: "HostConfig.DnsOptions",
        default: "the engine's",
        doc: "Options of the resolver, such as `ndots:2`.",
        ..Field::BASE
    },
    Field {
        name: "dns_search",
        ty: FieldType::List(&FieldType::String),
        at: "HostConfig.DnsSearch",
        default: "the engine's",
        doc: "Domains in which short names are looked up, in order.",
        ..Field::BASE
    },
    Field {
        name: "mac_address",
        at: "Config.MacAddress",
        default: "the engine picks one",
        doc: "Its hardware address in the first of its networks.",
        ..Field::BASE
    },
    Field {
        name: "links",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.Links",
        doc: "Other containers of the default bridge that it finds by name: `NAME:ALIAS`. In networks of their own containers find each other without.",
        ..Field::BASE
    },
];

/// What it reads and writes.
pub(in crate::kinds) const STORAGE: &[Field] = &[
    Field {
        name: "mount",
        ty: FieldType::Blocks(MOUNT, &["target"]),
        at: "HostConfig.Mounts",
        doc: "A volume, a path of the host, memory or an image, made visible in the container. Exactly one of `volume`, `source`, `tmpfs` and `image` says which.",
        ..Field::BASE
    },
    Field {
        name: "volumes_from",
        ty: FieldType::Set(&FieldType::String),
        at: "HostConfig.VolumesFrom",
        doc: "Other containers whose mounts it has too, by id; `ID:ro` has them read-only.",
        ..Field::BASE
    },
    Field {
        name: "tmpfs",
        ty: FieldType::Map(&FieldType::String),
        at: "HostConfig.Tmpfs",
        doc: "File systems in memory by path, with mount options such as `size=64m,mode=1777`, or an empty text.",
        ..Field::BASE
    },
    Field {
        name: "file",
        ty: FieldType::Blocks(FILES, &["path"]),
        unset: Unset::Replace,
        doc: "A file that is put into the container before it starts. Exactly one of `content` and `source` says what stands in it. A change puts it again and restarts the container; one of several that is taken away stays until the container is replaced.",
        ..FILE
    },
    Field {
        name: "log",
        ty: FieldType::Block(LOG),
        at: "HostConfig.LogConfig",
        default: "the engine's",
        doc: "Where its output goes.",
        ..Field::BASE
    },
];

/// What only the engine knows of it.
pub(in crate::kinds) const KNOWN_TO_ENGINE: &[Field] = &[
    Field {
        name: "id",
        at: "Id",
        doc: "The container's id.",
        ..COMPUTED
    },
    Field {
        name: "image_id",
        at: "Image",
        doc: "The id of the image that it was made from.",
        ..COMPUTED
    },
    Field {
        name: "anonymous_volumes",
        ty: FieldType::Map(&FieldType::String),
        at: "Mounts",
        doc: "The volumes without a name of its own that its image asks for, by where they are mounted.",
        ..COMPUTED
    },
];

/// What only a running container has.
pub(in crate::kinds) const KNOWN_WHILE_RUNNING: &[Field] = &[
    Field {
        name: "ip_address",
        at: "NetworkSettings.Networks",
        doc: "Its address in the first of its networks.",
        ..COMPUTED
    },
    Field {
        name: "ip_addresses",
        ty: FieldType::Map(&FieldType::String),
        at: "NetworkSettings.Networks",
        doc: "Its addresses by the networks' names.",
        ..COMPUTED
    },
    Field {
        name: "network_ids",
        ty: FieldType::Map(&FieldType::String),
        at: "NetworkSettings.Networks",
        doc: "The ids of its networks by their names.",
        ..COMPUTED
    },
    Field {
        name: "ports",
        ty: FieldType::Map(&FieldType::Int(1, 65535)),
        at: "NetworkSettings.Ports",
        doc: "The host's port of each published one, by names such as `\"8080/tcp\"`.",
        ..COMPUTED
    },
];
