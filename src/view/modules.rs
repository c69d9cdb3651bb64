//! Objects under their modules, in the shape of Terraform's `show -json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use wharf_state::State;

use super::state::object_json;
use crate::address::{Address, ModulePath, ModuleStep};

/// What is in a module instance.
#[derive(Default)]
struct Node {
    resources: Vec<Json>,
    children: BTreeMap<ModuleStep, Node>,
}

/// Returns the root module: `resources`, and in `child_modules` the same of each module with its `address`.
pub(super) fn tree(state: &State) -> Json {
    let mut root = Node::default();
    for (address, object) in &state.objects {
        let steps = address
            .parse::<Address>()
            .map_or_else(|_| Vec::new(), |address| address.module.0);
        let mut node = &mut root;
        for step in steps {
            node = node.children.entry(step).or_default();
        }
        node.resources.push(object_json(address, object));
    }
    json(root, &ModulePath::default())
}

fn json(node: Node, path: &ModulePath) -> Json {
    let mut module = Map::new();
    if path.is_root() || !node.resources.is_empty() {
        module.insert("resources".into(), node.resources.into());
    }
    if !path.is_root() {
        module.insert("address".into(), path.to_string().into());
    }
    if !node.children.is_empty() {
        let children = node.children.into_iter();
        let children = children.map(|(step, child)| json(child, &path.child(&step.name, step.key)));
        module.insert("child_modules".into(), children.collect());
    }
    Json::Object(module)
}
