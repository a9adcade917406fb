//! The columns of the table that `review list` writes, a person fills, and `review add` reads.

/// The image.
pub const UID: &str = "sop_instance_uid";
/// What it shows: SCTIDs joined with `|`, `none`, or nothing where no decision was made.
pub const EXAMINED: &str = "examined";
/// Its side: R, L, B, `none`, or nothing where no decision was made.
pub const LATERALITY: &str = "laterality";

/// Every column, in the order in which they are written.
pub const COLUMNS: [&str; 10] = [
    UID,
    EXAMINED,
    LATERALITY,
    "question",
    "path",
    "header",
    "image",
    "answer",
    "confidence",
    "because",
];

/// The word for "it shows none of the parts" and "it has no side".
pub const NONE: &str = "none";
