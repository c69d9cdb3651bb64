//! Literals for the planner's tests: what is wanted, what is there, and what is remembered.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use petgraph::graph::DiGraph;
use serde_json::json;
use uuid::Uuid;
use wharf_state::{FORMAT, State};

use super::kinds::kinds;
use crate::address::Address;
use crate::desired::{Desired, Imports, Instance, Lifecycle, Outlook as _};
use crate::diagnostic::{Diagnostics, Source, Span};
use crate::engine::ObjectKind;
use crate::kinds::{Live, Ownership, Spec, Status};
use crate::observe::{Foreign, Object, Observed, Owner};
use crate::plan::{Options, Outlook, Plan, check, plan, plan_after, text};
use crate::value::seal::{SealKey, seal};
use crate::value::{Attributes, Value};

/// Everything that a plan is made from.
pub(super) struct World {
    pub(super) wanted: IndexMap<Address, Instance>,
    pub(super) observed: Observed,
    pub(super) state: State,
    pub(super) options: Options,
}

pub(super) fn at(address: &str) -> Address {
    address.parse().expect("an address")
}

pub(super) fn spec<const N: usize>(entries: [(&str, Value); N]) -> Spec {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::object(entries)
}

/// A block that names a network.
pub(super) fn on(network: &str) -> Value {
    Value::tuple([object([("name", network.into())])])
}

pub(super) const KEY: SealKey = SealKey::new([7; 32]);

impl World {
    pub(super) fn new() -> Self {
        let mut options = Options::new(Uuid::nil(), KEY);
        options.kinds = kinds;
        let observed = Observed {
            engine_id: "engine".into(),
            api: (1, 41),
            images: [("bb:1".to_owned(), json!({"Id": "sha256:bb1"}))].into(),
            local: true,
            ..Observed::default()
        };
        let state = State {
            format: FORMAT,
            wharf_version: String::new(),
            lineage: Uuid::nil(),
            generation: 1,
            project: "shop".into(),
            workspace: "default".into(),
            engine_id: "engine".into(),
            objects: BTreeMap::new(),
            outputs: BTreeMap::new(),
        };
        Self {
            wanted: IndexMap::new(),
            observed,
            state,
            options,
        }
    }

    /// Wants an instance, named as its block.
    pub(super) fn want(&mut self, address: &str, spec: Spec, dependencies: &[&str]) -> &mut Instance {
        let address = at(address);
        let source = Source::new("main.hcl", address.to_string());
        let name = match (spec.get("name").and_then(Value::as_str), address.kind()) {
            (Some(name), _) => name.to_owned(),
            (None, "sync") => String::new(),
            (None, _) => match &address.key {
                None => address.block.name.to_string(),
                Some(key) => format!("{}-{key}", address.block.name),
            },
        };
        let instance = Instance {
            in_check: false,
            address: address.clone(),
            span: Span::new(&source, 0..1),
            spans: IndexMap::new(),
            spec,
            name,
            dependencies: dependencies.iter().map(|it| at(it)).collect(),
            lifecycle: Lifecycle::default(),
        };
        self.wanted.insert(address.clone(), instance);
        self.wanted.get_mut(&address).expect("just put there")
    }

    /// Wants a container of the image that is there.
    pub(super) fn container(&mut self, address: &str, dependencies: &[&str]) -> &mut Instance {
        let networks: Vec<Value> = dependencies
            .iter()
            .filter_map(|it| it.strip_prefix("network."))
            .map(|name| object([("name", name.into())]))
            .collect();
        let mut wanted = spec([("image", "bb:1".into())]);
        if !networks.is_empty() {
            wanted.insert("network".into(), Value::tuple(networks));
        }
        self.want(address, wanted, dependencies)
    }

    pub(super) fn wanted(&mut self, address: &str) -> &mut Instance {
        self.wanted.get_mut(&at(address)).expect("wanted")
    }

