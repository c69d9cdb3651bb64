//! The files of a module, in whatever syntax they are → the bodies that make up the module.

use std::sync::Arc;

use hcl_edit::structure::Body;

use super::{KindNames, files, json, overriding, syntax};
use crate::diagnostic::{Diagnostics, Source};

/// Parses the files, and joins override files with what they change. What is left out because it is wrong is reported.
pub(super) fn bodies(
    sources: &[Arc<Source>],
    kinds: KindNames<'_>,
    problems: &mut Diagnostics,
) -> Vec<(Arc<Source>, Body)> {
    let mut bodies = Vec::new();
    let (mut primary, mut overriding) = (Vec::new(), Vec::new());
    for source in sources {
        let Some((native, body)) = problems.note(parsed(source, kinds)) else {
            continue;
        };
        if files::is_override(source) {
            overriding.push(native);
        } else {
            primary.push(Arc::clone(&native));
            bodies.push((native, body));
        }
    }
    if overriding.is_empty() || problems.has_errors() {
        return bodies;
    }
    overriding::merge(&primary, &overriding, problems)
        .into_iter()
        .collect()
}

fn parsed(source: &Arc<Source>, kinds: KindNames<'_>) -> Result<(Arc<Source>, Body), Diagnostics> {
    let native = match json::is_json(source) {
        true => json::configuration(source, kinds)?,
        false => Arc::clone(source),
    };
    let body = syntax::parse(&native)?;
    Ok((native, body))
}
