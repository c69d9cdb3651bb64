//! One binary for everything that needs more than one module: the real program on a real engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adopt;
mod architecture;
mod attributes;
mod bad_input;
mod changes;
mod commands;
mod corpus;
mod docs;
mod engine;
mod examples;
mod faults;
mod hand_over;
mod kill;
mod licences;
mod mistakes;
mod modules;
mod proxy;
mod safety;
mod secrets;
mod state;
mod stopping;
mod structure;
mod sweep;
mod terminal;
mod traps;
mod world;
