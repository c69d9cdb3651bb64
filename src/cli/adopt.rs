//! `wharf adopt`: writes the configuration of objects that are there, and takes them over.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::arguments;
use super::environment::Environment;
use super::pipeline::{self, Project, Wanted};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::adopt::{self, Adoption};
use crate::config::is_configuration;
use crate::desired::Import;
use crate::diagnostic::{Diagnostic, Diagnostics, Fault, Source, did_you_mean};
use crate::engine::{ObjectKind, Read};
use crate::observe::{Outsider, candidates, outsiders};
use crate::plan::{Action, Change};
use crate::value::Value;
use crate::view;

/// Who may read a file with secrets.
const OWNER_ALONE: u32 = 0o600;

/// Writes the configuration; with a file to write to it also takes the objects over.
pub(super) fn run(arguments: &arguments::Adopt, environment: &Environment, terminal: &Terminal) -> Outcome {
    let asked = (&arguments.reaching.location).into();
    let project = Project::load_or_empty(&asked, environment)?;
    let target = match &arguments.write {
        Some(file) => Some(Target::new(file, &project, environment)?),
        None => None,
    };
    let runtime = pipeline::runtime()?;
    runtime.block_on(async {
        let adoption = look(&project, arguments, environment).await?;
        let Some(target) = target else {
            terminal.result(&adopt::text(&adoption, true));
            terminal.report(&secrets_left_out(&adoption));
            return Ok(ExitStatus::Success);
        };
        Box::pin(take_over(
            project,
            &adoption,
            &target,
            arguments,
            environment,
            terminal,
        ))
        .await
    })
}

/// Reads the named objects, and the networks and volumes of named containers.
async fn look(
    project: &Project,
    arguments: &arguments::Adopt,
    environment: &Environment,
) -> Result<Adoption, Diagnostics> {
    let state = project.read_state()?;
    let connection = pipeline::reach(project, arguments.reaching.host.as_deref(), environment).await?;
    let reader = connection.reader();
    let context = project.context();
    let others = outsiders(&reader, &state, &context).await?;
    let mut wanted = named(&arguments.names, &others)?;
    let read: &dyn Read = &reader;
    let found = candidates(read, &context, &wanted).await?;
    let used: Vec<&Outsider> = others
        .iter()
        .filter(|other| found.iter().any(|candidate| uses(&candidate.spec, other)))
        .filter(|other| {
            !wanted
                .iter()
                .any(|it| it.object == other.object && it.id == other.id)
        })
        .collect();
    let mut found = found;
    found.extend(candidates(read, &context, &used).await?);
    wanted.extend(used);
    let taken: BTreeSet<_> = project.config.root().blocks.keys().cloned().collect();
    let variables: BTreeSet<_> = project.config.root().variables.keys().cloned().collect();
    Ok(adopt::blocks(found, &taken, &variables))
}

/// Finds the objects: a name means the container of that name if there is one.
fn named<'a>(names: &[String], others: &'a [Outsider]) -> Result<Vec<&'a Outsider>, Diagnostics> {
    let mut problems = Diagnostics::default();
    let mut wanted: Vec<&Outsider> = Vec::new();
    for name in names {
        let kinds = [ObjectKind::Container, ObjectKind::Network, ObjectKind::Volume];
        let found = kinds
            .iter()
            .map(|object| pipeline::matching(others, *object, name))
            .find(|found| !found.is_empty())
            .unwrap_or_default();
        match found.as_slice() {
            [one] if !wanted.iter().any(|it| it.object == one.object && it.id == one.id) => wanted.push(one),
            [_] => {}
            [] => {
                let known = others.iter().map(|other| other.name.as_str());
                let missing = Diagnostic::error("Object not found").detail(format!(
                    "The engine has no container, network or volume {name:?} that is not ours already."
                ));
                problems.push(missing.help(match did_you_mean(name, known) {
                    Some(meant) => format!("Did you mean `{meant}`?"),
                    None => "`wharf scan` lists what can be taken over.".to_owned(),
                }));
            }
            several => {
                let names: Vec<&str> = several.iter().map(|it| it.name.as_str()).collect();
                problems.push(
                    Diagnostic::error("Not one object")
                        .detail(format!("{name:?} stands for several: {}.", names.join(", ")))
                        .help("Give the whole name."),
                );
            }
        }
    }
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(wanted),
    }
}

/// Tells whether a container is on a network, or mounts a volume.
fn uses(spec: &crate::kinds::Spec, other: &Outsider) -> bool {
    let (block, attribute) = match other.object {
        ObjectKind::Network => ("network", "name"),
        ObjectKind::Volume => ("mount", "volume"),
        ObjectKind::Container | ObjectKind::Image => return false,
    };
    let blocks = spec.get(block).and_then(Value::as_elements).unwrap_or_default();
    blocks
        .iter()
        .any(|block| block.get(attribute).and_then(Value::as_str) == Some(other.name.as_str()))
}

