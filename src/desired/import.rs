//! `import` blocks → which objects are taken over, and as which instances.
//!
//! What an id is made from may be known only when the engine has been looked at, such as what a `data` block reads. Until then
//! an import is undecided, which is an error once nothing more can be read.

use std::cell::LazyCell;

use indexmap::IndexMap;

use super::Instance;
use super::repetition::Repeated;
use super::scope::Names;
use super::walk::Walk;
use crate::address::{Address, BlockAddress, Key, ModulePath};
use crate::config::{self, Expr};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, did_you_mean};
use crate::eval::{Scope, evaluate};
use crate::value::{Data, Type, Value, convert};

/// An object that is to be taken over.
#[derive(Clone, Debug)]
pub struct Import {
    /// The instance that it becomes.
    pub address: Address,
    /// The engine's id, the beginning of one, or the object's name.
    pub id: String,
    /// Where that is asked for, if it stands in the configuration.
    pub span: Option<Span>,
}

/// What `import` blocks ask for.
#[derive(Clone, Debug, Default)]
pub struct Imports {
    /// What is known, in source order.
    pub known: Vec<Import>,
    /// What is not known yet.
    pub undecided: Vec<Undecided>,
}

/// An `import` block, or one element of its `for_each`, that is not known yet.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// The module instance in which the block stands.
    pub module: ModulePath,
    /// The calls on the way from there, by name: which instances of them is a part of what is not known.
    pub calls: Vec<String>,
    /// The block that the object is to be an instance of.
    pub block: BlockAddress,
    /// What to say if it never will be known.
    pub problem: Diagnostic,
}

impl Undecided {
    /// Tells whether an instance may be one that the object is to be.
    pub fn may_be(&self, address: &Address) -> bool {
        let inside = address.module.0.strip_prefix(self.module.0.as_slice());
        address.block == self.block
            && inside.is_some_and(|inside| inside.iter().map(|step| &step.name).eq(&self.calls))
    }
}

/// What one expression of an `import` block comes to.
enum Known<T> {
    Value(T),
    /// Not known yet: what to say if it never will be.
    Undecided(Diagnostic),
}

impl Walk<'_> {
    /// Evaluates an `import` block.
    pub(super) fn import(&mut self, site: usize, at: usize) {
        // Who takes everything away takes nothing over.
        if self.setting.destroying {
            return;
        }
        let import = &self.module(site).imports[at];
        let found = match &import.for_each {
            None => Ok(Known::Value(vec![Repeated::default()])),
            Some(expr) => {
                let outside = Repeated::default();
                elements(expr, &Names::new(self, site, &outside))
            }
        };
        let instances = match self.problems.note(found) {
            Some(Known::Value(instances)) => instances,
            Some(Known::Undecided(problem)) => {
                self.undecided(site, import, problem);
                return;
            }
            None => return,
        };
        for repeated in instances {
            let found = one(import, &Names::new(self, site, &repeated));
            match self.problems.note(found) {
                Some(Known::Value(found)) => self.imports.known.push(found),
                Some(Known::Undecided(problem)) => self.undecided(site, import, problem),
                None => {}
            }
        }
    }

    fn undecided(&mut self, site: usize, import: &config::Import, problem: Diagnostic) {
        let calls = import.to.module.iter().map(|(name, _)| name.clone());
        let undecided = Undecided {
            module: self.layers.site(site).path.clone(),
            calls: calls.collect(),
            block: import.to.block.clone(),
            problem,
        };
        self.imports.undecided.push(undecided);
    }
}

impl Imports {
    /// Finds imports to what is not declared, and two for one instance.
    pub(super) fn problems(&self, instances: &IndexMap<Address, Instance>) -> Diagnostics {
        let mut problems = Diagnostics::default();
        let mut first: IndexMap<&Address, &Import> = IndexMap::new();
        let names = LazyCell::new(|| names(instances.keys()));
        for import in &self.known {
            let Some(span) = &import.span else { continue };
            if let Some(first) = first.get(&import.address) {
                problems.push(duplicate(import, first, span));
                continue;
            }
            first.insert(&import.address, import);
            if !instances.contains_key(&import.address) {
                problems.push(nothing_there(&import.address, &names).at(span.clone(), "not declared"));
            }
        }
        problems
    }
}

fn names<'a>(known: impl Iterator<Item = &'a Address>) -> Vec<String> {
    known.map(ToString::to_string).collect()
}

/// Says that the configuration has no instance with an address.
pub fn not_declared<'a>(address: &Address, known: impl Iterator<Item = &'a Address>) -> Diagnostic {
    nothing_there(address, &names(known))
}

fn nothing_there(address: &Address, known: &[String]) -> Diagnostic {
    let meant = did_you_mean(&address.to_string(), known.iter().map(String::as_str));
    let help = match meant {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => {
            "Declare it first; `wharf adopt NAME` writes the block for an object that is there.".to_owned()
        }
    };
    Diagnostic::error("Nothing to import to")
        .detail(format!(
            "The configuration declares no `{address}`, so nothing says what the object is to be."
        ))
        .help(help)
}

fn duplicate(import: &Import, first: &Import, span: &Span) -> Diagnostic {
    let problem = Diagnostic::error("Duplicate import").detail(format!(
        "`{}` cannot be both the object {:?} and the object {:?}.",
        import.address, first.id, import.id
    ));
    match first.span.as_ref().filter(|first| *first != span) {
        Some(first) => problem
            .at(span.clone(), "imported again here")
            .related(first.clone(), "the first one")
            .help("Keep one of the two."),
        None => problem
            .at(span.clone(), "the same for several elements")
            .help("Use `each.key` in `to`, as in `container.web[each.key]`."),
    }
}

