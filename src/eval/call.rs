//! Function calls: finding the function, converting its arguments, and carrying unknown and sensitive values through.

use hcl_edit::Span as _;
use hcl_edit::expr::FuncCall;

use super::evaluator::Evaluator;
use super::function::{self, Call, Failure, Function, Marks, Param};
use super::special;
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::value::order::without_marks;
use crate::value::{Data, Type, Value, convert, type_of};

/// An argument with its place.
pub(super) struct Argument {
    pub(super) value: Value,
    pub(super) span: Span,
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: &FuncCall) -> Value {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() && !self.is_core(call) {
            return self.unknown_function(call, name);
        }
        match name {
            "try" => return self.try_each(call),
            "can" => return self.can(call),
            _ => {}
        }
        let Some(arguments) = self.arguments(call) else {
            return Value::unknown(Type::Any);
        };
        match name {
            "templatefile" => return self.templatefile(call, &arguments),
            "templatestring" => return self.templatestring(call, &arguments),
            "ephemeralasnull" if self.scope.has_ephemeral() => {
                return self.ephemeral_as_null(call, &arguments);
            }
            "type" if self.scope.is_console() => return self.type_text(call, &arguments),
            _ => {}
        }
        match function::find(name) {
            Some(function) => self.invoke(call, function, &arguments),
            None => self.unknown_function(call, name),
        }
    }

    fn is_core(&self, call: &FuncCall) -> bool {
        matches!(call.name.namespace.as_slice(), [only] if only.as_str() == "core")
    }

    fn unknown_function(&mut self, call: &FuncCall, name: &str) -> Value {
        let span = self.span(call.name.name.span());
        let names = function::names().chain(special::NAMES);
        let problem = Diagnostic::error("Unknown function")
            .detail(format!("There is no function `{name}`."))
            .at(span, "no such function");
        let problem = match did_you_mean(name, names) {
            Some(other) => problem.help(format!("Did you mean `{other}`?")),
            None => problem,
        };
        self.fail(problem)
    }

    /// Evaluates the arguments; `...` behind the last one spreads its elements. `None` if they are not known.
    pub(super) fn arguments(&mut self, call: &FuncCall) -> Option<Vec<Argument>> {
        let before = self.problems.0.len();
        let mut arguments: Vec<Argument> = call
            .args
            .iter()
            .map(|expression| Argument {
                value: self.value(expression),
                span: self.span(expression.span()),
            })
            .collect();
        if self.problems.0.len() > before && function::find(call.name.name.as_str()).is_some() {
            return None;
        }
        if call.args.expand_final() {
            let last = arguments.pop()?;
            arguments.extend(self.spread(last)?);
        }
        Some(arguments)
    }

    fn spread(&mut self, last: Argument) -> Option<Vec<Argument>> {
        if last.value.is_unknown() {
            return None;
        }
        let Some(elements) = last.value.as_elements() else {
            let ty = type_of(&last.value).described();
            self.fail(
                Diagnostic::error("Invalid expanding argument")
                    .detail(format!(
                        "What stands before ... must be a list, tuple or set, and this is {ty}."
                    ))
                    .at(last.span, ty),
            );
            return None;
        };
        let sensitive = last.value.sensitive;
        Some(
            elements
                .iter()
                .map(|element| Argument {
                    value: element.clone().sensitive_if(sensitive),
                    span: last.span.clone(),
                })
                .collect(),
        )
    }

    pub(super) fn invoke(&mut self, call: &FuncCall, function: &Function, arguments: &[Argument]) -> Value {
        if let Some(problem) = self.arity(call, function, arguments) {
            return self.fail(problem);
        }
        if !arguments.iter().all(|argument| self.budget.look(&argument.value)) {
            return self.stopped(call);
        }
        let mut prepared = Prepared::default();
        for (at, argument) in arguments.iter().enumerate() {
            let param = function.param(at);
            if let Err(detail) = prepared.add(&argument.value, param, function.marks) {
                self.argument_problem(function, param, argument, &detail);
                prepared.failed = true;
            }
        }
        if prepared.failed {
            return Value::unknown(Type::Any);
        }
        if prepared.unknown {
            let ty = (function.returns)(&prepared.values);
            return Value::unknown(ty).sensitive_if(prepared.sensitive);
        }
        let result = (function.run)(&Call {
            values: &prepared.values,
            scope: self.scope,
            budget: &self.budget,
        });
        match result {
            Ok(value) => {
                let value = value.sensitive_if(prepared.sensitive);
                match super::budget::weight(&value) {
                    Some(weight) if self.budget.make_weighed(&value, weight) => value,
                    Some(_) => self.stopped(call),
                    None => self.call_problem(call, "Its result is too large."),
                }
            }
            Err(_) if self.budget.is_used_up() => self.stopped(call),
            Err(failure) if failure.unreadable && self.files_are_dispensable() => {
                let ty = (function.returns)(&prepared.values);
                Value::unknown(ty).sensitive_if(prepared.sensitive)
            }
            Err(failure) => self.failure(call, function, arguments, failure),
        }
    }

    /// Reports that there is nothing left to go on with.
    fn stopped(&mut self, call: &FuncCall) -> Value {
        self.too_much(call.span());
        Value::unknown(Type::Any)
    }

    pub(super) fn files_are_dispensable(&self) -> bool {
        self.scope.files().is_some_and(|files| files.dispensable)
    }

    fn failure(
        &mut self,
        call: &FuncCall,
        function: &Function,
        arguments: &[Argument],
        mut failure: Failure,
    ) -> Value {
        let sensitive = arguments
            .iter()
            .any(|argument| argument.value.is_sensitive_anywhere());
        // What is quoted may come from a secret.
        if sensitive && failure.message.contains(['`', '"']) {
            failure.message = "it fails, and why is not told, for an argument is sensitive".to_owned();
        }
        match failure.argument.filter(|at| *at < arguments.len()) {
            Some(at) => self.argument_problem(function, function.param(at), &arguments[at], &failure.message),
            None => self.call_problem(call, &failure.message),
        }
    }

    fn arity(&self, call: &FuncCall, function: &Function, arguments: &[Argument]) -> Option<Diagnostic> {
        let least = function.params.len();
        if arguments.len() < least {
            let missing = &function.params[arguments.len()];
            return Some(
                Diagnostic::error("Not enough function arguments")
                    .detail(format!(
                        "`{}` needs {}, and `{}` is missing.",
                        function.name,
                        count(least, function.variadic.is_some()),
                        missing.name
                    ))
                    .at(
                        self.span(call.name.name.span()),
                        format!("`{}` is missing", missing.name),
                    )
                    .help(format!("Call it as {}.", function.signature())),
            );
        }
        if arguments.len() > least && function.variadic.is_none() {
            return Some(
                Diagnostic::error("Too many function arguments")
                    .detail(format!(
                        "`{}` takes {}, and is given {}.",
                        function.name,
                        count(least, false),
                        arguments.len()
                    ))
                    .at(arguments[least].span.clone(), "one too many")
                    .help(format!("Call it as {}.", function.signature())),
            );
        }
        None
    }

    fn argument_problem(
        &mut self,
        function: &Function,
        param: &Param,
        argument: &Argument,
        detail: &str,
    ) -> Value {
        let what = match &argument.value.data {
            Data::Null(_) => "null".to_owned(),
            _ => type_of(&argument.value).described(),
        };
        self.fail(
            Diagnostic::error("Invalid function argument")
                .detail(format!(
                    "`{}` of `{}`: {}.",
                    param.name,
                    function.name,
                    detail.trim_end_matches('.')
                ))
                .at(argument.span.clone(), what),
        )
    }

    pub(super) fn call_problem(&mut self, call: &FuncCall, detail: &str) -> Value {
        let span = self.span(call.span());
        let name = call.name.name.as_str();
        self.fail(
            Diagnostic::error("Error in function call")
                .detail(format!("`{name}`: {}.", detail.trim_end_matches('.')))
                .at(span, "this call"),
        )
    }
}