    /// Makes the world as it is after everything that is wanted was applied.
    pub(super) fn settle(&mut self) {
        self.observed.objects.clear();
        self.state.objects.clear();
        let wanted: Vec<Instance> = self.wanted.values().cloned().collect();
        for instance in wanted.iter().filter(|it| !it.address.block.data) {
            let address = instance.address.clone();
            let id = match address.kind() {
                "sync" => String::new(),
                _ => format!("{}/{}", address.kind(), instance.name),
            };
            let mut live = instance.spec.clone();
            if matches!(address.kind(), "container" | "job") {
                live.insert("image".into(), "sha256:bb1".into());
                live.remove("file");
                live.remove("triggers");
            }
            let status = match address.kind() {
                "job" => Status::Exited(0),
                _ => Status::Running,
            };
            let nonce = format!("nonce of {address}");
            let kind = kinds(address.kind()).expect("a kind");
            let attributes: Attributes = kind
                .foretell(&instance.spec, &instance.name)
                .into_iter()
                .map(|(name, value)| {
                    let value = match (name.as_str(), value.is_unknown()) {
                        ("id", _) => Value::from(id.as_str()),
                        (_, true) => Value::from(format!("{name} of {id}")),
                        _ => value,
                    };
                    (name, value)
                })
                .collect();
            self.state.objects.insert(
                address.to_string(),
                wharf_state::Object {
                    kind: address.kind().to_owned(),
                    id: id.clone(),
                    name: instance.name.clone(),
                    nonce: nonce.clone(),
                    ready: true,
                    adopted: false,
                    protect: instance.spec.get("protect").and_then(Value::as_bool) == Some(true),
                    spec: seal(&Value::object(instance.spec.clone()), &KEY),
                    attributes: json!({}),
                    dependencies: instance.dependencies.iter().map(ToString::to_string).collect(),
                    memory: json!(null),
                    interim: None,
                    warm_up: None,
                    deposed: Vec::new(),
                },
            );
            if address.kind() != "sync" {
                let live = Live {
                    name: instance.name.clone(),
                    spec: live,
                    attributes,
                    status,
                };
                self.put(&address, &id, &nonce, live);
            }
        }
    }

    pub(super) fn put(&mut self, address: &Address, id: &str, nonce: &str, live: Live) {
        let ownership = Ownership {
            project: "shop".into(),
            workspace: "default".into(),
            address: address.clone(),
            nonce: nonce.into(),
        };
        self.observed
            .objects
            .entry(address.clone())
            .or_default()
            .push(Object {
                id: id.into(),
                ownership,
                live,
            });
    }

    /// The object that is there.
    pub(super) fn live(&mut self, address: &str) -> &mut Live {
        let objects = self.observed.objects.get_mut(&at(address)).expect("observed");
        &mut objects[0].live
    }

    pub(super) fn remove_by_hand(&mut self, address: &str) {
        self.observed.objects.remove(&at(address));
    }

    pub(super) fn foreign(&mut self, kind: ObjectKind, name: &str, owner: Owner) {
        let live = Live {
            name: name.into(),
            spec: Spec::new(),
            attributes: Attributes::new(),
            status: Status::Running,
        };
        let foreign = Foreign {
            id: format!("foreign {name}"),
            live,
            owner,
        };
        self.observed.foreign.insert((kind, name.into()), foreign);
    }

    pub(super) fn desired(&self) -> Desired {
        Desired {
            moves: crate::desired::Moves::default(),
            imports: Imports::default(),
            checks: Vec::new(),
            unsettled: crate::diagnostic::Diagnostics::default(),
            instances: self.wanted.clone(),
            graph: DiGraph::new(),
            outputs: IndexMap::new(),
            warnings: Diagnostics::default(),
        }
    }

    /// Plans; what an outlook has walked before, in whatever order, must make no difference.
    pub(super) fn try_plan(&self) -> Result<Plan, Diagnostics> {
        let (desired, observed, state) = (self.desired(), &self.observed, &self.state);
        let planned = plan(&desired, observed, state, &self.options);
        let mut outlook = Outlook::new(observed, state, &self.options);
        let mut open: Vec<&Instance> = desired.instances.values().rev().collect();
        let mut seen = BTreeSet::new();
        while !open.is_empty() {
            let is_next = |it: &&&Instance| {
                let needs = it.dependencies.iter();
                needs
                    .filter(|it| desired.instances.contains_key(*it))
                    .all(|it| seen.contains(it))
            };
            let next = open.iter().find(is_next).map_or(open[0], |it| it);
            outlook.attributes(next);
            seen.insert(next.address.clone());
            open.retain(|it| it.address != next.address);
        }
        let after = plan_after(outlook, &desired, observed, state, &self.options);
        assert_eq!(format!("{after:#?}"), format!("{planned:#?}"));
        planned
    }

    /// Plans; the plan must pass the check.
    pub(super) fn plan(&self) -> Plan {
        let plan = self
            .try_plan()
            .unwrap_or_else(|problems| panic!("{:#?}", problems.0));
        assert_eq!(check(&plan), Vec::<String>::new());
        plan
    }

    pub(super) fn text(&self) -> String {
        text(&self.plan())
    }

    /// What references see of an instance.
    pub(super) fn seen(&self, address: &str) -> Attributes {
        let mut outlook = Outlook::new(&self.observed, &self.state, &self.options);
        let mut seen = Attributes::new();
        for instance in self.wanted.values() {
            let attributes = outlook.attributes(instance);
            if instance.address == at(address) {
                seen = Attributes::clone(&attributes);
            }
        }
        seen
    }

    /// The errors, as text.
    pub(super) fn errors(&self) -> String {
        match self.try_plan() {
            Ok(plan) => panic!("a plan: {}", text(&plan)),
            Err(problems) => problems
                .0
                .iter()
                .map(|it| format!("{}: {} Help: {}\n", it.summary, it.detail, it.help))
                .collect(),
        }
    }
}
