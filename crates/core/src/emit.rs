//! Somewhere a normalised study is written.

use crate::NormalizedStudy;

/// Why writing stopped. Always fatal and resumable: the run ends with exit code 3.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {what}: {source}")]
pub struct EmitError {
    /// What was being written.
    pub what: String,
    /// Why it failed.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A sink for studies. Studies arrive ordered by Study Instance UID, each exactly once.
///
/// Emitters do no mapping: what they write is in the study already. They work in a thread of their own.
pub trait Emit: Send {
    /// Writes one study.
    fn study(&mut self, study: &NormalizedStudy) -> Result<(), EmitError>;

    /// Makes everything written visible, whole. Not called when the run is cancelled.
    fn finish(&mut self) -> Result<(), EmitError>;
}
