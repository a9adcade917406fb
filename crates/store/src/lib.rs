//! SQLite and PostgreSQL: runs, instances, assertions, resolutions, reviews.
//!
//! [`Store`] implements [`bodysite_core::Ledger`]: one schema in two dialects (`migrations/`), the same rows in both.
//! Reading order: `table` (what is written), `rows` (records to rows), `ledger` and `studies` (transactions and pages),
//! `store` with `client` (retries) and `writer` (batches in the background), `session` with `sqlite` and `postgres` (the
//! drivers), `error` (what to do about it).
//!
//! ```
//! use bodysite_core::{Ledger, RunStart, Versions};
//!
//! let mut store = bodysite_store::Store::open("sqlite::memory:").unwrap();
//! let start = RunStart {
//!     versions: Versions::default(),
//!     roots: vec!["archive".to_owned()],
//!     started: "2026-01-01T00:00:00Z".to_owned(),
//! };
//! assert_eq!(store.begin(&start).unwrap(), 1);
//! assert_eq!(store.runs().unwrap()[0].roots, ["archive"]);
//! ```
//!
//! **Absent on purpose**: clocks and random ids. All that is stored was given, so the same input gives the same rows.

mod address;
mod client;
mod error;
mod ledger;
mod migrate;
mod postgres;
mod rows;
mod session;
mod share;
mod sqlite;
mod status;
mod store;
mod studies;
mod table;
mod writer;

pub use error::StoreError;
pub use status::RunRow;
pub use store::{Patience, Store};
