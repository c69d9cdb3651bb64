//! Small plans, and what is needed to carry them out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use petgraph::graph::NodeIndex;
use serde_json::Value as Json;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use wharf_state::{Files, State, StateFile};

use crate::address::Address;
use crate::diagnostic::Diagnostics;
use crate::engine::{Engine, Op, Target};
use crate::kinds::Spec;
use crate::plan::{Action, Cause, Change, Impact, Plan, Schedule, Step};
use crate::run::record::sealed_spec;
use crate::run::{
    Bind, Event, Inputs, Interrupt, Interrupter, Options, Run, RunReport, Store, interrupt, run,
};
use crate::value::seal::SealKey;
use crate::value::{Attributes, Value};

pub(super) const KEY: [u8; 32] = [7; 32];

/// The values of each instance.
#[derive(Clone, Default)]
pub(super) struct Values(pub(super) BTreeMap<Address, Spec>);

impl Bind for Values {
    fn spec(&self, address: &Address, _: &BTreeMap<Address, Arc<Attributes>>) -> Result<Spec, Diagnostics> {
        Ok(self.0[address].clone())
    }
}

/// A plan under construction, with a place for its state.
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) values: Values,
    pub(super) options: Options,
    /// Ids of images by reference, as the plan saw them.
    pub(super) images: BTreeMap<String, String>,
    /// Ids of networks by name, as the plan saw them.
    pub(super) networks: BTreeMap<String, String>,
    root: tempfile::TempDir,
}

/// What came of a run.
pub(super) struct Outcome {
    pub(super) report: RunReport,
    pub(super) events: Vec<Event>,
    pub(super) state: State,
    pub(super) store: Store,
}

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(super) fn spec<const N: usize>(values: [(&str, Value); N]) -> Spec {
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

impl World {
    pub(super) fn new() -> Self {
        let plan = Plan {
            project: "shop".into(),
            workspace: "default".into(),
            lineage: String::new(),
            generation: 0,
            engine_id: "MEMORY".into(),
            destroy: false,
            changes: Vec::new(),
            outputs: Vec::new(),
            schedule: Schedule::default(),
            preconditions: Vec::new(),
            checks: Vec::new(),
        };
        let root = tempfile::tempdir().unwrap();
        Self {
            plan,
            values: Values::default(),
            options: Options::new(SealKey::new(KEY), root.path()),
            images: BTreeMap::new(),
            networks: BTreeMap::new(),
            root,
        }
    }

    /// Plans an instance with ops that run one after the other; the last one makes it ready.
    pub(super) fn add(
        &mut self,
        at: &str,
        action: Action,
        spec: Spec,
        ops: &[(Target, Op)],
    ) -> Vec<NodeIndex> {
        let address = address(at);
        let name = at.replace('.', "-");
        self.plan.changes.push(Change {
            address: address.clone(),
            moved_from: None,
            action,
            id: None,
            name,
            nonce: format!("nonce-{at}"),
            before: Json::Null,
            after: sealed_spec(&spec, &self.options.key),
            differences: Vec::new(),
            cause: Cause::New,
            impact: Impact::None,
            notes: Vec::new(),
            keeps: std::collections::BTreeMap::new(),
            dependencies: Vec::new(),
            protect: false,
            imported: false,
        });
        self.values.0.insert(address.clone(), spec);
        let graph = &mut self.plan.schedule.graph;
        let mut nodes: Vec<NodeIndex> = Vec::new();
        for (number, (target, op)) in ops.iter().enumerate() {
            let node = graph.add_node(Step {
                address: address.clone(),
                target: target.clone(),
                op: op.clone(),
                completes: number + 1 == ops.len() && action != Action::Delete,
                role: crate::plan::Role::Ordinary,
            });
            if let Some(before) = nodes.last() {
                graph.add_edge(*before, node, ());
            }
            nodes.push(node);
        }
        nodes
    }

    /// Plans a volume to be made.
    pub(super) fn volume(&mut self, name: &str) -> NodeIndex {
        let at = format!("volume.{name}");
        self.add(
            &at,
            Action::Create,
            Spec::new(),
            &[(Target::New, Op::VolumeCreate)],
        )[0]
    }

    /// Plans a container to be made, started and waited for.
    pub(super) fn container(&mut self, name: &str, values: Spec, wait: Op) -> Vec<NodeIndex> {
        let at = format!("container.{name}");
        let create = Op::ContainerCreate {
            name: at.replace('.', "-"),
        };
        let ops = [create, Op::ContainerStart, wait].map(|op| (Target::New, op));
        self.add(&at, Action::Create, values, &ops)
    }

    pub(super) fn edge(&mut self, before: NodeIndex, after: NodeIndex) {
        self.plan.schedule.graph.add_edge(before, after, ());
    }

    pub(super) fn files(&self) -> Files {
        Files::beside(&self.root.path().join("shop.default.json")).unwrap()
    }

    pub(super) fn state_path(&self) -> PathBuf {
        self.files().state
    }

    pub(super) fn store(&self) -> Store {
        let file = StateFile::new(self.files());
        let state = file.read().unwrap();
        let state = state.unwrap_or_else(|| State::new("shop", "default", "0.1.0"));
        Store::open(file, state).unwrap()
    }

    /// Puts another state in the place of the one that was written.
    pub(super) fn rewrite(&self, state: &State) {
        let mut state = state.clone();
        StateFile::new(self.files()).write(&mut state).unwrap();
    }

    pub(super) async fn run(&self, engine: &dyn Engine) -> Outcome {
        let (_, interrupt) = interrupt();
        self.run_until(engine, interrupt).await
    }

    /// Carries the plan out; what is on the disk at the end is the outcome's state.
    pub(super) async fn run_until(&self, engine: &dyn Engine, interrupt: Interrupt) -> Outcome {
        let (sender, receiver) = mpsc::unbounded_channel();
        let store = self.store();
        let (report, store) = run(
            Run {
                plan: &self.plan,
                inputs: Inputs {
                    images: self.images.clone(),
                    networks: self.networks.clone(),
                },
                binder: &self.values,
                engine,
                options: &self.options,
                interrupt,
                events: sender,
            },
            store,
        )
        .await;
        let state = StateFile::new(self.files()).read().unwrap().unwrap();
        Outcome {
            report,
            events: drain(receiver),
            state,
            store,
        }
    }

    pub(super) fn planned(&self) -> BTreeSet<String> {
        self.plan
            .changes
            .iter()
            .map(|change| change.address.to_string())
            .collect()
    }
}

impl Outcome {
    pub(super) fn objects(&self) -> Vec<&str> {
        self.state.objects.keys().map(String::as_str).collect()
    }

    /// Returns the summaries and details of what failed.
    pub(super) fn failures(&self) -> Vec<String> {
        let failed = self.report.failed.iter();
        failed
            .map(|failure| {
                let first = &failure.problems.0[0];
                format!("{}: {}: {}", failure.address, first.summary, first.detail)
            })
            .collect()
    }

    pub(super) fn skipped(&self) -> Vec<(String, Option<String>)> {
        let skipped = self.events.iter().filter_map(|event| match event {
            Event::StepSkipped { step, because, .. } => Some((
                step.address.to_string(),
                because.as_ref().map(ToString::to_string),
            )),
            _ => None,
        });
        skipped.collect()
    }
}

fn drain(mut receiver: UnboundedReceiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

/// Interrupts when something is asked for.
pub(super) fn interrupter() -> (Interrupter, Interrupt) {
    interrupt()
}
