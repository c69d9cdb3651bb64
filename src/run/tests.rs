//! Runs against the in-memory engine, with faults.

mod again;
mod faults;
mod migration;
mod order;
mod properties;
mod stopping;
mod undo;
mod untaken;
mod urgent;
mod world;
