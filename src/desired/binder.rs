//! Evaluating single instances again during apply, with what has come out so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::graph::{Need, Target};
use super::instance::visible;
use super::setting::Prepared;
use super::site::Memory;
use super::walk::{Outcomes, Walk, no_instance};
use super::{Inputs, Kinds, Unknowns, settings};
use crate::address::Address;
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::told_once;
use crate::kinds::{KINDS, Spec};
use crate::run::Bind;
use crate::value::{Attributes, Value};

/// A configuration with its inputs, ready to evaluate any instance.
pub struct Binder {
    config: Config,
    inputs: Inputs,
    kinds: Kinds,
    prepared: Prepared,
    project: String,
    /// What no object has a part in, evaluated once.
    constants: Memory,
    /// What references see of instances that no run touches.
    unchanged: BTreeMap<Address, Arc<Attributes>>,
}

impl Binder {
    /// Prepares a configuration.
    ///
    /// # Errors
    /// Problems of the configuration that show without evaluating any block.
    pub fn new(config: Config, inputs: Inputs) -> Result<Self, Diagnostics> {
        Self::with_kinds(KINDS, config, inputs)
    }

    /// Prepares a configuration with given kinds.
    ///
    /// # Errors
    /// Problems of the configuration that show without evaluating any block.
    pub fn with_kinds(kinds: Kinds, config: Config, inputs: Inputs) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::default();
        let prepared = Prepared::new(&config, &inputs, kinds, &mut problems);
        let known = problems.note(settings::read(&config, &inputs, kinds, &prepared));
        let project = known.map_or_else(String::new, |settings| settings.project);
        let setting = prepared.setting(&config, &inputs, kinds, project.clone());
        let mut walk = Walk::new(&setting);
        walk.constants(&mut Unknowns::of(kinds));
        let constants = walk.layers.own;
        problems.extend(walk.problems);
        if problems.has_errors() {
            told_once(&mut problems);
            return Err(problems);
        }
        Ok(Self {
            config,
            inputs,
            kinds,
            prepared,
            project,
            constants,
            unchanged: BTreeMap::new(),
        })
    }

    /// Tells it what references see of the instances that stay as they are.
    #[must_use]
    pub fn knowing(self, unchanged: BTreeMap<Address, Arc<Attributes>>) -> Self {
        Self { unchanged, ..self }
    }

    /// Evaluates what an instance needs, each thing once, and goes on with that: again while that asks for more.
    fn at_instance<T>(
        &self,
        address: &Address,
        outcomes: &BTreeMap<Address, Arc<Attributes>>,
        go_on: impl Fn(&Walk<'_>, usize, usize) -> Result<T, Diagnostics>,
    ) -> Result<T, Diagnostics> {
        let setting = self
            .prepared
            .setting(&self.config, &self.inputs, self.kinds, self.project.clone());
        let outcomes = Outcomes {
            completed: outcomes,
            unchanged: &self.unchanged,
        };
        let mut walk = Walk::new(&setting).resumed(&self.constants, outcomes);
        let mut outlook = Unknowns::of(self.kinds);
        let site = walk
            .site_of(&address.module, &mut outlook)
            .ok_or_else(|| no_instance(address))?;
        let block = walk
            .module(site)
            .blocks
            .get_index_of(&address.block)
            .ok_or_else(|| no_instance(address))?;
        let part = walk.part(site);
        let body = part.numbering.body(block);
        let header = part.numbering.header(block);
        let has_twin = walk.twin(site, block, address.key.as_ref()).is_some();
        // Of other blocks only the instances that are read are looked at, so only evaluation can tell what is missing.
        let needs: Vec<Need> = part.needs[body]
            .iter()
            .filter(|need| !(part.is_block(need) || has_twin && need.target == Target::Node(header)))
            .cloned()
            .collect();
        walk.demand_all(site, &needs, &mut outlook);
        loop {
            if walk.problems.has_errors() {
                told_once(&mut walk.problems);
                return Err(walk.problems);
            }
            walk.reads.begin();
            let result = go_on(&walk, site, block);
            let missing = walk.reads.missing();
            if missing.is_empty() {
                return result;
            }
            for spot in missing {
                walk.demand(spot, &mut outlook);
            }
        }
    }

    fn evaluated(
        &self,
        address: &Address,
        outcomes: &BTreeMap<Address, Arc<Attributes>>,
    ) -> Result<Spec, Diagnostics> {
        self.at_instance(address, outcomes, |walk, site, block| {
            let instance = walk.instance(site, block, address.key.clone(), Vec::new())?;
            Ok(instance.spec)
        })
    }

    /// Tells whether anything is promised of the instances of a block.
    fn promises_anything(&self, address: &Address) -> bool {
        let mut module = self.config.root();
        for step in &address.module.0 {
            let called = module.calls.get(&step.name).and_then(|call| call.module);
            let Some(called) = called else { return false };
            module = &self.config.modules[called];
        }
        let block = module.blocks.get(&address.block);
        block.is_some_and(|block| !block.lifecycle.postconditions.is_empty())
    }
}

impl Bind for Binder {
    fn check(
        &self,
        address: &Address,
        outcomes: &BTreeMap<Address, Arc<Attributes>>,
    ) -> Result<(), Diagnostics> {
        let Some(attributes) = outcomes.get(address).filter(|_| self.promises_anything(address)) else {
            return Ok(());
        };
        self.at_instance(address, outcomes, |walk, site, block| {
            let value = visible(address, attributes, self.kinds);
            let problems = walk.promises(site, block, address.key.as_ref(), &value);
            match problems.has_errors() {
                true => Err(problems),
                false => Ok(()),
            }
        })
    }

    fn spec(
        &self,
        address: &Address,
        outcomes: &BTreeMap<Address, Arc<Attributes>>,
    ) -> Result<Spec, Diagnostics> {
        let spec = self.evaluated(address, outcomes)?;
        match spec.iter().find(|(_, value)| !Value::is_wholly_known(value)) {
            None => Ok(spec),
            Some((name, _)) => Err(Diagnostic::error("Value still unknown")
                .detail(format!(
                    "`{name}` of `{address}` is made from something that has no value yet, although everything that it depends on is done."
                ))
                .into()),
        }
    }
}
