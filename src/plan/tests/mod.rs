//! Literals in, plan text out: no engine, no network, no clock.

mod kinds;
mod world;

mod conflicts;
mod drift;
mod hand_over;
mod migration;
mod order;
mod properties;
mod recovery;
mod removal;
mod rolling;
mod simple;
mod traps;
