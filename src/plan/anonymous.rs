//! Volumes without a name, which an image asks for: a container's successor gets new, empty ones.

use std::collections::BTreeSet;

use super::Action;
use super::walk::Walk;
use crate::kinds::Spec;

/// Says which anonymous volumes a replacement leaves behind, with what is in them.
pub(super) fn left_behind(walk: &Walk<'_>, spec: &Spec, action: Action) -> Option<String> {
    if !matches!(action, Action::Replace | Action::ReplaceStartFirst) {
        return None;
    }
    let image = walk.observed.images.get(spec.get("image")?.as_str()?)?;
    let named: BTreeSet<&str> = ["mount", "tmpfs"]
        .into_iter()
        .filter_map(|block| spec.get(block)?.as_elements())
        .flatten()
        .filter_map(|block| block.get("target")?.as_str())
        .collect();
    let paths: Vec<String> = image["Config"]["Volumes"]
        .as_object()?
        .keys()
        .filter(|path| !named.contains(path.trim_end_matches('/')))
        .map(|path| format!("`{path}`"))
        .collect();
    (!paths.is_empty()).then(|| {
        format!(
            "the image keeps data in {}, where no volume is mounted: what is there is left behind in an anonymous volume",
            paths.join(", ")
        )
    })
}
