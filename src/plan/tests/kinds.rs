//! Kinds that are just large enough to plan with: few attributes, one of each cost, and the ops that matter for the order.

use crate::address::Address;
use crate::engine::{Call, Condition, ObjectKind, Op, Target};
use crate::kinds::{
    Binding, Compare, Cost, Decision, Field, FieldType, Found, Kind, Live, Naming, Ops, Presence, Problem,
    Spec, Status, Unset,
};
use crate::value::{Attributes, Type, Value};

pub(super) fn kinds(name: &str) -> Option<&'static dyn Kind> {
    const ALL: &[&Small] = &[
        &Small("container", Some(ObjectKind::Container), CONTAINER),
        &Small("job", Some(ObjectKind::Container), JOB),
        &Small("network", Some(ObjectKind::Network), NETWORK),
        &Small("volume", Some(ObjectKind::Volume), VOLUME),
        &Small("image", Some(ObjectKind::Image), IMAGE),
        &Small("sync", None, SYNC),
    ];
    let found = ALL.iter().find(|kind| kind.0 == name)?;
    Some(*found)
}

struct Small(&'static str, Option<ObjectKind>, &'static [Field]);

const LIVE: Field = Field {
    cost: Cost::Live,
    ..Field::BASE
};
const ID: Field = Field {
    name: "id",
    presence: Presence::Computed,
    ..Field::BASE
};
const NAME: Field = Field {
    name: "name",
    presence: Presence::OptionalComputed,
    ..Field::BASE
};
const ENV: Field = Field {
    name: "env",
    ty: FieldType::Map(&FieldType::String),
    compare: Compare::Keys,
    ..Field::BASE
};
const IMAGE_FIELD: Field = Field {
    name: "image",
    ty: FieldType::ImageReference,
    ..Field::BASE
};

