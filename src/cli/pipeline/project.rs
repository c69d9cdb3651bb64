//! Which configuration with which inputs, and where its state is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wharf_state::{Expected, Files, Leftover, Lock, Owner, State, StateError, StateFile};

use crate::cli::arguments::{
    Given, HERE, Inputs as InputArguments, Location, Variables, Workspace, check_workspace,
};
use crate::cli::environment::Environment;
use crate::cli::plan_file::PlanFile;
use crate::config::{self, Config, KindNames, ModuleFiles, variables};
use crate::desired::{Assignment, Inputs, Settings, Unknowns, evaluate, settings};
use crate::diagnostic::{Diagnostic, Diagnostics, Fault, Source};
use crate::eval::Moment;
use crate::kinds::KINDS;
use crate::observe;
use crate::run::state_problem;

/// Which configuration a command is about.
pub(in crate::cli) struct Asked<'a> {
    /// The directory or the file.
    pub(in crate::cli) path: &'a Path,
    /// Values of variables.
    pub(in crate::cli) variables: &'a Variables,
    /// The workspace.
    pub(in crate::cli) workspace: &'a Workspace,
}

impl<'a> From<&'a InputArguments> for Asked<'a> {
    fn from(arguments: &'a InputArguments) -> Self {
        Self {
            path: &arguments.path,
            variables: &arguments.variables,
            workspace: &arguments.workspace,
        }
    }
}

impl<'a> From<&'a Location> for Asked<'a> {
    fn from(arguments: &'a Location) -> Self {
        arguments.at(arguments.path.as_deref().unwrap_or(Path::new(HERE)))
    }
}

impl Location {
    /// Asks for the configuration of a path with the inputs that were given.
    pub(in crate::cli) fn at<'a>(&'a self, path: &'a Path) -> Asked<'a> {
        Asked {
            path,
            variables: &self.variables,
            workspace: &self.workspace,
        }
    }
}

/// A configuration with its inputs and settings.
pub(in crate::cli) struct Project {
    /// The configuration.
    pub(in crate::cli) config: Config,
    /// What is given from outside.
    pub(in crate::cli) inputs: Inputs,
    /// What the configuration says of itself.
    pub(in crate::cli) settings: Settings,
    /// The state's path, absolute.
    pub(in crate::cli) state_path: PathBuf,
}

impl Project {
    /// Loads a configuration.
    ///
    /// # Errors
    /// Every problem of the files, the inputs and the settings.
    pub(in crate::cli) fn load(asked: &Asked<'_>, environment: &Environment) -> Result<Self, Diagnostics> {
        let config = with_kind_names(|names| config::load(asked.path, names))?;
        let inputs = inputs(&config.root_dir, asked, environment)?;
        Self::of(config, inputs)
    }

    /// Loads a configuration as [`load`](Self::load) does; a directory without any file is an empty one.
    ///
    /// # Errors
    /// Every problem of the files, the inputs and the settings.
    pub(in crate::cli) fn load_or_empty(
        asked: &Asked<'_>,
        environment: &Environment,
    ) -> Result<Self, Diagnostics> {
        if !config::is_empty_directory(asked.path) {
            return Self::load(asked, environment);
        }
        let (root, project) = (asked.path.to_owned(), config::project_name(asked.path));
        let config =
            with_kind_names(|names| config::parse(ModuleFiles::alone(Vec::new()), root, project, names))?;
        let inputs = inputs(&config.root_dir, asked, environment)?;
        Self::of(config, inputs)
    }

    /// Adds a file that is not written yet, and values of its variables.
    ///
    /// # Errors
    /// Every problem of the files together.
    pub(in crate::cli) fn plus(
        self,
        source: Arc<Source>,
        values: &[(String, String)],
    ) -> Result<Self, Diagnostics> {
        let mut files = self.config.files();
        if let Some(root) = files.first_mut() {
            root.sources.push(source);
        }
        let (root, project) = (self.config.root_dir, self.config.default_project);
        let config = with_kind_names(|names| config::parse(files, root, project, names))?;
        let mut inputs = self.inputs;
        inputs
            .assignments
            .extend(values.iter().map(|(name, text)| Assignment::Option {
                name: name.clone(),
                text: text.clone(),
            }));
        Self::of(config, inputs)
    }

