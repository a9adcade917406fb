//! `sqlite:PATH` and `postgres://…`: which database is meant, and how to name it without its password.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::StoreError;

const IN_MEMORY: &str = "sqlite::memory:";

/// Which database; its `Display` has no password.
#[derive(Clone)]
pub(crate) struct Address {
    shown: String,
    pub(crate) kind: AddressKind,
}

#[derive(Clone)]
pub(crate) enum AddressKind {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

impl Address {
    /// Whether each connection sees a database of its own.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.shown == IN_MEMORY
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Address, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite(path);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres(url);
        }
        // Whatever was typed may hold a password, so it is not repeated.
        Err(StoreError::Address("neither sqlite: nor postgres://".to_owned()))
    }
}

/// What may follow the `?` of a PostgreSQL address, in the words of libpq.
const PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

fn sqlite(path: &str) -> Result<Address, StoreError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains('\0') {
        return Err(StoreError::Address("sqlite: without a path".to_owned()));
    }
    let options = SqliteConnectOptions::new()
        .busy_timeout(Duration::from_secs(5))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        // A row of `instances` takes some kilobytes; few folds of the log, since each writes the indexes anew.
        .page_size(8192)
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", "4096")
        .disable_statement_logging();
    let options = if path == ":memory:" {
        options.in_memory(true)
    } else {
        options.filename(PathBuf::from(path))
    };
    Ok(Address {
        shown: format!("sqlite:{path}"),
        kind: AddressKind::Sqlite(Box::new(options)),
    })
}

/// The driver passes over a parameter that it does not know; a misspelt `sslmode` must not mean an open connection.
fn check_parameters(url: &str) -> Result<(), StoreError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for parameter in query.split('&').filter(|p| !p.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) && !name.starts_with("options[") {
            return Err(StoreError::Address(format!("unknown parameter {name:?}")));
        }
    }
    Ok(())
}

fn postgres(url: &str) -> Result<Address, StoreError> {
    check_parameters(url)?;
    // The parser's own message may repeat a part of the address.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Address("postgres:// with a part that cannot be read".to_owned()))?;
    let shown = format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    );
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("bodysite"),
    };
    let options = options.disable_statement_logging();
    Ok(Address {
        shown,
        kind: AddressKind::Postgres(Box::new(options)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let address: Address = "postgres://reader:s3cret@db.example:5433/images".parse().unwrap();
        assert_eq!(address.to_string(), "postgres://reader@db.example:5433/images");
        assert_eq!(format!("{address:?}"), "postgres://reader@db.example:5433/images");
        for wrong in [
            "mysql://u:s3cret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u@h/d?sslmod=s3cret",
            "sqlite:",
            "s3cret",
        ] {
            let error = wrong.parse::<Address>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
