//! Where a walk takes place: the configuration with all that is made of it once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::Kinds;
use super::graph::Graph;
use super::inputs::{Inputs, variables};
use crate::config::Config;
use crate::diagnostic::Diagnostics;
use crate::eval::{Files, Moment};
use crate::kinds::Naming;
use crate::value::Value;

/// What stays the same during a walk.
pub(super) struct Setting<'a> {
    pub(super) config: &'a Config,
    pub(super) kinds: Kinds,
    pub(super) graph: &'a Graph,
    /// What is given from outside.
    pub(super) inputs: &'a Inputs,
    /// The values of the root module's variables.
    pub(super) variables: &'a IndexMap<String, Value>,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) files: Files,
    pub(super) naming: Naming,
    pub(super) root: PathBuf,
    pub(super) working_dir: String,
    pub(super) workspace: String,
    pub(super) moment: Moment,
    /// Whether everything is to go: then no condition stops it.
    pub(super) destroying: bool,
}

/// What is made once of a configuration and its inputs.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) graph: Graph,
    pub(super) variables: IndexMap<String, Value>,
}

impl Prepared {
    pub(super) fn new(config: &Config, inputs: &Inputs, kinds: Kinds, problems: &mut Diagnostics) -> Self {
        Self {
            graph: Graph::new(config, kinds, problems),
            variables: variables(config.root(), inputs, problems),
        }
    }

    /// Says where a walk takes place.
    pub(super) fn setting<'a>(
        &'a self,
        config: &'a Config,
        inputs: &'a Inputs,
        kinds: Kinds,
        project: String,
    ) -> Setting<'a> {
        let root = inputs.working_dir.join(&config.root_dir);
        Setting {
            config,
            kinds,
            graph: &self.graph,
            inputs,
            variables: &self.variables,
            environment: &inputs.environment,
            files: Files {
                root: root.clone(),
                home: inputs.environment.get("HOME").map(PathBuf::from),
                readable: readable(&root, config, inputs),
                dispensable: inputs.destroying,
            },
            naming: Naming {
                project,
                workspace: inputs.workspace.clone(),
            },
            root,
            working_dir: inputs.working_dir.display().to_string(),
            workspace: inputs.workspace.clone(),
            moment: inputs.moment,
            destroying: inputs.destroying,
        }
    }
}

/// The environment variable that names further directories below which functions may read files, with `:` between them.
const ALLOW_READ: &str = "WHARF_ALLOW_READ";

/// Lists where functions may read files: below the configuration, below each module, and where the user has said.
fn readable(root: &Path, config: &Config, inputs: &Inputs) -> Vec<PathBuf> {
    let modules = config.modules.iter().map(|module| root.join(&module.dir));
    let allowed = inputs.environment.get(ALLOW_READ).map(String::as_str);
    let allowed = std::env::split_paths(allowed.unwrap_or_default())
        .filter(|path| !path.as_os_str().is_empty())
        .map(|path| inputs.working_dir.join(path));
    std::iter::once(root.to_owned())
        .chain(modules)
        .chain(allowed)
        .collect()
}
