//! Exit codes, and the errors that choose them.

use std::fmt;
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// Finished; some files failed or were refused, and are listed.
    Findings = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Stopped by something fatal but resumable.
    Fatal = 3,
    /// An internal error, caught.
    Internal = 4,
    /// Stopped by Ctrl-C, state consistent.
    Interrupted = 130,
    /// Stopped by SIGTERM, state consistent.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// An error with the exit code it ends in and, where there is one, the remedy.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    error: anyhow::Error,
    remedy: Option<String>,
}

impl Failure {
    /// A mistake in the command or in our own files.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Failure {
            exit: Exit::Usage,
            error: error.into(),
            remedy: None,
        }
    }

    /// Something stopped the run; running again goes on.
    pub fn fatal(error: impl Into<anyhow::Error>) -> Self {
        Failure {
            exit: Exit::Fatal,
            error: error.into(),
            remedy: Some("once that is mended, run the same command again: it goes on where it was".to_owned()),
        }
    }

    /// The same with a remedy.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  remedy: {remedy}"),
            None => Ok(()),
        }
    }
}

/// What a subcommand returns.
pub type Outcome = Result<Exit, Failure>;
