//! wharf: plan and apply for containers.
//!
//! The folder listing is the pipeline (see `docs/architecture.md`):
//!
//! ```text
//! Source ──config──▶ Config ──eval/desired──▶ Desired ─┐
//!                                                      ├─plan──▶ Plan ──run──▶ Event … ──▶ State
//! State + engine ───────────────observe──▶ Observed ───┘           │              │
//!                                                             view (review)   view (progress)
//! ```
//!
//! Decide purely, write the decision down as data, then do exactly that.

pub mod address;
pub mod adopt;
pub mod cli;
pub mod config;
pub mod desired;
pub mod diagnostic;
pub mod engine;
pub mod eval;
pub mod format;
pub mod kinds;
pub mod observe;
pub mod plan;
pub mod run;
pub mod sync;
pub mod value;
pub mod view;
