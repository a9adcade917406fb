//! Writes normalized studies as FHIR R4 and R5.