const CONTAINER: &[Field] = &[
    ID,
    Field {
        name: "ip",
        presence: Presence::Computed,
        ..Field::BASE
    },
    Field {
        name: "name",
        cost: Cost::Live,
        ..NAME
    },
    IMAGE_FIELD,
    ENV,
    Field {
        name: "command",
        ty: FieldType::List(&FieldType::String),
        ..Field::BASE
    },
    Field {
        name: "memory",
        ty: FieldType::Bytes,
        unset: Unset::Replace,
        ..LIVE
    },
    Field {
        name: "restart",
        ..LIVE
    },
    Field {
        name: "domain",
        cost: Cost::Refused,
        ..Field::BASE
    },
    Field {
        name: "annotation",
        since: (1, 43),
        ..Field::BASE
    },
    Field {
        name: "running",
        ty: FieldType::Bool,
        ..LIVE
    },
    Field {
        name: "port",
        ty: FieldType::Blocks(PORT, &["container", "protocol"]),
        ..Field::BASE
    },
    Field {
        name: "mount",
        ty: FieldType::Blocks(MOUNT, &["target"]),
        compare: Compare::Keys,
        ..Field::BASE
    },
    Field {
        name: "file",
        ty: FieldType::Blocks(FILE, &["path"]),
        cost: Cost::Restart,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
    Field {
        name: "network",
        ty: FieldType::Blocks(ENDPOINT, &["name"]),
        cost: Cost::Reconnect,
        ..Field::BASE
    },
    Field {
        name: "healthcheck",
        ty: FieldType::Block(HEALTHCHECK),
        ..Field::BASE
    },
];
const PORT: &[Field] = &[
    Field {
        name: "container",
        ty: FieldType::Port,
        ..Field::BASE
    },
    Field {
        name: "protocol",
        ..Field::BASE
    },
    Field {
        name: "host",
        ty: FieldType::Port,
        ..Field::BASE
    },
];
const MOUNT: &[Field] = &[
    Field {
        name: "volume",
        ..Field::BASE
    },
    Field {
        name: "target",
        ..Field::BASE
    },
];
const FILE: &[Field] = &[
    Field {
        name: "path",
        ..Field::BASE
    },
    Field {
        name: "content",
        ..Field::BASE
    },
];
const ENDPOINT: &[Field] = &[
    Field {
        name: "name",
        ..Field::BASE
    },
    Field {
        name: "aliases",
        ty: FieldType::Set(&FieldType::String),
        cost: Cost::Reconnect,
        ..Field::BASE
    },
    Field {
        name: "ipv4_address",
        cost: Cost::Reconnect,
        ..Field::BASE
    },
];
const HEALTHCHECK: &[Field] = &[Field {
    name: "interval",
    ty: FieldType::Duration,
    ..Field::BASE
}];
const JOB: &[Field] = &[
    ID,
    NAME,
    IMAGE_FIELD,
    ENV,
    Field {
        name: "stdout",
        presence: Presence::Computed,
        ..Field::BASE
    },
    Field {
        name: "triggers",
        ty: FieldType::Map(&FieldType::Any),
        compare: Compare::LastApplied,
        ..Field::BASE
    },
];
const ADOPT: Field = Field {
    name: "adopt",
    ty: FieldType::Bool,
    compare: Compare::Never,
    ..Field::BASE
};
const NETWORK: &[Field] = &[
    ID,
    NAME,
    ADOPT,
    Field {
        name: "internal",
        ty: FieldType::Bool,
        ..Field::BASE
    },
    Field {
        name: "ipam",
        ty: FieldType::Block(IPAM),
        ..Field::BASE
    },
];
const IPAM: &[Field] = &[Field {
    name: "config",
    ty: FieldType::Blocks(SUBNET, &["subnet"]),
    ..Field::BASE
}];
const SUBNET: &[Field] = &[Field {
    name: "subnet",
    ty: FieldType::Cidr,
    ..Field::BASE
}];
const VOLUME: &[Field] = &[
    NAME,
    ADOPT,
    Field {
        name: "driver",
        ..Field::BASE
    },
    Field {
        name: "protect",
        ty: FieldType::Bool,
        cost: Cost::Remember,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
];
const IMAGE: &[Field] = &[
    ID,
    Field {
        name: "name",
        ty: FieldType::ImageReference,
        presence: Presence::Required,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
    Field {
        name: "context_digest",
        presence: Presence::Derived,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
];
const SYNC: &[Field] = &[
    Field {
        name: "source",
        cost: Cost::Remember,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
    Field {
        name: "target",
        ty: FieldType::Block(MOUNT),
        compare: Compare::LastApplied,
        ..Field::BASE
    },
    Field {
        name: "delete",
        ty: FieldType::Bool,
        cost: Cost::Live,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
    Field {
        name: "on_change",
        ty: FieldType::Any,
        cost: Cost::Remember,
        compare: Compare::LastApplied,
        ..Field::BASE
    },
];

impl Kind for Small {
    fn name(&self) -> &'static str {
        self.0
    }
    fn doc(&self) -> &'static str {
        ""
    }
    fn fields(&self) -> &'static [Field] {
        self.2
    }
    fn data_fields(&self) -> &'static [Field] {
        self.2
    }
    fn object(&self) -> Option<ObjectKind> {
        self.1
    }
    fn default_name(&self, _: &Naming, address: &Address) -> Option<String> {
        Some(address.block.name.to_string())
    }
    fn survives_removal(&self) -> bool {
        self.0 == "job"
    }
    fn check(&self, _: &Spec) -> Vec<Problem> {
        Vec::new()
    }
    fn read(&self, found: &Found<'_>) -> Live {
        let name = found.inspect.get("Name").and_then(|name| name.as_str());
        let id = found.inspect.get("Id").and_then(|id| id.as_str());
        Live {
            name: name.unwrap_or("").to_owned(),
            spec: Spec::new(),
            attributes: id
                .map(|id| ("id".to_owned(), Value::from(id)))
                .into_iter()
                .collect(),
            status: Status::Running,
        }
    }
    fn foretell(&self, spec: &Spec, name: &str) -> Attributes {
        let mut seen = Attributes::new();
        for field in self.2 {
            let value = match (spec.get(field.name), field.name, field.presence) {
                (Some(value), ..) => value.clone(),
                (None, "name", _) => Value::from(name),
                (None, "stdout", _) => {
                    let secret = spec.values().any(Value::is_sensitive_anywhere);
                    Value::unknown(Type::String).sensitive_if(secret)
                }
                (None, _, Presence::Computed) => Value::unknown(Type::String),
                _ => continue,
            };
            seen.insert(field.name.to_owned(), value);
        }
        seen
    }
    fn ops(&self, decision: &Decision<'_>) -> Ops {
        match self.0 {
            "container" => container_ops(decision, Condition::Running { settle: 500 }),
            "job" => container_ops(decision, Condition::Exited),
            "network" => object_ops(decision, Op::NetworkCreate, Op::NetworkRemove),
            "volume" => object_ops(decision, Op::VolumeCreate, Op::VolumeRemove),
            "image" => image_ops(decision),
            _ => Ops::default(),
        }
    }
    fn call(&self, _: &Op, _: &Binding<'_>) -> Result<Call, String> {
        Err("not in these tests".to_owned())
    }
}

fn existing(decision: &Decision<'_>) -> Target {
    Target::Existing(decision.live.map_or("", |(id, _)| id).to_owned())
}

fn object_ops(decision: &Decision<'_>, create: Op, remove: Op) -> Ops {
    let mut ops = Ops::default();
    let replaces = decision.cost() >= Some(Cost::Replace);
    if decision.live.is_some() && (replaces || decision.is_delete()) {
        ops.down.push((existing(decision), remove));
    }
    if decision.live.is_none() || replaces {
        ops.up.push((Target::New, create));
    }
    ops
}

fn image_ops(decision: &Decision<'_>) -> Ops {
    let mut ops = Ops::default();
    if decision.is_delete() {
        let reference = decision.name.to_owned();
        ops.down.push((existing(decision), Op::ImageRemove { reference }));
    } else {
        ops.up.push((Target::New, Op::ImageBuild));
    }
    ops
}

fn container_ops(decision: &Decision<'_>, condition: Condition) -> Ops {
    let mut ops = Ops::default();
    let replaces = decision.cost() >= Some(Cost::Replace);
    let wait = Op::Await {
        condition,
        limit: 60_000,
    };
    let old = existing(decision);
    if decision.is_delete() {
        ops.down.push((old.clone(), Op::ContainerStop));
        ops.down.push((old, Op::ContainerRemove));
        return ops;
    }
    if decision.live.is_some() && !replaces {
        return update_ops(decision, wait);
    }
    let removal = [(old.clone(), Op::ContainerStop), (old, Op::ContainerRemove)];
    let name = |suffix: &str| format!("{}{suffix}", decision.name);
    let create = |name: String| (Target::New, Op::ContainerCreate { name });
    let run = [(Target::New, Op::ContainerStart), (Target::New, wait)];
    if replaces && decision.start_first {
        ops.up.push(create(name("-new")));
        ops.up.extend(run);
        ops.last.extend(removal);
        let rename = Op::ContainerRename { name: name("") };
        ops.last.push((Target::New, rename));
        return ops;
    }
    if replaces && decision.live.is_some() {
        ops.down.extend(removal);
    }
    ops.up.push(create(name("")));
    ops.up.extend(run);
    ops
}

fn update_ops(decision: &Decision<'_>, wait: Op) -> Ops {
    let old = existing(decision);
    let mut ops = Ops::default();
    let networks = |spec: &Spec| -> Vec<String> {
        let blocks = spec.get("network").and_then(Value::as_elements).unwrap_or(&[]);
        blocks
            .iter()
            .filter_map(|block| block.get("name")?.as_str().map(str::to_owned))
            .collect()
    };
    let live = decision
        .live
        .map(|(_, live)| networks(&live.spec))
        .unwrap_or_default();
    let desired = networks(decision.desired);
    for network in &live {
        if !desired.contains(network) || decision.replaced_networks.contains(network) {
            let op = Op::NetworkDisconnect {
                network: network.clone(),
                id: format!("id-{network}"),
            };
            ops.down.push((old.clone(), op));
        }
    }
    for network in desired {
        if !live.contains(&network) || decision.replaced_networks.contains(&network) {
            ops.up.push((old.clone(), Op::NetworkConnect { network }));
        }
    }
    if decision.differs("name") {
        let name = decision.name.to_owned();
        ops.up.push((old.clone(), Op::ContainerRename { name }));
    }
    let updated: Vec<String> = ["memory", "restart"]
        .into_iter()
        .filter(|name| decision.differs(name))
        .map(str::to_owned)
        .collect();
    if !updated.is_empty() {
        ops.up
            .push((old.clone(), Op::ContainerUpdate { attributes: updated }));
    }
    if decision.differs("file") {
        ops.up.push((old.clone(), Op::FilesPut));
    }
    let stays_stopped = decision.desired.get("running").and_then(Value::as_bool) == Some(false);
    if decision.differs("running") && stays_stopped {
        ops.up.push((old, Op::ContainerStop));
    } else if decision.differs("running") {
        ops.up.push((old.clone(), Op::ContainerStart));
        ops.up.push((old, wait));
    }
    ops
}