    /// Tells whether all files of a directory are the configuration, not one file alone.
    pub(in crate::cli) fn is_directory(&self) -> bool {
        let single = self.config.default_project != config::project_name(&self.config.root_dir);
        !single || self.config.root().sources.len() != 1
    }

    /// Returns what it takes to tell what is ours, as far as state and labels say.
    pub(in crate::cli) fn context(&self) -> observe::Context {
        super::seen::context(self, &Leftover::default())
    }

    /// Takes the configuration and the inputs of a saved plan; values that it does not hold come from the command line.
    ///
    /// # Errors
    /// They cannot be read any more.
    pub(in crate::cli) fn saved(
        file: &PlanFile,
        variables: &Variables,
        environment: &Environment,
    ) -> Result<Self, Diagnostics> {
        let config = with_kind_names(|names| file.config(names))?;
        let now = Inputs {
            environment: environment.variables.clone(),
            assignments: given(variables)?,
            workspace: file.plan.workspace.clone(),
            working_dir: environment.working_dir.clone(),
            destroying: file.plan.destroy,
            moment: Moment::Planning,
        };
        let mut project = Self::of(config, file.inputs(&now)?)?;
        project.state_path.clone_from(&file.state);
        Ok(project)
    }

    fn of(config: Config, inputs: Inputs) -> Result<Self, Diagnostics> {
        let settings = settings(&config, &inputs).map_err(|mut problems| {
            problems.extend(config.problems.clone());
            problems
        })?;
        let relative = match &settings.state_path {
            Some(path) => PathBuf::from(path),
            None => Path::new("state").join(format!("{}.{}.json", settings.project, inputs.workspace)),
        };
        let state_path = plain(&inputs.working_dir.join(&config.root_dir).join(relative));
        Ok(Self {
            config,
            inputs,
            settings,
            state_path,
        })
    }

    /// Returns the directory that relative paths start from, absolute.
    pub(in crate::cli) fn root(&self) -> PathBuf {
        plain(&self.inputs.working_dir.join(&self.config.root_dir))
    }

    /// Parses the configuration once more, for those who want one of their own.
    ///
    /// # Errors
    /// None that had not shown before.
    pub(in crate::cli) fn config_again(&self) -> Result<Config, Diagnostics> {
        let config = &self.config;
        with_kind_names(|names| {
            let (root, project) = (config.root_dir.clone(), config.default_project.clone());
            config::parse(config.files(), root, project, names)
        })
    }

    /// Checks everything that can be checked without an engine, and returns the warnings.
    ///
    /// # Errors
    /// Every problem of the configuration.
    pub(in crate::cli) fn validate(&self) -> Result<Diagnostics, Diagnostics> {
        let desired = evaluate(&self.config, &self.inputs, &mut Unknowns::default())?;
        Ok(desired.warnings)
    }

    /// Names the state's files.
    ///
    /// # Errors
    /// The path cannot be followed.
    pub(in crate::cli) fn state_file(&self) -> Result<StateFile, Diagnostic> {
        let files = Files::beside(&self.state_path).map_err(|error| state_problem(&error))?;
        Ok(StateFile::new(files))
    }

    /// Reads the state; a new one if there is none.
    ///
    /// # Errors
    /// What is there is no sound state of this project and workspace.
    pub(in crate::cli) fn read_state(&self) -> Result<State, Diagnostics> {
        Ok(self.state_in(&self.state_file()?)?)
    }

