//! What must hold: checks, validations, the conditions of outputs and of instances, each looked at when what it refers to has
//! been evaluated.

use super::checks::Subject;
use super::condition::{Verdict, as_warnings, judge, unmet};
use super::repetition::Repeated;
use super::scope::Names;
use super::walk::Walk;
use super::{Output, instance};
use crate::address::Key;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::known;
use crate::value::Value;

impl Walk<'_> {
    /// Looks at what a `check` block says; what does not hold is a warning.
    pub(super) fn check(&mut self, site: usize, at: usize) {
        let Some((name, check)) = self.module(site).checks.get_index(at) else {
            return;
        };
        if self.setting.destroying {
            return;
        }
        for condition in &check.asserts {
            let verdict = judge(condition, &Names::new(self, site, &Repeated::default()));
            let path = &self.layers.site(site).path;
            self.checked
                .note(path, Subject::Check(name.clone()), None, &verdict);
            let problem = match verdict {
                Ok(Verdict::Holds) => continue,
                Ok(Verdict::Fails(message)) => unmet("Check failed", condition, message),
                Ok(Verdict::Unknown) => {
                    self.unsettled.push(
                        Diagnostic::warning("Check known after apply")
                            .detail("Whether it holds depends on what only apply finds out.")
                            .at(condition.condition.span(), "not known yet"),
                    );
                    continue;
                }
                Err(problems) => {
                    self.problems.extend(problems);
                    continue;
                }
            };
            self.problems.extend(as_warnings(
                problem.related(check.span.clone(), "checks it").into(),
            ));
        }
    }

    pub(super) fn output(&mut self, site: usize, at: usize) -> Option<Value> {
        let (name, output) = self.module(site).outputs.get_index(at)?;
        let preconditions = output.preconditions.iter();
        for condition in preconditions.filter(|_| !self.setting.destroying) {
            let verdict = judge(condition, &Names::new(self, site, &Repeated::default()));
            let path = &self.layers.site(site).path;
            self.checked
                .note(path, Subject::Output(name.clone()), None, &verdict);
            if let Some(Verdict::Fails(message)) = self.problems.note(verdict) {
                let problem = unmet("Precondition not met", condition, message);
                self.problems
                    .push(problem.related(output.span.clone(), "needs it to be true"));
                return None;
            }
        }
        let value = self.evaluated(site, &output.value)?;
        if site > 0 {
            return Some(value.sensitive_if(output.sensitive));
        }
        if value.is_sensitive_anywhere() && !output.sensitive {
            self.problems.push(
                Diagnostic::error("Sensitive output")
                    .detail(format!(
                        "The value of `{name}` is made from a secret, and would be shown."
                    ))
                    .at(output.value.span(), "sensitive")
                    .related(output.span.clone(), "this output is shown")
                    .help("Add `sensitive = true`; or write `nonsensitive(…)` around it if it is no secret."),
            );
        }
        let value = value.sensitive_if(output.sensitive);
        if !value.is_null() {
            self.outputs.insert(
                name.clone(),
                Output {
                    value: value.clone(),
                    sensitive: output.sensitive,
                    span: output.span.clone(),
                },
            );
        }
        if !value.fits_storage() {
            self.problems.push(
                Diagnostic::error("Number out of range")
                    .detail(format!(
                        "The value of `{name}` holds a number that is infinite, such as the result of a division by zero."
                    ))
                    .at(output.value.span(), "infinite"),
            );
        }
        Some(value)
    }

    pub(super) fn validation(&mut self, site: usize, variable: usize, validation: usize) {
        let variable = &self.module(site).variables[variable];
        let validation = &variable.validations[validation];
        let verdict = judge(validation, &Names::new(self, site, &Repeated::default()));
        let path = &self.layers.site(site).path;
        self.checked
            .note(path, Subject::Variable(variable.name.clone()), None, &verdict);
        let Some(Verdict::Fails(message)) = self.problems.note(verdict) else {
            return;
        };
        let problem = Diagnostic::error("Invalid value of a variable").detail(message);
        // The line of a secret must not be shown.
        let given = self
            .given_at(site, &variable.name)
            .filter(|_| !variable.sensitive);
        let problem = match given {
            Some(given) => problem
                .at(given, "this value was refused")
                .related(variable.span.clone(), "declared here"),
            None => problem.at(variable.span.clone(), "its value was refused"),
        };
        let values = {
            let repeated = Repeated::default();
            let names = Names::new(self, site, &repeated);
            let expr = &validation.condition;
            known(&expr.expression, &expr.source, &names)
        };
        self.problems.push(
            problem
                .related(validation.condition.span(), "by this condition")
                .knowing(values.into_iter().map(|(_, known)| known)),
        );
    }

    /// Checks what an instance promises.
    pub(super) fn promises(
        &self,
        site: usize,
        block: usize,
        key: Option<&Key>,
        value: &Value,
    ) -> Diagnostics {
        let block_at = &self.module(site).blocks[block];
        match self.repeated(site, block, key) {
            Some(repeated) => instance::postconditions(block_at, site, key, &repeated, value, self),
            None => Diagnostics::default(),
        }
    }
}