/// The arguments as the function wants them.
#[derive(Default)]
struct Prepared {
    values: Vec<Value>,
    unknown: bool,
    sensitive: bool,
    failed: bool,
}

impl Prepared {
    fn add(&mut self, value: &Value, param: &Param, marks: Marks) -> Result<(), String> {
        if value.is_null() && !param.nullable {
            return Err("it must not be null".to_owned());
        }
        let converted = convert(value, &param.kind.ty()).map_err(|error| match error.path.as_str() {
            "" => error.message,
            path => format!("at `{path}`, {}", error.message),
        })?;
        self.unknown |= match param.waits {
            function::Waits::ForItself => converted.is_unknown(),
            function::Waits::ForAll => !converted.is_wholly_known(),
            function::Waits::Not => false,
        };
        let value = match marks {
            Marks::Seen => converted,
            Marks::Kept => {
                self.sensitive |= converted.sensitive;
                Value::from(converted.data)
            }
            Marks::Spread => {
                self.sensitive |= converted.is_sensitive_anywhere();
                without_marks(&converted)
            }
        };
        self.values.push(value);
        Ok(())
    }
}

fn count(least: usize, more: bool) -> String {
    let number = match least {
        1 => "one argument".to_owned(),
        other => format!("{other} arguments"),
    };
    if more {
        format!("at least {number}")
    } else {
        number
    }
}