    /// Reads the state from a file; a new one if there is none.
    pub(super) fn state_in(&self, file: &StateFile) -> Result<State, Diagnostic> {
        let (project, workspace) = (&self.settings.project, &self.inputs.workspace);
        let expected = Expected {
            project,
            workspace,
            engine_id: "",
        };
        let state = file
            .read_expecting(expected)
            .map_err(|error| state_problem(&error))?;
        Ok(state.unwrap_or_else(|| State::new(project, workspace, env!("CARGO_PKG_VERSION"))))
    }

    /// Changes the state by hand, while no run works with it.
    ///
    /// # Errors
    /// Another run holds the lock, the state cannot be read or written, or the change is refused.
    pub(in crate::cli) fn change_state(
        &self,
        operation: &str,
        environment: &Environment,
        timeout: Duration,
        change: impl FnOnce(&mut State) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostics> {
        let mut file = self.state_file()?;
        let _lock = lock(&file, operation, environment, timeout)?;
        let mut state = self.state_in(&file)?;
        change(&mut state)?;
        env!("CARGO_PKG_VERSION").clone_into(&mut state.wharf_version);
        file.write(&mut state).map_err(|error| state_problem(&error))?;
        Ok(())
    }
}

/// Takes out every `.`, which leads nowhere; a `..` behind a link leads elsewhere than it looks, and stays.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Takes the lock of a state.
pub(super) fn lock(
    file: &StateFile,
    operation: &str,
    environment: &Environment,
    timeout: Duration,
) -> Result<Lock, Diagnostic> {
    let owner = Owner {
        who: environment.user.clone(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        pid: std::process::id(),
        operation: operation.to_owned(),
        since: jiff::Timestamp::now().to_string(),
        wharf_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let locked = || -> Result<Lock, StateError> {
        file.files().prepare()?;
        Lock::acquire(&file.files().lock, &owner, timeout)
    };
    locked().map_err(|error| state_problem(&error))
}

/// Calls with the names of the kinds that wharf knows.
fn with_kind_names<T>(call: impl FnOnce(KindNames<'_>) -> T) -> T {
    let managed: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let data: Vec<&str> = KINDS
        .iter()
        .filter(|kind| !kind.data_fields().is_empty())
        .map(|kind| kind.name())
        .collect();
    call(KindNames {
        managed: &managed,
        data: &data,
        is_block: crate::kinds::is_block,
    })
}

/// Gathers what is given from outside: files that are read by themselves, then what was typed.
fn inputs(root: &Path, asked: &Asked<'_>, environment: &Environment) -> Result<Inputs, Diagnostics> {
    let automatic = variables::automatic(root)?.into_iter().map(Assignment::File);
    Ok(Inputs {
        environment: environment.variables.clone(),
        assignments: automatic.chain(given(asked.variables)?).collect(),
        workspace: workspace(asked.workspace, environment)?,
        working_dir: environment.working_dir.clone(),
        destroying: false,
        moment: Moment::Planning,
    })
}

fn given(arguments: &Variables) -> Result<Vec<Assignment>, Diagnostics> {
    let mut problems = Diagnostics::default();
    let typed = arguments.0.iter().filter_map(|given| match given {
        Given::File(path) => problems.note(variables::read(path)).map(Assignment::File),
        Given::Value(name, text) => Some(Assignment::Option {
            name: name.clone(),
            text: text.clone(),
        }),
    });
    let assignments: Vec<Assignment> = typed.collect();
    match problems.has_errors() {
        true => Err(problems),
        false => Ok(assignments),
    }
}

fn workspace(arguments: &Workspace, environment: &Environment) -> Result<String, Diagnostic> {
    let Some(name) = arguments.workspace.as_ref().or(environment.workspace.as_ref()) else {
        return Ok("default".to_owned());
    };
    match check_workspace(name) {
        Ok(()) => Ok(name.clone()),
        Err(rule) => Err(Diagnostic::error("Invalid workspace")
            .detail(format!("`{name}` in WHARF_WORKSPACE is no workspace: {rule}."))
            .fault(Fault::Usage)),
    }
}