/// Plans with the new configuration; when the plan only takes the objects over, writes the files and records them.
async fn take_over(
    project: Project,
    adoption: &Adoption,
    target: &Target,
    arguments: &arguments::Adopt,
    environment: &Environment,
    terminal: &Terminal,
) -> Outcome {
    let text = adopt::text(adoption, false);
    let project = project.plus(Source::new(&target.file, text.clone()), &adoption.secrets)?;
    let imports: Vec<Import> = adoption
        .blocks
        .iter()
        .map(|block| Import {
            address: block.address.instance(None),
            id: block.id.clone(),
            span: None,
        })
        .collect();
    let addresses = imports.iter().map(|import| import.address.clone()).collect();
    let planning = arguments.reaching.planning(addresses);
    let wanted = Wanted {
        planning: &planning,
        destroy: false,
        operation: Some("adopt"),
        kept: true,
        imports: &imports,
    };
    let planned = pipeline::plan(project, wanted, environment).await?;
    let differing: Diagnostics = Diagnostics(
        planned
            .plan
            .changes
            .iter()
            .filter(|change| !matches!(change.action, Action::Adopt | Action::NoOp))
            .map(differs)
            .collect(),
    );
    if differing.has_errors() {
        return Err(differing);
    }
    target.write(&text, &adoption.secrets)?;
    let progress = terminal.progress(&planned.plan);
    let applied = pipeline::apply(planned, 1, progress).await?;
    terminal.report(&applied.problems);
    if applied.problems.has_errors() {
        return Ok(ExitStatus::of(&applied.problems));
    }
    terminal.message(&format!(
        "Taken over: {} objects, as they are. Their configuration is in {}.",
        adoption.blocks.len(),
        target.file.display()
    ));
    if !adoption.secrets.is_empty() {
        terminal.message(&format!(
            "Values that look like secrets are in {}: keep it out of the repository.",
            target.secrets.display()
        ));
    }
    Ok(ExitStatus::Success)
}

/// An object that cannot be taken over as it is.
fn differs(change: &Change) -> Diagnostic {
    let paths: Vec<&str> = change.differences.iter().map(|it| it.path.as_str()).collect();
    let why = match paths.is_empty() {
        true => view::plan::why(change).unwrap_or_default(),
        false => format!("these would change: {}", paths.join(", ")),
    };
    Diagnostic::error("Cannot be taken over as it is")
        .detail(format!(
            "`{}` ({:?}): {why}. Nothing was written.",
            change.address, change.name
        ))
        .help("Without `--write` the configuration is only shown: mend it, and keep its `import` blocks.")
}

fn secrets_left_out(adoption: &Adoption) -> Diagnostics {
    let names: Vec<&str> = adoption.secrets.iter().map(|(name, _)| name.as_str()).collect();
    match names.is_empty() {
        true => Diagnostics::default(),
        false => Diagnostic::warning("Values that look like secrets are left out")
            .detail(format!(
                "They stand in variables, which have to be given: {}.",
                names.join(", ")
            ))
            .into(),
    }
}

/// Where the configuration goes.
struct Target {
    file: PathBuf,
    secrets: PathBuf,
}

impl Target {
    /// Checks that the file will be part of the configuration, and that nothing is overwritten.
    fn new(file: &Path, project: &Project, environment: &Environment) -> Result<Self, Diagnostic> {
        let usage = |detail: String| {
            Diagnostic::error("Cannot write there")
                .detail(detail)
                .help("Name a new file that ends in `.hcl`, in the directory of the configuration.")
                .fault(Fault::Usage)
        };
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if !is_configuration(name) {
            return Err(usage(format!(
                "`{}` would be no file of a configuration.",
                file.display()
            )));
        }
        let absolute = environment.working_dir.join(file);
        let parent = absolute.parent().and_then(|parent| parent.canonicalize().ok());
        if !project.is_directory() || parent.is_none() || parent != project.root().canonicalize().ok() {
            return Err(usage(format!(
                "`{}` is not in the directory `{}`, whose files are the configuration.",
                file.display(),
                project.config.root_dir.display()
            )));
        }
        let secrets = file.with_file_name(format!("{}.auto.vars.hcl", name.trim_end_matches(".hcl")));
        for path in [file, &secrets] {
            if path.exists() {
                return Err(usage(format!("`{}` is there already.", path.display())));
            }
        }
        Ok(Self {
            file: file.to_owned(),
            secrets,
        })
    }

    fn write(&self, text: &str, secrets: &[(String, String)]) -> Result<(), Diagnostic> {
        let write = |path: &Path, text: &str, mode: u32| {
            let mut options = OpenOptions::new();
            let opened = options.write(true).create_new(true).mode(mode).open(path);
            opened
                .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
                .map_err(|error| {
                    Diagnostic::error("Cannot write the configuration")
                        .detail(format!("`{}`: {error}.", path.display()))
                })
        };
        if !secrets.is_empty() {
            let lines: String = secrets
                .iter()
                .map(|(name, value)| format!("{name} = {}\n", view::escape::quote(value)))
                .collect();
            write(&self.secrets, &lines, OWNER_ALONE)?;
        }
        write(&self.file, text, 0o644)
    }
}
