//! One step's operation, as data: what the plan shows, stores, and the runner carries out.
//!
//! An [`Op`] says *what*; the object's spec (which may hold values that only apply knows, and secrets) is bound to it
//! just before it runs, which gives a [`Call`](super::Call). One op is one engine call.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Condition;

/// Which of the objects behind an address an op acts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The object that this plan makes for the step's address.
    New,
    /// The object that was there when the plan was made, by the engine's id (a volume's name).
    Existing(String),
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Op {
    /// Makes the volume.
    VolumeCreate,
    /// Removes the volume and its data.
    VolumeRemove,
    /// Makes the volume that holds the data of one that is replaced, meanwhile.
    InterimCreate,
    /// Removes that volume.
    InterimRemove,
    /// Makes a container that has two volumes mounted, and is never started.
    CopierCreate {
        /// The volume that is read.
        from: String,
        /// The volume that is written.
        to: String,
    },
    /// Copies one volume into the other through that container, and compares them.
    VolumeCopy,
    /// Makes the network.
    NetworkCreate,
    /// Removes the network.
    NetworkRemove,
    /// Connects the container to a network, with what its spec says of it.
    NetworkConnect {
        /// The network's name.
        network: String,
    },
    /// Disconnects the container from a network.
    NetworkDisconnect {
        /// The network's name.
        network: String,
        /// The network's id, as observed.
        id: String,
    },
    /// Connects the container to a network with these settings, whatever its spec says: none while it warms up, or those that it had
    /// before.
    NetworkJoin {
        /// The network's name.
        network: String,
        /// The settings, in the engine's form.
        endpoint: Json,
    },
    /// Makes the network in which a successor warms up: one without a way out, in which no port is published.
    WarmUpCreate {
        /// Its name.
        name: String,
    },
    /// Removes the network in which a successor warmed up.
    WarmUpRemove,
    /// Pulls an image.
    ImagePull {
        /// The reference.
        reference: String,
    },
    /// Builds the image from its directory.
    ImageBuild,
    /// Removes a reference to an image.
    ImageRemove {
        /// The reference.
        reference: String,
    },
    /// Makes the container, without starting it.
    ContainerCreate {
        /// Its name; during a replacement that starts the new one first it is a temporary one.
        name: String,
    },
    /// Starts the container.
    ContainerStart,
    /// Stops the container.
    ContainerStop,
    /// Restarts the container.
    ContainerRestart,
    /// Sends the container a signal.
    ContainerKill {
        /// The signal's name.
        signal: String,
    },
    /// Removes the container, never its volumes.
    ContainerRemove,
    /// Removes the container at once, also while it runs: it was to take the place of another one, which is put back.
    ContainerDiscard,
    /// Gives the container another name.
    ContainerRename {
        /// The new name.
        name: String,
    },
    /// Changes limits and restart policy in place.
    ContainerUpdate {
        /// The attributes that change, by name, sorted.
        attributes: Vec<String>,
    },
    /// Puts the container's files into it.
    FilesPut,
    /// Waits. It is a read: it takes no place among the parallel calls.
    Await {
        /// What for.
        condition: Condition,
        /// For how long at most, in milliseconds.
        limit: u64,
    },
    /// Lets time pass between two batches. It is no call.
    Pause {
        /// How long, in milliseconds.
        length: u64,
    },
    /// Waits until all that belongs together has been tried. It is no call, and lets no time pass.
    Gather,
    /// Brings the receiver's image to the engine, unless it is there.
    ReceiverImport,
    /// Makes the receiver's container with the sync's target mounted.
    ReceiverCreate,
    /// Sends the files that differ.
    SyncTransfer,
    /// Removes the receiver's container, or the copier's.
    ReceiverRemove,
    /// Makes a directory on this machine equal to the source, in this process: no engine call.
    SyncLocal,
    /// Reads an object that is not ours, because its name was not known before.
    Read {
        /// Whether a `check` block alone asks: that it cannot be read stops nothing then.
        in_check: bool,
    },
}
