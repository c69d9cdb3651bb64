//! Interrupts: the first one lets the run end gracefully, the second one stops waiting.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostic;

/// What interrupts ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupts {
    /// Nothing new is to be begun.
    pub(super) graceful: CancellationToken,
    /// What is in flight is not waited for any longer.
    pub(super) abandon: CancellationToken,
}

impl Interrupts {
    /// Listens from now on, for as long as the runtime lives.
    ///
    /// # Errors
    /// The system does not let signals be heard.
    pub(super) fn listen() -> Result<Self, Diagnostic> {
        let mut heard = Heard::new().map_err(|error| {
            Diagnostic::error("Cannot listen to signals").detail(format!("The system says: {error}."))
        })?;
        let interrupts = Self::default();
        let told = interrupts.clone();
        tokio::spawn(async move {
            heard.next().await;
            told.graceful.cancel();
            heard.next().await;
            told.abandon.cancel();
        });
        Ok(interrupts)
    }
}

struct Heard {
    interrupt: Signal,
    terminate: Signal,
}

impl Heard {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
