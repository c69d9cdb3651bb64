//! Saved plans: what is done, with the configuration and the inputs that it came from, so that `apply FILE` needs neither.
//!
//! No secret is written: values of sensitive variables are left out and have to be given again, and the plan itself holds
//! keyed hashes alone, which tell whether they are the same ones.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::config::variables::{self, VariableFile};
use crate::config::{Config, KindNames, ModuleFiles, parse};
use crate::desired::{Assignment, Inputs};
use crate::diagnostic::{Diagnostic, Diagnostics, Fault, Source};
use crate::plan::{Plan, check};

/// The version of the format that this build writes and reads.
const FORMAT: u32 = 2;

/// How every saved plan begins.
const BEGINNING: &str = "{\"wharf_plan\":";

/// A saved plan.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PlanFile {
    /// The format's version: the first thing in the file.
    wharf_plan: u32,
    /// The version of wharf that wrote it.
    wharf_version: String,
    /// What is done.
    pub(super) plan: Plan,
    /// The directory that relative paths of the configuration start from, absolute.
    root: PathBuf,
    /// The project's name unless the configuration gives one.
    default_project: String,
    /// The configuration's files, module by module; the root module is the first.
    modules: Vec<ModuleFile>,
    /// Values that were given, those of sensitive variables left out.
    assignments: Vec<Given>,
    /// `WHARF_VAR_…` of the environment, those of sensitive variables left out.
    environment: BTreeMap<String, String>,
    /// The engine that the command line named.
    pub(super) host: Option<String>,
    /// The state, absolute.
    pub(super) state: PathBuf,
    /// SHA-256 of everything else.
    digest: String,
}

/// The files of a module.
#[derive(Debug, Serialize, Deserialize)]
struct ModuleFile {
    /// Their directory, relative to that of the root module.
    dir: PathBuf,
    files: Vec<File>,
    /// The positions of the modules that it calls.
    calls: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    path: PathBuf,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Given {
    /// A variable file.
    File(File),
    /// A variable file that holds a secret: it is read again.
    SecretFile(PathBuf),
    /// An option.
    Option { name: String, text: String },
}

/// What a plan file is made of.
pub(super) struct Parts<'a> {
    /// What is done.
    pub(super) plan: &'a Plan,
    /// What it was made from.
    pub(super) config: &'a Config,
    /// What was given.
    pub(super) inputs: &'a Inputs,
    /// The engine that the command line named.
    pub(super) host: Option<&'a str>,
    /// The state.
    pub(super) state: &'a Path,
}

/// Tells whether a path is a saved plan: by its beginning, for its name can be any.
pub(super) fn is_plan_file(path: &Path) -> bool {
    use std::io::Read;
    let mut beginning = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    read.is_ok() && beginning == BEGINNING.as_bytes()
}

/// Writes a plan for its owner alone; it becomes visible whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(path: &Path, parts: &Parts<'_>) -> Result<(), Diagnostic> {
    let file = PlanFile::of(parts);
    let text = serde_json::to_string(&file).map_err(|error| cannot("write", path, &error))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || {
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        temporary.write_all(text.as_bytes())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|error| error.error)
    };
    write().map(|_| ()).map_err(|error| cannot("write", path, &error))
}

/// Reads a plan.
///
/// # Errors
/// The file cannot be read, is damaged, or was written by another version.
pub(super) fn read(path: &Path) -> Result<PlanFile, Diagnostic> {
    let text = std::fs::read_to_string(path).map_err(|error| cannot("read", path, &error))?;
    let json: Json = serde_json::from_str(&text).map_err(|error| damaged(path, &error.to_string()))?;
    if json["wharf_plan"] != FORMAT {
        return Err(Diagnostic::error("Plan of another version")
            .detail(format!(
                "`{}` has format {}, and this wharf reads format {FORMAT}.",
                path.display(),
                json["wharf_plan"]
            ))
            .help("Make the plan again.")
            .fault(Fault::Conflict));
    }
    if json["digest"] != digest(&json) {
        return Err(damaged(path, "its digest does not fit its content"));
    }
    let file: PlanFile = serde_json::from_value(json).map_err(|error| damaged(path, &error.to_string()))?;
    let wrong = check(&file.plan);
    if wrong.is_empty() {
        Ok(file)
    } else {
        Err(damaged(path, &wrong.join(" ")))
    }
}

