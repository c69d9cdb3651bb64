//! Literals in, plan text out: no engine, no network, no clock.

mod kinds;
mod world;

mod conflicts;
mod drift;
mod migration;
mod order;
mod properties;
mod recovery;
mod removal;
mod simple;
mod traps;
