//! The numbered schema of `migrations/`, carried in the program.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const SQLITE: &[(i64, &str, &str)] = &[
    (1, "tables", include_str!("../../../migrations/sqlite/0001_tables.sql")),
    (2, "views", include_str!("../../../migrations/sqlite/0002_views.sql")),
];

const POSTGRES: &[(i64, &str, &str)] = &[
    (
        1,
        "tables",
        include_str!("../../../migrations/postgres/0001_tables.sql"),
    ),
    (2, "views", include_str!("../../../migrations/postgres/0002_views.sql")),
];

fn migrator(migrations: &'static [(i64, &str, &str)]) -> Migrator {
    let migration = |(version, what, sql): &'static (i64, &str, &str)| {
        let kind = MigrationType::Simple;
        Migration::new(*version, Cow::Borrowed(*what), kind, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(migration).collect())
}

pub(crate) fn sqlite() -> Migrator {
    migrator(SQLITE)
}

pub(crate) fn postgres() -> Migrator {
    migrator(POSTGRES)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without comments and in the words that the two dialects share, up to where each has its own.
    fn shape(sql: &str) -> Vec<String> {
        let shared = sql.lines().take_while(|l| !l.starts_with("-- From here on"));
        let lines = shared.filter(|l| !l.starts_with("--"));
        let lines = lines.map(|l| {
            l.replace(" collate \"C\"", "")
                .replace(" bigint", " integer")
                .replace(" double precision", " real")
                .replace(") strict, without rowid;", ");")
                .replace(") strict;", ");")
        });
        lines.filter(|l| !l.is_empty()).collect()
    }

    #[test]
    fn both_dialects_have_the_same_tables_and_views() {
        for (a, b) in SQLITE.iter().zip(POSTGRES) {
            assert_eq!(shape(a.2), shape(b.2), "{}", a.1);
        }
        assert_eq!(SQLITE.len(), POSTGRES.len());
    }
}
