//! SQLite and PostgreSQL: runs, instances, assertions, resolutions, reviews.
