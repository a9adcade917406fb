//! The tables that are written in bulk: their columns, in the order of a row's values, and their keys.

/// What a column or a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Real,
}

use Kind::{Int, Real, Text};

/// One value of a row or a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
}

impl Value {
    /// A text that both databases can hold: U+0000 becomes U+2400, since PostgreSQL refuses it.
    pub(crate) fn text(text: impl Into<String>) -> Value {
        let text = text.into();
        if text.contains('\0') {
            return Value::Text(text.replace('\0', "\u{2400}"));
        }
        Value::Text(text)
    }

    pub(crate) fn text_or_null(text: Option<impl Into<String>>) -> Value {
        text.map_or(Value::Null, Value::text)
    }

    /// A count; no file and no list is longer than an `i64` can say.
    pub(crate) fn count(count: u64) -> Value {
        Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// The values of one row, in the order of the table's columns.
pub(crate) type Row = Vec<Value>;

/// A table; its key is its first `key` columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
    pub(crate) key: usize,
}

pub(crate) static VERSIONS: Table = Table {
    name: "versions",
    columns: &[
        ("versions", Text),
        ("software", Text),
        ("mapping", Text),
        ("dicom_edition", Text),
        ("model", Text),
        ("weights", Text),
        ("policy", Text),
    ],
    key: 1,
};

pub(crate) static SOURCES: Table = Table {
    name: "sources",
    columns: &[
        ("path", Text),
        ("size", Int),
        ("mtime_ns", Int),
        ("header_hash", Text),
        ("status", Text),
        ("reasons", Text),
        ("problem_offset", Int),
        ("versions", Text),
        ("seen_run", Int),
    ],
    key: 1,
};

pub(crate) static INSTANCES: Table = Table {
    name: "instances",
    columns: &[
        ("path", Text),
        ("study_uid", Text),
        ("series_uid", Text),
        ("sop_instance_uid", Text),
        ("sop_class_uid", Text),
        ("modality", Text),
        ("series_number", Text),
        ("instance_number", Text),
        ("study_date", Text),
        ("transfer_syntax", Text),
        ("patient_check", Int),
        ("versions", Text),
        ("adjusted", Int),
        ("header", Text),
        ("findings", Text),
    ],
    key: 1,
};

pub(crate) static SERIES: Table = Table {
    name: "series",
    columns: &[
        ("study_uid", Text),
        ("series_uid", Text),
        ("run", Int),
        ("versions", Text),
        ("modality", Text),
        ("series_number", Text),
        ("instances", Int),
    ],
    key: 2,
};

pub(crate) static STUDIES: Table = Table {
    name: "studies",
    columns: &[
        ("study_uid", Text),
        ("run", Int),
        ("versions", Text),
        ("study_date", Text),
        ("series", Int),
        ("instances", Int),
    ],
    key: 1,
};

pub(crate) static ASSERTIONS: Table = Table {
    name: "assertions",
    columns: &[
        ("path", Text),
        ("origin", Text),
        ("ordinal", Int),
        ("facet", Text),
        ("method", Text),
        ("selector", Text),
        ("raw_text", Text),
        ("relationship", Text),
        ("codes", Text),
        ("displays", Text),
        ("exact_codes", Text),
        ("no_map", Text),
        ("mapping_rows", Text),
        ("confidence", Real),
    ],
    key: 3,
};

pub(crate) static RESOLUTIONS: Table = Table {
    name: "resolutions",
    columns: &[
        ("path", Text),
        ("facet", Text),
        ("verdict", Text),
        ("codes", Text),
        ("displays", Text),
        ("exact_codes", Text),
        ("no_map", Text),
        ("confidence", Real),
        ("original_text", Text),
        ("because", Text),
    ],
    key: 2,
};

pub(crate) static SERIES_RESOLUTIONS: Table = Table {
    name: "series_resolutions",
    columns: &[
        ("study_uid", Text),
        ("series_uid", Text),
        ("facet", Text),
        ("verdict", Text),
        ("codes", Text),
        ("displays", Text),
        ("exact_codes", Text),
        ("no_map", Text),
        ("confidence", Real),
        ("original_text", Text),
        ("because", Text),
    ],
    key: 3,
};

pub(crate) static STUDY_RESOLUTIONS: Table = Table {
    name: "study_resolutions",
    columns: &[
        ("study_uid", Text),
        ("facet", Text),
        ("verdict", Text),
        ("codes", Text),
        ("displays", Text),
        ("exact_codes", Text),
        ("no_map", Text),
        ("confidence", Real),
        ("original_text", Text),
        ("because", Text),
    ],
    key: 2,
};

pub(crate) static ISSUES: Table = Table {
    name: "issues",
    columns: &[
        ("path", Text),
        ("ordinal", Int),
        ("code", Text),
        ("severity", Text),
        ("selector", Text),
        ("detail", Text),
    ],
    key: 2,
};

pub(crate) static STUDY_ISSUES: Table = Table {
    name: "study_issues",
    columns: &[
        ("study_uid", Text),
        ("series_uid", Text),
        ("ordinal", Int),
        ("code", Text),
        ("severity", Text),
        ("selector", Text),
        ("detail", Text),
    ],
    key: 3,
};

pub(crate) static REVIEWS: Table = Table {
    name: "reviews",
    columns: &[
        ("sop_instance_uid", Text),
        ("reviewed_at", Text),
        ("digest", Text),
        ("reviewer", Text),
        ("facet", Text),
        ("codes", Text),
        ("displays", Text),
        ("exact_codes", Text),
        ("no_map", Text),
        ("assertion", Text),
    ],
    key: 3,
};

impl Table {
    /// The column names, separated by commas.
    pub(crate) fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// ` on conflict …`: what is there is replaced, so that a batch may be written twice.
    pub(crate) fn on_conflict(&self) -> String {
        let key: Vec<&str> = self.columns[..self.key].iter().map(|c| c.0).collect();
        let rest = self.columns[self.key..].iter();
        let set: Vec<String> = rest.map(|(n, _)| format!("{n} = excluded.{n}")).collect();
        format!(" on conflict ({}) do update set {}", key.join(", "), set.join(", "))
    }
}
