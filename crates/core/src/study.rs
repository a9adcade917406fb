//! Study > series > instances, ready to be written out.

use serde::{Deserialize, Serialize};

use crate::{Assertion, Header, Issue, Resolution};

/// What produced an answer; equal inputs and equal versions give equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct Versions {
    /// Version of bodysite.
    pub software: String,
    /// Hash over the mapping sets in use.
    pub mapping: String,
    /// Edition of DICOM that codes and terms were taken from.
    pub dicom_edition: String,
    /// Model id and SHA-256 of its weights, when a model is used.
    pub model: Option<(String, String)>,
    /// Policy and options that change an answer (`on-conflict=none`).
    pub policy: String,
}

/// One image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NormalizedInstance {
    /// Where it is.
    pub path: String,
    /// What its header says.
    pub header: Header,
    /// Every claim made about it.
    pub assertions: Vec<Assertion>,
    /// One answer a facet.
    pub resolutions: Vec<Resolution>,
    /// What was odd.
    pub issues: Vec<Issue>,
    /// Whether a review or the files beside it changed the claims, answers or oddities from those of the file by itself.
    pub adjusted: bool,
}

/// One series; `resolutions[].from` indexes its instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NormalizedSeries {
    /// Series Instance UID.
    pub uid: String,
    /// Its instances, ordered by Instance Number, SOP Instance UID, path.
    pub instances: Vec<NormalizedInstance>,
    /// One answer a facet.
    pub resolutions: Vec<Resolution>,
    /// What was odd about the series as a whole.
    pub issues: Vec<Issue>,
}

/// One study; `resolutions[].from` indexes its series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NormalizedStudy {
    /// Study Instance UID.
    pub uid: String,
    /// Its series, ordered by Series Number, Series Instance UID.
    pub series: Vec<NormalizedSeries>,
    /// One answer a facet.
    pub resolutions: Vec<Resolution>,
    /// What was odd about the study as a whole. With `TwoPatients` among them the study is not emitted as FHIR.
    pub issues: Vec<Issue>,
    /// What produced it.
    pub versions: Versions,
}
