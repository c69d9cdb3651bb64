//! wharf's memory of intent: what was applied last, to which objects, and what a run was about to do.
//!
//! The engine is the truth about existence; state is the memory of intent. The crate knows nothing of kinds,
//! plans or engines: specs are JSON in which no secret stands.
//!
//! Five files stand beside one another: the state, its previous generation (`.backup`), the journal of a run
//! (`.journal`), the lock (`.lock`) and the key that secrets are hashed with (`.key`). [`Files`] knows their names;
//! [`StateFile`] reads and writes the state, [`Journal`] the journal.

mod atomic;
mod document;
mod error;
mod file;
mod files;
mod journal;
mod key;
mod lock;
mod state;

pub use error::StateError;
pub use file::{Expected, StateFile};
pub use files::Files;
pub use journal::{Done, Intent, Journal, Leftover, Record};
pub use key::load_or_make as load_or_make_key;
pub use lock::{Lock, Owner, holder};
pub use state::{AddressError, Deposed, Interim, Object, Output, State};

/// The version of the format that this build writes.
pub const FORMAT: u32 = 1;
