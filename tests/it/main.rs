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
mod foreign;
mod handover;
mod kill;
mod licences;
mod live;
mod mistakes;
mod modules;
mod proxy;
mod pulls;
mod registry;
mod safety;
mod secrets;
mod start_first;
mod state;
mod stopping;
mod structure;
mod sweep;
mod terminal;
mod traps;
mod volumes;
mod world;
