//! Everything that people see: plans, progress, diagnostics and state as text and as JSON.
//!
//! What comes in is plain data of the other stages, already free of secrets; what goes out is text. Nothing is decided
//! or looked up here: width, colours and the current time are given. All text that wharf did not write itself passes
//! [`escape`](mod@escape) on its way.

pub mod console;
pub mod diagnostic;
pub mod diagnostic_json;
pub mod escape;
pub mod graph;
mod json_text;
mod modules;
pub mod outside;
pub mod paint;
pub mod plan;
pub mod plan_json;
pub mod progress;
pub mod sealed;
pub mod state;
pub mod units;

pub use paint::Paint;
