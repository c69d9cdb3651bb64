//! How a run ends, as a code: see `docs/exit-codes.md`.

use std::process::ExitCode;

use crate::diagnostic::{Diagnostics, Fault, Severity};

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All went well; with `--detailed-exitcode`: nothing is to be changed.
    Success,
    /// Something is wrong, and nothing was changed on the engine.
    Error,
    /// With `--detailed-exitcode`: there is something to change, or was.
    Changes,
    /// With `fmt --check`: some file is not formatted.
    Unformatted,
    /// An apply failed part-way: something was changed, or may have been, and all of it is recorded.
    Partial,
    /// The world moved since the plan, the plan is stale, or the engine is another one: nothing was changed.
    Conflict,
    /// Another run holds the lock.
    Locked,
    /// The command line is wrong.
    Usage,
    /// The run was interrupted.
    Interrupted,
}

impl ExitStatus {
    /// Returns the code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Unformatted => 3,
            Self::Partial => 4,
            Self::Conflict => 5,
            Self::Locked => 6,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }

    /// Returns the code for some problems, of which one is an error: the fault of the first error decides.
    pub fn of(problems: &Diagnostics) -> Self {
        let first = problems
            .0
            .iter()
            .find(|problem| problem.severity == Severity::Error);
        match first.map(|problem| problem.fault) {
            Some(Fault::Conflict) => Self::Conflict,
            Some(Fault::Locked) => Self::Locked,
            Some(Fault::Usage) => Self::Usage,
            Some(Fault::Ordinary) | None => Self::Error,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;

    #[test]
    fn the_first_error_decides_and_warnings_do_not() {
        let problems = Diagnostics(vec![
            Diagnostic::warning("w").fault(Fault::Usage),
            Diagnostic::error("e").fault(Fault::Locked),
            Diagnostic::error("e"),
        ]);
        assert_eq!(ExitStatus::of(&problems), ExitStatus::Locked);
        assert_eq!(ExitStatus::of(&Diagnostic::error("e").into()), ExitStatus::Error);
    }

    #[test]
    fn the_codes_are_those_of_the_manual() {
        let manual = include_str!("../../docs/exit-codes.md");
        for status in [
            ExitStatus::Success,
            ExitStatus::Error,
            ExitStatus::Changes,
            ExitStatus::Unformatted,
            ExitStatus::Partial,
            ExitStatus::Conflict,
            ExitStatus::Locked,
            ExitStatus::Usage,
            ExitStatus::Interrupted,
        ] {
            let row = format!("| {} |", status.code());
            assert!(manual.contains(&row), "{row}");
        }
    }
}
