//! Making a target tree equal to a source tree: manifests, their diff, the receiver, and the conversation with it.

/// The trees of one sync, as far as they could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trees {}
