//! State and journal of one run.

use std::collections::{BTreeMap, BTreeSet};

use wharf_state::{Intent, Journal, Leftover, Output, State, StateError, StateFile};

use super::RunReport;

/// What a run writes to. Whoever has it holds the lock.
#[derive(Debug)]
pub struct Store {
    /// The state as it is now.
    pub state: State,
    pub(super) file: StateFile,
    pub(super) journal: Journal,
    leftover: Leftover,
}

impl Store {
    /// Opens the journal of a state that was read, or newly made.
    ///
    /// # Errors
    /// The directory or the journal cannot be made or written.
    pub fn open(file: StateFile, state: State) -> Result<Self, StateError> {
        file.files().prepare()?;
        let (journal, leftover) = Journal::open(&file.files().journal)?;
        Ok(Self {
            state,
            file,
            journal,
            leftover,
        })
    }

    pub(super) fn from_parts(state: State, file: StateFile, journal: Journal, leftover: Leftover) -> Self {
        Self {
            state,
            file,
            journal,
            leftover,
        }
    }

    pub(super) fn into_parts(self) -> (State, StateFile, Journal, Leftover) {
        (self.state, self.file, self.journal, self.leftover)
    }

    /// Returns what earlier runs left in the journal: its nonces make objects ours, as those of the state do.
    pub fn leftover(&self) -> &Leftover {
        &self.leftover
    }

    /// Writes the state with its outputs, and then ends the journal, unless the end of a call is still not known.
    ///
    /// `planned` are the addresses that the plan looked at: of others the journal keeps what it knew.
    ///
    /// # Errors
    /// State or journal could not be written.
    pub fn close(
        mut self,
        report: &RunReport,
        planned: &BTreeSet<String>,
        outputs: Option<BTreeMap<String, Output>>,
    ) -> Result<State, StateError> {
        let before = self.state.outputs.clone();
        if let Some(outputs) = outputs {
            self.state.outputs = outputs;
        }
        if self.state.outputs != before {
            self.file.write(&mut self.state)?;
        }
        if !report.unresolved {
            let keep = self.unseen(planned);
            self.journal.finish(&keep)?;
        }
        Ok(self.state)
    }

    /// Intents of earlier runs whose objects neither this plan nor the state knows.
    fn unseen(&self, planned: &BTreeSet<String>) -> Vec<Intent> {
        let known: BTreeSet<&str> = self.state.nonces().collect();
        let unseen =
            |intent: &&Intent| !planned.contains(&intent.address) && !known.contains(intent.nonce.as_str());
        self.leftover.pending.iter().filter(unseen).cloned().collect()
    }
}
