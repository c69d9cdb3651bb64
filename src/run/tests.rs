//! Runs against the in-memory engine, with faults.

mod faults;
mod order;
mod properties;
mod world;
mod untaken;
