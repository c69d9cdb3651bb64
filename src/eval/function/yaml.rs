//! YAML.
pub(super) const FUNCTIONS: &[super::Function] = &[];
