//! What the caller decides about the output.

use crate::ids::{IdKey, Ids};
use crate::value::moment::{Instant, Zone};

/// The FHIR version written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FhirVersion {
    /// R4, 4.0.1.
    #[default]
    R4,
    /// R5, 5.0.0.
    R5,
}

/// The extension of the AI Transparency implementation guide. The guide is a draft and the address has moved before.
pub const CONFIDENCE_EXTENSION: &str = "http://hl7.org/fhir/uv/aitransparency/StructureDefinition/AIconfidence";

/// The choices that change what is written. The default names no patient and gives away no free text.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The FHIR version.
    pub version: FhirVersion,
    /// Makes ids that only the holder of the key can compute.
    pub id_key: Option<IdKey>,
    /// The zone of studies that do not carry Timezone Offset From UTC.
    pub default_timezone: Option<Zone>,
    /// Writes study and series descriptions and header texts taken from free-text attributes.
    pub include_descriptions: bool,
    /// Writes the accession number, as identifier and as `basedOn`.
    pub include_accession: bool,
    /// The identifier system of accession numbers.
    pub accession_system: Option<String>,
    /// The address of the extension that carries a model's probability.
    pub confidence_extension: String,
    /// The time of the run, for Provenance. Without it two runs over the same files write the same bytes.
    pub recorded: Option<Instant>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            version: FhirVersion::default(),
            id_key: None,
            default_timezone: None,
            include_descriptions: false,
            include_accession: false,
            accession_system: None,
            confidence_extension: CONFIDENCE_EXTENSION.to_owned(),
            recorded: None,
        }
    }
}

impl Options {
    pub(crate) fn ids(&self) -> Ids<'_> {
        Ids::new(self.id_key.as_ref())
    }
}
