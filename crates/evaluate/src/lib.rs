//! Scores resolutions against reference labels and writes the report.
