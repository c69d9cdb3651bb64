//! What became of the conditions of the configuration, for those who read plans.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::address::{Key, ModulePath};
use crate::desired::{CheckOutcome, CheckResult, Subject};

/// Something that has conditions, in all instances of its module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// `check`, `output_value`, `resource` or `var`.
    pub kind: String,
    /// Of a block: whether it is a `data` block, and its kind.
    pub block: Option<(bool, String)>,
    /// Its name.
    pub name: String,
    /// The calls that lead to its module, without keys, such as `module.a`; empty for the root module.
    pub module: String,
    /// In each instance of its module, or each instance of the block.
    pub instances: Vec<CheckedInstance>,
}

/// One instance of something that has conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckedInstance {
    /// The module instance, such as `module.a[0]`; empty for the root module.
    pub module: String,
    /// The key of a block's instance, a number or text; null if it has none.
    pub key: Json,
    /// `pass`, `unknown`, `fail` or `error`.
    pub status: Status,
    /// What the configuration says of conditions that do not hold.
    pub problems: Vec<String>,
}

/// How conditions have come out, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All hold.
    Pass,
    /// Some are known only after apply.
    Unknown,
    /// Some do not hold.
    Fail,
    /// Some cannot be evaluated.
    Error,
}

impl Checked {
    /// Returns the worst status of the instances.
    pub fn status(&self) -> Status {
        let statuses = self.instances.iter().map(|instance| instance.status);
        statuses.max().unwrap_or(Status::Pass)
    }

    /// Returns what it is called in its module, such as `check.health`.
    pub fn title(&self) -> String {
        match (&self.block, self.kind.as_str()) {
            (Some((true, kind)), _) => format!("data.{kind}.{}", self.name),
            (Some((false, kind)), _) => format!("{kind}.{}", self.name),
            (None, "output_value") => format!("output.{}", self.name),
            (None, kind) => format!("{kind}.{}", self.name),
        }
    }
}

/// Puts the instances of each thing together.
pub(super) fn checked(results: &[CheckResult]) -> Vec<Checked> {
    let mut all: Vec<Checked> = Vec::new();
    for result in results {
        let (kind, name, block) = match &result.subject {
            Subject::Check(name) => ("check", name.as_str(), None),
            Subject::Output(name) => ("output_value", name.as_str(), None),
            Subject::Variable(name) => ("var", name.as_str(), None),
            Subject::Block(block) => (
                "resource",
                &*block.name,
                Some((block.data, block.kind.to_string())),
            ),
        };
        let module = without_keys(&result.module).to_string();
        let instance = CheckedInstance {
            module: result.module.to_string(),
            key: match &result.key {
                None => Json::Null,
                Some(Key::Index(index)) => (*index).into(),
                Some(Key::Name(name)) => name.clone().into(),
            },
            status: match result.outcome {
                CheckOutcome::Pass => Status::Pass,
                CheckOutcome::Unknown => Status::Unknown,
                CheckOutcome::Fail => Status::Fail,
                CheckOutcome::Error => Status::Error,
            },
            problems: result.messages.clone(),
        };
        let is_same = |it: &&mut Checked| {
            it.kind == kind && it.name == *name && it.block == block && it.module == module
        };
        match all.iter_mut().rev().find(is_same) {
            Some(known) => known.instances.push(instance),
            None => all.push(Checked {
                kind: kind.to_owned(),
                block,
                name: name.to_owned(),
                module,
                instances: vec![instance],
            }),
        }
    }
    all
}

fn without_keys(path: &ModulePath) -> ModulePath {
    let steps = path.0.iter();
    steps.fold(ModulePath::default(), |path, step| path.child(&step.name, None))
}
