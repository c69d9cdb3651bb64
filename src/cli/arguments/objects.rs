//! The commands about single objects: those of the state, and those that are taken over.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{Location, Planning, duration};
use crate::address::{Address, Selector};

/// `wharf state`.
#[derive(Args, Clone, Debug)]
pub struct State {
    /// What to do with it.
    #[command(subcommand)]
    pub command: StateCommand,
}

/// The commands of `wharf state`.
#[derive(Clone, Debug, Subcommand)]
pub enum StateCommand {
    /// List the addresses of everything in the state
    List {
        /// Only these; a block stands for all its instances, a module for all that is in it
        #[arg(value_name = "ADDRESS")]
        addresses: Vec<Selector>,
        /// Where the configuration is.
        #[command(flatten)]
        location: Location,
    },
    /// Show one object
    Show {
        /// The object
        #[arg(value_name = "ADDRESS")]
        address: Address,
        /// Where the configuration is.
        #[command(flatten)]
        location: Location,
        /// Write JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Forget objects: they stay on the engine
    Rm {
        /// The objects, or modules with all that is in them
        #[arg(value_name = "ADDRESS", required = true)]
        addresses: Vec<Selector>,
        /// Where the configuration is.
        #[command(flatten)]
        location: Location,
        /// How long to wait for another run on the same state, such as 30s
        #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
        lock_timeout: Duration,
    },
    /// File an object, or all of a module, under another address
    Mv {
        /// The object or the module
        #[arg(value_name = "FROM")]
        from: Selector,
        /// Its new address
        #[arg(value_name = "TO")]
        to: Selector,
        /// Where the configuration is.
        #[command(flatten)]
        location: Location,
        /// How long to wait for another run on the same state, such as 30s
        #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
        lock_timeout: Duration,
    },
}

/// `wharf import`.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// The instance that the object becomes, such as container.web
    #[arg(value_name = "ADDRESS")]
    pub address: Address,
    /// The object: its name, its id, or the beginning of its id
    #[arg(value_name = "ID")]
    pub id: String,
    /// Where the configuration is, and which engine.
    #[command(flatten)]
    pub reaching: Reaching,
}

/// `wharf scan`.
#[derive(Args, Clone, Debug)]
pub struct Scan {
    /// Where the configuration is, and which engine.
    #[command(flatten)]
    pub reaching: Reaching,
    /// Write JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// `wharf adopt`.
#[derive(Args, Clone, Debug)]
pub struct Adopt {
    /// Containers, networks and volumes by name; a container brings its networks and volumes along
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// Write the configuration to this new file, and take the objects over; without it the text is only shown
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Where the configuration is, and which engine.
    #[command(flatten)]
    pub reaching: Reaching,
}

/// Where the configuration is, and which engine.
#[derive(Args, Clone, Debug)]
pub struct Reaching {
    /// Where the configuration is.
    #[command(flatten)]
    pub location: Location,
    /// The engine, such as unix:///var/run/docker.sock; overrides the configuration and the environment
    #[arg(long, value_name = "ADDRESS")]
    pub host: Option<String>,
    /// How long to wait for another run on the same state, such as 30s
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub lock_timeout: Duration,
}

impl Reaching {
    /// Asks for a plan of some instances alone; of all if none is named.
    pub fn planning(&self, target: Vec<Address>) -> Planning {
        Planning {
            target: target.into_iter().map(Selector::Object).collect(),
            replace: Vec::new(),
            host: self.host.clone(),
            lock_timeout: self.lock_timeout,
            detailed_exitcode: false,
            json: false,
            input: true,
        }
    }
}
