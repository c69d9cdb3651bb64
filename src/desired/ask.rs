//! Questions about a configuration that has been evaluated: the console's expressions.

use std::sync::Arc;

use super::reading::Reader;
use super::repetition::Repeated;
use super::scope::Names;
use super::setting::Prepared;
use super::walk::Walk;
use super::{Inputs, Kinds, Outlook, settings};
use crate::config::{Config, Expr};
use crate::diagnostic::Diagnostics;
use crate::eval::evaluate;
use crate::kinds::KINDS;
use crate::value::Value;

/// A configuration whose values can be asked for.
pub struct Answers<'w, 'a> {
    walk: &'w mut Walk<'a>,
    outlook: &'w mut dyn Outlook,
    config: &'w Config,
    kinds: Kinds,
}

/// The root module, and its only instance.
const ROOT: usize = 0;

impl Answers<'_, '_> {
    /// Evaluates an expression that stands in the root module, outside of all blocks.
    ///
    /// # Errors
    /// All the problems of the expression.
    pub fn value(&mut self, expr: &Expr) -> Result<Value, Diagnostics> {
        // What earlier questions have used up is no matter of this one.
        self.walk.total = Arc::default();
        let mut problems = Diagnostics::default();
        let numbering = self.walk.setting.graph.parts[ROOT].numbering;
        let mut reader = Reader::new(self.config, ROOT, self.kinds, numbering, &mut problems);
        reader.expr(expr);
        let needs = reader.found;
        if problems.has_errors() {
            return Err(problems);
        }
        self.walk.demand_all(ROOT, &needs, self.outlook);
        let repeated = Repeated::default();
        let names = Names::new(self.walk, ROOT, &repeated);
        evaluate(&expr.expression, &expr.source, &names)
    }
}

/// Evaluates a configuration without asking any engine, and lets a session ask about it. What references see of an instance
/// is asked of the outlook.
///
/// # Errors
/// Every problem of the configuration and the inputs: then there is no session.
pub fn ask<T>(
    config: &Config,
    inputs: &Inputs,
    outlook: &mut dyn Outlook,
    session: impl FnOnce(&mut Answers<'_, '_>) -> T,
) -> Result<T, Diagnostics> {
    let kinds = KINDS;
    let mut problems = config.problems.clone();
    let prepared = Prepared::new(config, inputs, kinds, &mut problems);
    let known = problems.note(settings::read(config, inputs, kinds, &prepared));
    let project = known.map_or_else(|| config.default_project.clone(), |settings| settings.project);
    let setting = prepared.setting(config, inputs, kinds, project);
    let mut walk = Walk::new(&setting);
    walk.keeps_all = true;
    walk.everything(outlook);
    problems.extend(std::mem::take(&mut walk.problems));
    if problems.has_errors() {
        super::in_reading_order(&mut problems, config);
        return Err(problems);
    }
    Ok(session(&mut Answers {
        walk: &mut walk,
        outlook,
        config,
        kinds,
    }))
}
