//! Objects that are not ours → the blocks that somebody would have written for them.
//!
//! In comes what the engine shows of each object, and what it would show if nothing had been asked; out go blocks whose plan is
//! empty, in a form that reads as if written by hand: names become references, and what image or engine bring is left out.

mod blocks;
mod difference;
mod text;

#[cfg(test)]
mod tests;

use crate::address::BlockAddress;
use crate::kinds::{Kind, Spec};

pub use blocks::blocks;
pub use text::text;

/// An object that is to be taken over.
pub struct Candidate {
    /// What it is.
    pub kind: &'static dyn Kind,
    /// The engine's id; a volume's name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the engine shows of it.
    pub spec: Spec,
    /// What the engine would show if nothing had been asked.
    pub unasked: Spec,
    /// The reference of the image that a container was made from, if it still stands for that image.
    pub image: Option<String>,
}

/// A block for an object.
pub struct Block {
    /// Its address: the label comes from the object's name.
    pub address: BlockAddress,
    /// What it is.
    pub kind: &'static dyn Kind,
    /// The engine's id.
    pub id: String,
    /// The object's name.
    pub name: String,
    /// The attributes that have to be written.
    pub spec: Spec,
    /// The keys of `env` whose values stand in variables, with the variables' names.
    pub secrets: Vec<(String, String)>,
}

/// What is written for some objects.
pub struct Adoption {
    /// The blocks: volumes and networks first, then containers, each by name.
    pub blocks: Vec<Block>,
    /// The values that look like secrets, by the name of the variable that stands for each.
    pub secrets: Vec<(String, String)>,
}