/// Evaluates `for_each`, which may be a list here.
fn elements(expr: &Expr, scope: &dyn Scope) -> Result<Known<Vec<Repeated>>, Diagnostics> {
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let wrong = |detail: String| -> Diagnostics {
        Diagnostic::error("Invalid for_each")
            .detail(detail)
            .at(expr.span(), "decides what is imported")
            .into()
    };
    if value.sensitive {
        return Err(wrong(
            "`for_each` is sensitive, and would be shown in addresses.".to_owned(),
        ));
    }
    if value.is_unknown() {
        return Ok(Known::Undecided(
            Diagnostic::error("Invalid for_each")
                .detail(
                    "`for_each` is known only after apply, and what is imported is decided while planning.",
                )
                .at(expr.span(), "decides what is imported"),
        ));
    }
    let each = |key: Value, value: &Value| Repeated {
        count: None,
        each: Some((key, value.clone())),
    };
    let repeated = match &value.data {
        Data::Map(_, entries) | Data::Object(entries) => entries
            .iter()
            .map(|(key, value)| each(Value::from(key.as_str()), value))
            .collect(),
        Data::Set(_, elements) => elements
            .iter()
            .map(|element| each(element.clone(), element))
            .collect(),
        Data::List(_, elements) | Data::Tuple(elements) => (0..)
            .zip(elements.iter())
            .map(|(at, element)| each(Value::from(at), element))
            .collect(),
        _ if value.is_null() => return Err(wrong("`for_each` is null.".to_owned())),
        _ => {
            return Err(wrong(format!(
                "`for_each` takes a map, a set or a list, and this is {}.",
                crate::value::type_of(&value).described()
            )));
        }
    };
    Ok(Known::Value(repeated))
}

/// Evaluates what an `import` block says of one element.
fn one(import: &config::Import, scope: &dyn Scope) -> Result<Known<Import>, Diagnostics> {
    let mut problems = Diagnostics::default();
    let id = problems.note(id(&import.id, scope));
    let address = problems.note(address(&import.to, scope));
    match (id, address) {
        (Some(Known::Value(id)), Some(Known::Value(address))) => Ok(Known::Value(Import {
            address,
            id,
            span: Some(import.to.span.clone()),
        })),
        (Some(Known::Undecided(problem)), Some(_)) | (Some(_), Some(Known::Undecided(problem))) => {
            Ok(Known::Undecided(problem))
        }
        (None, _) | (_, None) => Err(problems),
    }
}

/// Evaluates an id.
fn id(expr: &Expr, scope: &dyn Scope) -> Result<Known<String>, Diagnostics> {
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let wrong = |summary: &str, detail: &str, label: &str| {
        Diagnostic::error(summary)
            .detail(detail)
            .at(expr.span(), label.to_owned())
    };
    if value.is_sensitive_anywhere() {
        let problem = wrong(
            "Sensitive id",
            "The id of what is imported is shown in the plan.",
            "sensitive",
        );
        return Err(problem
            .help("If it is no secret, write `nonsensitive(…)` around it.")
            .into());
    }
    let text = convert(&value, &Type::String).map_err(|error| {
        wrong(
            "Wrong type",
            &format!("The id of an import is text: {error}."),
            "no text",
        )
    })?;
    if text.is_unknown() {
        let problem = wrong(
            "Unknown id",
            "What is imported is decided while planning, and this id is known only after apply.",
            "known after apply",
        );
        return Ok(Known::Undecided(
            problem.help("Write the object's name or id, or read it with a `data` block."),
        ));
    }
    match text.as_str() {
        None => Err(wrong("No id", "The id of an import cannot be null.", "null").into()),
        Some("") => Err(wrong("No id", "The id of an import cannot be empty.", "empty").into()),
        Some(id) => Ok(Known::Value(id.to_owned())),
    }
}

/// Evaluates the keys of an address.
fn address(to: &config::ImportTarget, scope: &dyn Scope) -> Result<Known<Address>, Diagnostics> {
    let mut module = ModulePath::default();
    for (name, written) in &to.module {
        module = match key(written.as_ref(), scope)? {
            Known::Value(key) => module.child(name, key),
            Known::Undecided(problem) => return Ok(Known::Undecided(problem)),
        };
    }
    Ok(match key(to.key.as_ref(), scope)? {
        Known::Value(key) => Known::Value(module.instance(&to.block, key)),
        Known::Undecided(problem) => Known::Undecided(problem),
    })
}

/// Evaluates a key: a whole number or text.
fn key(expr: Option<&Expr>, scope: &dyn Scope) -> Result<Known<Option<Key>>, Diagnostics> {
    let Some(expr) = expr else {
        return Ok(Known::Value(None));
    };
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let wrong = |detail: &str| {
        Diagnostic::error("Invalid key")
            .detail(detail)
            .at(expr.span(), "")
    };
    if value.is_sensitive_anywhere() {
        return Err(wrong("The key of an instance is shown, and this one is sensitive.").into());
    }
    if value.is_unknown() {
        return Ok(Known::Undecided(wrong(
            "What is imported is decided while planning, and this key is known only after apply.",
        )));
    }
    let index = || value.as_i64().and_then(|index| u64::try_from(index).ok());
    let name = || value.as_str().map(|name| Key::Name(name.to_owned()));
    match index().map(Key::Index).or_else(name) {
        Some(key) => Ok(Known::Value(Some(key))),
        None => Err(wrong("The key of an instance is a whole number or text.").into()),
    }
}