impl PlanFile {
    fn of(parts: &Parts<'_>) -> Self {
        let (config, inputs) = (parts.config, parts.inputs);
        let is_secret = |name: &str| {
            config
                .root()
                .variables
                .get(name)
                .is_some_and(|variable| variable.sensitive || variable.ephemeral)
        };
        let environment = inputs.environment.iter().filter(|(name, _)| {
            name.strip_prefix(Inputs::PREFIX)
                .is_some_and(|name| config.root().variables.contains_key(name) && !is_secret(name))
        });
        let mut file = Self {
            wharf_plan: FORMAT,
            wharf_version: env!("CARGO_PKG_VERSION").to_owned(),
            plan: parts.plan.clone(),
            root: absolute(&inputs.working_dir, &config.root_dir),
            default_project: config.default_project.clone(),
            modules: config.files().into_iter().map(ModuleFile::of).collect(),
            assignments: inputs
                .assignments
                .iter()
                .filter_map(|assignment| Given::of(assignment, &inputs.working_dir, &is_secret))
                .collect(),
            environment: environment
                .map(|(name, text)| (name.clone(), text.clone()))
                .collect(),
            host: parts.host.map(str::to_owned),
            state: absolute(&inputs.working_dir, parts.state),
            digest: String::new(),
        };
        file.digest = serde_json::to_value(&file).map_or_else(|_| String::new(), |json| digest(&json));
        file
    }

    /// Returns the configuration that the plan was made from.
    ///
    /// # Errors
    /// It is not one any more for this version of wharf.
    pub(super) fn config(&self, kinds: KindNames<'_>) -> Result<Config, Diagnostics> {
        let files = self.modules.iter().map(ModuleFile::files).collect();
        parse(files, self.root.clone(), self.default_project.clone(), kinds)
    }

    /// Returns the inputs that the plan was made from; what it does not hold is taken from those that are given now.
    ///
    /// # Errors
    /// A variable file cannot be read again.
    pub(super) fn inputs(&self, now: &Inputs) -> Result<Inputs, Diagnostics> {
        let mut problems = Diagnostics::default();
        let then: Vec<Assignment> = self
            .assignments
            .iter()
            .filter_map(|given| problems.note(given.assignment()))
            .collect();
        if problems.has_errors() {
            return Err(problems);
        }
        let mut environment = now.environment.clone();
        environment.extend(self.environment.clone());
        Ok(Inputs {
            environment,
            // What is given now can only be what was left out: whatever else it changes is refused by the plan.
            assignments: then.into_iter().chain(now.assignments.iter().cloned()).collect(),
            workspace: self.plan.workspace.clone(),
            working_dir: now.working_dir.clone(),
            destroying: self.plan.destroy,
            moment: now.moment,
        })
    }
}

impl ModuleFile {
    fn of(files: ModuleFiles) -> Self {
        Self {
            dir: files.dir,
            files: files.sources.iter().map(|source| File::of(source)).collect(),
            calls: files.calls,
        }
    }

    fn files(&self) -> ModuleFiles {
        ModuleFiles {
            dir: self.dir.clone(),
            sources: self.files.iter().map(File::source).collect(),
            calls: self.calls.clone(),
        }
    }
}

impl File {
    fn of(source: &Source) -> Self {
        Self {
            path: source.path.clone(),
            text: source.text.clone(),
        }
    }

    fn source(&self) -> Arc<Source> {
        Source::new(self.path.clone(), self.text.clone())
    }
}

impl Given {
    /// Writes down what was given; `None` for a secret.
    fn of(assignment: &Assignment, working_dir: &Path, is_secret: &dyn Fn(&str) -> bool) -> Option<Self> {
        match assignment {
            Assignment::Option { name, .. } if is_secret(name) => None,
            Assignment::Option { name, text } => Some(Self::Option {
                name: name.clone(),
                text: text.clone(),
            }),
            Assignment::File(file) if file.values.keys().any(|name| is_secret(name)) => {
                Some(Self::SecretFile(absolute(working_dir, &file.source.path)))
            }
            Assignment::File(file) => Some(Self::File(File::of(&file.source))),
        }
    }

    fn assignment(&self) -> Result<Assignment, Diagnostics> {
        let file: VariableFile = match self {
            Self::Option { name, text } => {
                return Ok(Assignment::Option {
                    name: name.clone(),
                    text: text.clone(),
                });
            }
            Self::File(file) => variables::parse(&file.source())?,
            Self::SecretFile(path) => variables::read(path)?,
        };
        Ok(Assignment::File(file))
    }
}

fn absolute(working_dir: &Path, path: &Path) -> PathBuf {
    working_dir.join(path)
}

/// Returns the digest of everything but the digest.
fn digest(file: &Json) -> String {
    let mut content = file.clone();
    content["digest"] = Json::String(String::new());
    let hash = Sha256::digest(content.to_string().as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cannot(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::error(format!("Cannot {what} the plan")).detail(format!("`{}`: {error}.", path.display()))
}

fn damaged(path: &Path, how: &str) -> Diagnostic {
    Diagnostic::error("Damaged plan")
        .detail(format!("`{}` is not as wharf wrote it: {how}.", path.display()))
        .help("Make the plan again.")
}
