//! Interrupts: the first one lets the run end gracefully, the second one stops waiting.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::diagnostic::Diagnostic;
use crate::run::{Interrupt, interrupt};

/// Listens from now on, for as long as the runtime lives.
///
/// # Errors
/// The system does not let signals be heard.
pub(super) fn listen() -> Result<Interrupt, Diagnostic> {
    let mut signals = Signals::new().map_err(|error| {
        Diagnostic::error("Cannot listen to signals").detail(format!("The system says: {error}."))
    })?;
    let (interrupter, interrupt) = interrupt();
    tokio::spawn(async move {
        loop {
            signals.next().await;
            interrupter.interrupt();
        }
    });
    Ok(interrupt)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
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
