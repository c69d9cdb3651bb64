//! Silence as a deadline: for calls that may take as long as they like, as long as something happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When something happened last.
#[derive(Clone)]
pub(super) struct Pulse {
    last: Arc<Mutex<Instant>>,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self {
            last: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Something happened.
    pub(super) fn beat(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Does the work, unless nothing happens for `limit`; `None` then.
    pub(super) async fn watch<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            result = work => Some(result),
            () = self.silence(limit) => None,
        }
    }

    async fn silence(&self, limit: Duration) {
        loop {
            let end = *self.last.lock().unwrap_or_else(PoisonError::into_inner) + limit;
            if Instant::now() >= end {
                return;
            }
            sleep_until(end).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test]
    async fn work_that_beats_is_never_late_and_silent_work_is() {
        let (short, limit) = (Duration::from_millis(20), Duration::from_millis(200));
        let pulse = Pulse::new();
        let lively = async {
            for _ in 0..20 {
                sleep(short).await;
                pulse.beat();
            }
        };
        assert_eq!(pulse.watch(limit, lively).await, Some(()));
        assert_eq!(pulse.watch(limit, std::future::pending::<()>()).await, None);
    }
}
