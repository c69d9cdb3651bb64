//! `wharf console`: answers expressions about the configuration and what the state remembers, without any engine.
//!
//! Each line is an expression. On a terminal one may go on over several lines while a bracket is open. An error ends neither
//! the session nor its answers; where nobody sits at the terminal the exit code tells of it.

use std::io::{BufRead, Write};

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::visit::{self, Visit};

use super::arguments::Console;
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::config::{Expr, parse_expression};
use crate::desired::{Answers, Remembered, ask};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::format::is_open;
use crate::value::seal::unseal;
use crate::value::{Entries, Type, Value, type_of};
use crate::view;

/// What a line comes to.
enum Answer {
    Value(Value),
    Type(Type),
}

/// Answers lines until there are no more.
pub(super) fn run(arguments: &Console, environment: &Environment, terminal: &Terminal) -> Outcome {
    let project = Project::load(&(&arguments.inputs).into(), environment)?;
    let (config, inputs) = (&project.config, &project.inputs);
    let mut outlook = remembered(&project)?;
    ask(config, inputs, &mut outlook, |answers| {
        let mut session = Session {
            answers,
            terminal,
            json: arguments.json,
            interactive: terminal.can_ask(),
            failed: false,
        };
        session.lines();
        // Somebody who sits there has seen what went wrong.
        if session.failed && !session.interactive {
            ExitStatus::Error
        } else {
            ExitStatus::Success
        }
    })
}

/// Takes what was applied last out of the state.
fn remembered(project: &Project) -> Result<Remembered, Diagnostics> {
    let state = project.read_state()?;
    let objects = state.objects.iter().filter_map(|(address, object)| {
        let mut attributes = Entries::new();
        for part in [&object.attributes, &object.spec] {
            let entries = part.as_object().into_iter().flatten();
            attributes.extend(entries.map(|(name, value)| (name.clone(), unseal(value))));
        }
        Some((address.parse().ok()?, attributes))
    });
    Ok(Remembered::new(objects.collect()))
}

struct Session<'s, 'w, 'a> {
    answers: &'s mut Answers<'w, 'a>,
    terminal: &'s Terminal,
    json: bool,
    interactive: bool,
    failed: bool,
}

impl Session<'_, '_, '_> {
    fn lines(&mut self) {
        let mut open = String::new();
        self.prompt(&open);
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else {
                let problem = Diagnostic::error("Not UTF-8").detail("What was typed is not valid UTF-8.");
                self.report(&problem.into());
                return;
            };
            open.push_str(&line);
            if open.trim() == "exit" {
                return;
            }
            if self.interactive && is_open(&open) {
                open.push('\n');
            } else {
                self.line(&std::mem::take(&mut open));
            }
            self.prompt(&open);
        }
        // What was left open when the input ended.
        self.line(&open);
    }

    fn prompt(&self, open: &str) {
        if self.interactive {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "{}", if open.is_empty() { "> " } else { ": " });
            let _ = stderr.flush();
        }
    }

    fn line(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match answer(text, self.answers) {
            Ok(answer) => {
                let written = match (&answer, self.json) {
                    (Answer::Value(value), true) => view::console::value_json(value),
                    (Answer::Type(ty), true) => view::console::type_json(ty),
                    (Answer::Value(value), false) => view::console::value(value),
                    (Answer::Type(ty), false) => view::console::ty(ty),
                };
                self.terminal.result(&(written + "\n"));
            }
            Err(problems) => {
                if self.json {
                    let line = view::console::problems_json(&problems);
                    self.terminal.result(&(line + "\n"));
                }
                self.report(&problems);
            }
        }
    }

    fn report(&mut self, problems: &Diagnostics) {
        self.failed = true;
        if !self.json {
            self.terminal.report(problems);
        }
    }
}

fn answer(text: &str, answers: &mut Answers<'_, '_>) -> Result<Answer, Diagnostics> {
    let source = Source::new("<console>", text.trim_end());
    let expr = parse_expression(&source)?;
    match type_call(&expr.expression) {
        None => match misplaced_type(&expr) {
            Some(problem) => Err(problem.into()),
            None => answers.value(&expr).map(Answer::Value),
        },
        Some(call) => {
            let argument = call.args.iter().next().filter(|_| call.args.len() == 1);
            let Some(argument) = argument else {
                return Err(Diagnostic::error("Wrong number of arguments")
                    .detail("type() takes one value.")
                    .at(expr.span(), "")
                    .into());
            };
            let argument = Expr {
                source,
                expression: argument.clone(),
            };
            answers
                .value(&argument)
                .map(|value| Answer::Type(type_of(&value)))
        }
    }
}

/// `type(…)` is known here alone, and only as the whole line: a type is no value.
fn type_call(expression: &Expression) -> Option<&FuncCall> {
    match expression {
        Expression::Parenthesis(inner) => type_call(inner.inner()),
        Expression::FuncCall(call) if call.name.namespace.is_empty() && call.name.name.as_str() == "type" => {
            Some(call)
        }
        _ => None,
    }
}

/// Finds a `type(…)` inside of an expression, where it would have to be a value.
fn misplaced_type(expr: &Expr) -> Option<Diagnostic> {
    struct Finder(Option<std::ops::Range<usize>>);
    impl Visit for Finder {
        fn visit_func_call(&mut self, call: &FuncCall) {
            if call.name.namespace.is_empty() && call.name.name.as_str() == "type" {
                self.0 = self.0.take().or(call.name.name.span());
            }
            visit::visit_func_call(self, call);
        }
    }
    let mut finder = Finder(None);
    finder.visit_expr(&expr.expression);
    let span = Span::new(&expr.source, finder.0?);
    Some(
        Diagnostic::error("A type is no value")
            .detail("type(…) is known to the console alone, and answers a whole line.")
            .at(span, "inside of an expression")
            .help("Write it on a line of its own, around everything else."),
    )
}
