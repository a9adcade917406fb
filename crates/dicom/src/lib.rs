//! Finds DICOM instances, reads headers within bounds, decodes frames, writes corrected copies.
