//! Everything that can go wrong with a request → [`CallError`].

use std::io;

use hyper::StatusCode;
use serde_json::Value as Json;

use super::wire::WireError;
use super::{CallError, Certainty, Family, Reason};

/// How much of an engine's message is kept.
const MESSAGE: usize = 4096;

/// Makes the errors of one call.
#[derive(Clone)]
pub(super) struct Faults {
    /// What the call is, for people.
    pub(super) call: String,
    /// What is certain of a call whose answer did not come: a read changes nothing.
    pub(super) lost: Certainty,
    /// Who answers.
    pub(super) family: Family,
    /// Whether the call makes an object under a name.
    pub(super) names: bool,
}

impl Faults {
    /// For a read.
    pub(super) fn of_read(call: impl Into<String>, family: Family) -> Self {
        Self {
            call: call.into(),
            lost: Certainty::NotDone,
            family,
            names: false,
        }
    }

    /// For a mutating call.
    pub(super) fn of_write(call: &super::Call, family: Family) -> Self {
        Self {
            call: call.title(),
            lost: Certainty::Unknown,
            family,
            names: call.makes().is_some() || matches!(call, super::Call::ContainerRename { .. }),
        }
    }

    /// The engine was never asked.
    pub(super) fn refused(&self, message: impl Into<String>) -> CallError {
        self.error(Reason::Invalid, Certainty::NotDone, None, message)
    }

    /// The answer is not what the API promises.
    pub(super) fn broken(&self, message: impl Into<String>) -> CallError {
        self.error(Reason::Broken, self.lost, None, message)
    }

    /// No answer came in time.
    pub(super) fn late(&self) -> CallError {
        self.error(
            Reason::TimedOut,
            self.lost,
            None,
            "The engine did not answer in time.",
        )
    }

    /// The engine began, and says that it failed.
    pub(super) fn failed(&self, message: impl Into<String>) -> CallError {
        self.error(Reason::Failed, self.lost, None, message)
    }

    /// No response came.
    pub(super) fn wire(&self, error: &WireError) -> CallError {
        match error {
            WireError::Connect(error) => {
                let reason = match error.kind() {
                    io::ErrorKind::PermissionDenied => Reason::Forbidden,
                    io::ErrorKind::InvalidInput => Reason::Invalid,
                    _ => Reason::Unreachable,
                };
                self.error(reason, Certainty::NotDone, None, chain(error))
            }
            WireError::Lost(error) => self.broken(chain(error)),
        }
    }

    /// The engine answered with a status that is not a success.
    pub(super) fn status(&self, status: StatusCode, body: &[u8]) -> CallError {
        let message = message(status, body);
        let (reason, certainty) = match status.as_u16() {
            404 => (Reason::NotFound, Certainty::NotDone),
            409 => (Reason::Conflict, Certainty::NotDone),
            401 | 403 => (Reason::Denied, Certainty::NotDone),
            429 => (Reason::Failed, Certainty::NotDone),
            400..=499 => (Reason::Invalid, Certainty::NotDone),
            500 if self.is_name_conflict(&message) => (Reason::Conflict, Certainty::NotDone),
            500 if self.is_in_use(&message) => (Reason::Conflict, Certainty::NotDone),
            500..=599 => (Reason::Failed, self.lost),
            _ => (Reason::Broken, self.lost),
        };
        self.error(reason, certainty, Some(status.as_u16()), message)
    }

    /// Podman has no status of its own for a name that is taken; only its words tell.
    fn is_name_conflict(&self, message: &str) -> bool {
        let message = message.to_lowercase();
        self.family == Family::Podman
            && self.names
            && message.contains("name")
            && ["already in use", "already used", "already exists"]
                .iter()
                .any(|words| message.contains(words))
    }

    /// Podman has no status of its own for what is in the wrong state, or used, either.
    fn is_in_use(&self, message: &str) -> bool {
        let words = [
            "container state improper",
            "network is being used",
            "volume is being used",
        ];
        self.family == Family::Podman && words.iter().any(|words| message.contains(words))
    }

    fn error(
        &self,
        reason: Reason,
        certainty: Certainty,
        status: Option<u16>,
        message: impl Into<String>,
    ) -> CallError {
        CallError {
            call: self.call.clone(),
            reason,
            certainty,
            status,
            message: message.into(),
        }
    }
}

/// Takes the engine's words out of the body of an error.
fn message(status: StatusCode, body: &[u8]) -> String {
    let json: Option<Json> = serde_json::from_slice(body).ok();
    let words = match json.as_ref().and_then(|json| json.get("message")?.as_str()) {
        Some(words) => words.trim().to_owned(),
        None => String::from_utf8_lossy(&body[..body.len().min(MESSAGE)])
            .trim()
            .to_owned(),
    };
    if words.is_empty() {
        format!("The engine answered with status {status}.")
    } else {
        words.chars().take(MESSAGE).collect()
    }
}

/// Writes an error with its causes, which `Display` alone hides.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(family: Family) -> Faults {
        Faults {
            call: "create container a".into(),
            lost: Certainty::Unknown,
            family,
            names: true,
        }
    }

    fn outcome(family: Family, status: u16, body: &str) -> (Reason, Certainty) {
        let error = faults(family).status(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        (error.reason, error.certainty)
    }

    #[test]
    fn a_taken_name_is_a_conflict_on_both_families() {
        let podman =
            r#"{"message":"creating container storage: the container name \"a\" is already in use by 12"}"#;
        assert_eq!(
            outcome(Family::Podman, 500, podman),
            (Reason::Conflict, Certainty::NotDone)
        );
        assert_eq!(
            outcome(Family::Docker, 409, "{}"),
            (Reason::Conflict, Certainty::NotDone)
        );
    }

    #[test]
    fn podman_says_with_words_alone_that_something_is_in_use() {
        let message = r#"{"message":"\"a\" has associated containers with it: network is being used"}"#;
        assert_eq!(
            outcome(Family::Podman, 500, message),
            (Reason::Conflict, Certainty::NotDone)
        );
        assert_eq!(
            outcome(Family::Docker, 500, message),
            (Reason::Failed, Certainty::Unknown)
        );
    }

    #[test]
    fn a_server_error_leaves_the_outcome_unknown() {
        assert_eq!(
            outcome(Family::Docker, 500, "{\"message\":\"already in use\"}"),
            (Reason::Failed, Certainty::Unknown)
        );
        assert_eq!(
            outcome(Family::Docker, 503, ""),
            (Reason::Failed, Certainty::Unknown)
        );
    }

    #[test]
    fn a_redirect_is_no_answer() {
        assert_eq!(
            outcome(Family::Docker, 302, ""),
            (Reason::Broken, Certainty::Unknown)
        );
    }

    #[test]
    fn an_answer_without_words_still_says_something() {
        assert_eq!(
            message(StatusCode::BAD_GATEWAY, b""),
            "The engine answered with status 502 Bad Gateway."
        );
        assert_eq!(
            message(StatusCode::BAD_REQUEST, b" no such thing\n"),
            "no such thing"
        );
    }

    #[test]
    fn a_connection_that_was_never_made_changed_nothing() {
        let error = faults(Family::Docker).wire(&WireError::Connect(io::ErrorKind::ConnectionRefused.into()));
        assert_eq!(
            (error.reason, error.certainty),
            (Reason::Unreachable, Certainty::NotDone)
        );
    }
}
