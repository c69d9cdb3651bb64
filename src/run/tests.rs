//! Runs against the in-memory engine, with faults.

mod faults;
mod migration;
mod order;
mod properties;
mod undo;
mod untaken;
mod world;
