//! What containers and jobs have in common.
pub(in crate::kinds) mod fields;
