//! Being told to stop: once to begin nothing new, twice to wait for nothing.

use tokio::sync::watch;

/// How far stopping has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nobody has asked for it.
    Running,
    /// Nothing new is begun; calls in flight are finished.
    Draining,
    /// Nothing is waited for.
    Abandoning,
}

/// The end that asks.
#[derive(Clone, Debug)]
pub struct Interrupter(watch::Sender<Stage>);

/// The end that listens.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Stage>);

/// Makes both ends.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(Stage::Running);
    (Interrupter(sender), Interrupt(receiver))
}

impl Interrupter {
    /// Asks to stop: the first time gracefully, the second time at once.
    pub fn interrupt(&self) {
        self.0.send_modify(|stage| {
            *stage = match stage {
                Stage::Running => Stage::Draining,
                Stage::Draining | Stage::Abandoning => Stage::Abandoning,
            };
        });
    }
}

impl Interrupt {
    /// Tells whether anybody has asked.
    pub fn is_heard(&self) -> bool {
        *self.0.borrow() >= Stage::Draining
    }

    /// Waits until a stage is reached; for ever if it never is.
    pub async fn reached(&self, stage: Stage) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|now| *now >= stage).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
