//! The FIELDS table of containers.

use crate::kinds::process::fields::{
    CONFINEMENT, ISOLATION, KNOWN_TO_ENGINE, KNOWN_WHILE_RUNNING, LIMITS, NETWORKING, PROGRAM, RESOURCES,
    STORAGE, join,
};
use crate::kinds::{Compare, Cost, Field, FieldType, Presence};

const TABLES: &[&[Field]] = &[
    PROGRAM,
    NETWORKING,
    STORAGE,
    SERVICE,
    RESOURCES,
    LIMITS,
    CONFINEMENT,
    ISOLATION,
    KNOWN_TO_ENGINE,
    KNOWN_WHILE_RUNNING,
];

/// The table.
pub(super) const FIELDS: &[Field] = &join::<
    {
        PROGRAM.len()
            + NETWORKING.len()
            + STORAGE.len()
            + SERVICE.len()
            + RESOURCES.len()
            + LIMITS.len()
            + CONFINEMENT.len()
            + ISOLATION.len()
            + KNOWN_TO_ENGINE.len()
            + KNOWN_WHILE_RUNNING.len()
    },
>(TABLES);

/// What only what keeps running has.
const SERVICE: &[Field] = &[
    Field {
        name: "port",
        ty: FieldType::Blocks(PORT, &["container", "protocol", "ip", "host"]),
        at: "HostConfig.PortBindings",
        doc: "A port of the container that the host publishes.",
        ..Field::BASE
    },
    Field {
        name: "expose",
        ty: FieldType::Set(&FieldType::String),
        compare: Compare::Keys,
        at: "Config.ExposedPorts",
        default: "the image's, to which these are added",
        doc: "Ports that are made known without being published, such as `8081/tcp`; without a protocol it is `tcp`.",
        ..Field::BASE
    },
    Field {
        name: "publish_all",
        ty: FieldType::Bool,
        at: "HostConfig.PublishAllPorts",
        default: "false",
        doc: "Whether every port that is made known is published at a port of the host that the engine picks.",
        ..Field::BASE
    },
    Field {
        name: "restart",
        cost: Cost::Live,
        at: "HostConfig.RestartPolicy",
        default: "`no`",
        doc: "What the engine does when the program ends: `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N` with the most attempts.",
        ..Field::BASE
    },
    Field {
        name: "healthcheck",
        ty: FieldType::Block(HEALTHCHECK),
        at: "Config.Healthcheck",
        default: "the image's",
        doc: "How the engine finds out whether the container works. What depends on the container waits until it does.",
        ..Field::BASE
    },
    Field {
        name: "running",
        ty: FieldType::Bool,
        cost: Cost::Live,
        at: "State.Running",
        default: "true",
        doc: "Whether it is to run. A container with `running = false` is made, or stopped, but not started.",
        ..Field::BASE
    },
    Field {
        name: "start_timeout",
        ty: FieldType::Duration,
        cost: Cost::Remember,
        compare: Compare::Never,
        default: "`\"60s\"`; with a health check the time that its retries may take, at least `\"60s\"`; `\"5m\"` if only the image knows them",
        doc: "How long it may take to be ready.",
        ..Field::BASE
    },
    Field {
        name: "update",
        ty: FieldType::Block(UPDATE),
        cost: Cost::Remember,
        compare: Compare::Never,
        default: "all at once",
        doc: "How the instances of a block with `count` or `for_each` are changed one after another.",
        ..Field::BASE
    },
];

const UPDATE: &[Field] = &[
    Field {
        name: "max_parallel",
        ty: FieldType::Int(1, i64::MAX),
        compare: Compare::Never,
        default: "1",
        doc: "How many instances of the block change at a time.",
        ..Field::BASE
    },
    Field {
        name: "pause",
        ty: FieldType::Duration,
        compare: Compare::Never,
        default: "`\"0s\"`",
        doc: "The time between a batch that is ready and the next one.",
        ..Field::BASE
    },
    Field {
        name: "order",
        ty: FieldType::Enum(&["stop_first", "start_first"]),
        compare: Compare::Never,
        default: "that of `lifecycle`, else `stop_first`",
        doc: "Whether an instance is replaced after its predecessor has stopped or before: another way to write `replace` in `lifecycle`.",
        ..Field::BASE
    },
    Field {
        name: "on_failure",
        ty: FieldType::Enum(&["stop", "rollback"]),
        compare: Compare::Never,
        default: "`stop`",
        doc: "What becomes of the others when an instance fails: with `stop` the batches after it are left as they are, with `rollback` those that were replaced are put back besides.",
        ..Field::BASE
    },
];

const PORT: &[Field] = &[
    Field {
        name: "container",
        ty: FieldType::Port,
        presence: Presence::Required,
        doc: "The port in the container.",
        ..Field::BASE
    },
    Field {
        name: "host",
        ty: FieldType::Port,
        at: "HostPort",
        default: "the engine picks one: see `ports`",
        doc: "The port of the host.",
        ..Field::BASE
    },
    Field {
        name: "ip",
        ty: FieldType::Ip,
        at: "HostIp",
        default: "all addresses of the host",
        doc: "The address of the host that it is published at.",
        ..Field::BASE
    },
    Field {
        name: "protocol",
        ty: FieldType::Enum(&["tcp", "udp", "sctp"]),
        default: "`tcp`",
        doc: "The protocol.",
        ..Field::BASE
    },
];

const HEALTHCHECK: &[Field] = &[
    Field {
        name: "test",
        ty: FieldType::List(&FieldType::String),
        at: "Test",
        default: "the image's",
        doc: "The command: `[\"CMD\", \"program\", \"argument\"]`, or `[\"CMD-SHELL\", \"a line for the container's shell\"]`.",
        ..Field::BASE
    },
    Field {
        name: "interval",
        ty: FieldType::Duration,
        at: "Interval",
        default: "the image's, else `\"30s\"`",
        doc: "The time between two checks.",
        ..Field::BASE
    },
    Field {
        name: "timeout",
        ty: FieldType::Duration,
        at: "Timeout",
        default: "the image's, else `\"30s\"`",
        doc: "How long one check may take.",
        ..Field::BASE
    },
    Field {
        name: "start_period",
        ty: FieldType::Duration,
        at: "StartPeriod",
        default: "the image's, else `\"0s\"`",
        doc: "The time after the start in which failures do not count.",
        ..Field::BASE
    },
    Field {
        name: "start_interval",
        ty: FieldType::Duration,
        at: "StartInterval",
        since: (1, 44),
        default: "the image's, else `\"5s\"`",
        doc: "The time between two checks during `start_period`.",
        ..Field::BASE
    },
    Field {
        name: "retries",
        ty: FieldType::Int(1, i64::MAX),
        at: "Retries",
        default: "the image's, else 3",
        doc: "How many failures in a row make the container unhealthy.",
        ..Field::BASE
    },
    Field {
        name: "disable",
        ty: FieldType::Bool,
        at: "Test",
        default: "false",
        doc: "Whether the image's health check is switched off.",
        ..Field::BASE
    },
];

/// What a `data` block asks by.
pub(super) const DATA_FIELDS: &[Field] = &[Field {
    name: "name",
    ty: FieldType::ObjectName,
    presence: Presence::Required,
    doc: "The container's name.",
    ..Field::BASE
}];
