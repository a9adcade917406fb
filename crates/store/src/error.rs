//! Why the database stopped, each with what to do about it; no password and no value of a file is in a message.

use bodysite_core::LedgerError;
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

/// Why a store could not be opened, read or written. A run that ends with one can be resumed by running it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is not one of `sqlite:PATH` and `postgres://…`.
    #[error("not a database address: {0}; write sqlite:PATH or postgres://user@host:port/database")]
    Address(String),
    /// The database cannot be reached, or went away and did not come back in time.
    #[error(
        "{database}: not reachable after {attempts} attempts: {reason}; check that it runs, then run the same command again"
    )]
    Lost {
        /// The address without password.
        database: String,
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt met.
        reason: String,
    },
    /// The server does not let this user in, or not do this.
    #[error("{database}: access denied: {reason}; check user, password and rights")]
    Denied {
        /// The address without password.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// The database can be read and not written.
    #[error("{database}: read-only: {reason}; make it and its folder writable, or name another one with --database")]
    ReadOnly {
        /// The address without password.
        database: String,
        /// The database's words.
        reason: String,
    },
    /// There is no space left.
    #[error("{database}: no space left: {reason}; free some space, then run the same command again")]
    Full {
        /// The address without password.
        database: String,
        /// The database's words.
        reason: String,
    },
    /// The file is not a database, or is damaged.
    #[error("{database}: damaged or not a database: {reason}; restore it, or start over with another one")]
    Damaged {
        /// The address without password.
        database: String,
        /// The database's words.
        reason: String,
    },
    /// The schema is not one that this version of bodysite made.
    #[error(
        "{database}: schema of another version: {reason}; use the bodysite that made it, or start over with another database"
    )]
    Schema {
        /// The address without password.
        database: String,
        /// What differs.
        reason: String,
    },
    /// A stored row cannot be read back.
    #[error("{database}: a stored row cannot be read: {reason}")]
    Corrupt {
        /// The address without password.
        database: String,
        /// Which row, and what is wrong with it.
        reason: String,
    },
    /// Anything else that the database refused.
    #[error("{database}: refused: {reason}")]
    Refused {
        /// The address without password.
        database: String,
        /// The database's words.
        reason: String,
    },
    /// The operating system gave no thread or socket to work with.
    #[error("cannot start the database client: {0}")]
    Client(String),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> LedgerError {
        match error {
            StoreError::Corrupt { reason, .. } => LedgerError::Corrupt(reason),
            other => LedgerError::Database(Box::new(other)),
        }
    }
}

/// What an operation on a connection can meet.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(sqlx::Error),
    Migrate(MigrateError),
    Timeout,
    Corrupt(String),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Fault {
        Fault::Sql(error)
    }
}

impl From<MigrateError> for Fault {
    fn from(error: MigrateError) -> Fault {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Fault::Sql(error),
            other => Fault::Migrate(other),
        }
    }
}

/// What can be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Try again on a new connection.
    Lost,
    Denied,
    ReadOnly,
    Full,
    Damaged,
    Schema,
    Corrupt,
    Refused,
}

impl Fault {
    pub(crate) fn class(&self) -> Class {
        match self {
            Fault::Timeout => Class::Lost,
            Fault::Corrupt(_) => Class::Corrupt,
            Fault::Migrate(_) => Class::Schema,
            Fault::Sql(error) => class_of(error),
        }
    }

    pub(crate) fn reason(&self) -> String {
        match self {
            Fault::Timeout => "no answer in time".to_owned(),
            Fault::Corrupt(reason) => reason.clone(),
            Fault::Migrate(error) => error.to_string(),
            Fault::Sql(sqlx::Error::Database(error)) => words(error.as_ref()),
            Fault::Sql(error) => error.to_string(),
        }
    }

    pub(crate) fn into_error(self, database: &str, attempts: u32) -> StoreError {
        let (database, reason) = (database.to_owned(), self.reason());
        match self.class() {
            Class::Lost => StoreError::Lost {
                database,
                attempts,
                reason,
            },
            Class::Denied => StoreError::Denied { database, reason },
            Class::ReadOnly => StoreError::ReadOnly { database, reason },
            Class::Full => StoreError::Full { database, reason },
            Class::Damaged => StoreError::Damaged { database, reason },
            Class::Schema => StoreError::Schema { database, reason },
            Class::Corrupt => StoreError::Corrupt { database, reason },
            Class::Refused => StoreError::Refused { database, reason },
        }
    }
}

fn words(error: &dyn DatabaseError) -> String {
    match error.code() {
        Some(code) => format!("{} (code {code})", error.message()),
        None => error.message().to_owned(),
    }
}

fn class_of(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Class::Lost,
        sqlx::Error::Database(error) => match error.code() {
            Some(code) => match code.parse::<u32>() {
                Ok(number) if code.len() < 5 => class_of_sqlite(number),
                _ => class_of_sqlstate(&code),
            },
            None => Class::Refused,
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Class::Corrupt,
        _ => Class::Refused,
    }
}

/// By the primary result code, the low byte: <https://sqlite.org/rescode.html>.
fn class_of_sqlite(code: u32) -> Class {
    match code & 0xff {
        5 | 6 | 15 => Class::Lost,
        8 => Class::ReadOnly,
        13 => Class::Full,
        // SQLite says SQLITE_IOERR where the disk or a quota gives out while a file grows.
        11 | 26 => Class::Damaged,
        3 | 14 | 23 => Class::Denied,
        _ => Class::Refused,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn class_of_sqlstate(code: &str) -> Class {
    match code {
        // Shutdown, crash, start-up, too many connections, idle time-outs; then conflicts between transactions.
        "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25P03" => Class::Lost,
        // 23505: another process wrote the row meanwhile; made again, the batch replaces it.
        "23505" | "40001" | "40P01" | "55P03" | "57014" => Class::Lost,
        "25006" => Class::ReadOnly,
        "53100" | "53200" | "53400" => Class::Full,
        "42501" | "3D000" | "3F000" => Class::Denied,
        "XX001" | "XX002" => Class::Damaged,
        _ if code.starts_with("08") => Class::Lost,
        _ if code.starts_with("28") => Class::Denied,
        _ => Class::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_codes_are_sorted_by_what_can_be_done() {
        // SQLITE_FULL, SQLITE_READONLY_DBMOVED, SQLITE_BUSY_SNAPSHOT, SQLITE_NOTADB, SQLITE_CANTOPEN.
        let sqlite = [13, 1032, 517, 26, 14].map(class_of_sqlite);
        assert_eq!(
            sqlite,
            [Class::Full, Class::ReadOnly, Class::Lost, Class::Damaged, Class::Denied]
        );
        let postgres = ["57P01", "08006", "23505", "25006", "53100", "28P01", "22001"].map(class_of_sqlstate);
        assert_eq!(
            postgres,
            [
                Class::Lost,
                Class::Lost,
                Class::Lost,
                Class::ReadOnly,
                Class::Full,
                Class::Denied,
                Class::Refused
            ]
        );
    }
}
