//! One connection to either database, with the few verbs that the ledger needs.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{ColumnIndex, ConnectOptions, Connection, Database, Decode, PgConnection, SqliteConnection, Type};

use crate::address::{Address, AddressKind};
use crate::error::Fault;
use crate::table::{Kind, Row, Table, Value};
use crate::{migrate, postgres, sqlite};

/// A connection.
pub(crate) enum Session {
    Sqlite(SqliteConnection, sqlite::Statements),
    Postgres(Box<PgConnection>),
}

/// A query in the words of each database; most are the same in both.
pub(crate) struct Query {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Query {
    pub(crate) const fn same(sql: &'static str) -> Query {
        Query {
            sqlite: sql,
            postgres: sql,
        }
    }
}

impl Session {
    pub(crate) async fn connect(address: &Address) -> Result<Session, Fault> {
        Ok(match &address.kind {
            AddressKind::Sqlite(options) => Session::Sqlite(options.connect().await?, HashMap::new()),
            AddressKind::Postgres(options) => {
                let mut connection = options.connect().await?;
                postgres::prepare(&mut connection).await?;
                Session::Postgres(Box::new(connection))
            }
        })
    }

    /// Makes the session ready: the schema where that is not known to be done, and what only lives as long as it.
    pub(crate) async fn set_up(&mut self, migrated: bool) -> Result<(), Fault> {
        match self {
            Session::Sqlite(connection, _) if !migrated => {
                migrate::sqlite().run_direct(None, connection, false).await?;
            }
            Session::Sqlite(..) => {}
            Session::Postgres(connection) => {
                if !migrated {
                    migrate::postgres().run_direct(None, connection.as_mut(), false).await?;
                }
                postgres::make_staging(connection).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(self) {
        // What was committed is safe; a connection that cannot say goodbye is gone all the same.
        let _ = match self {
            Session::Sqlite(connection, _) => connection.close().await,
            Session::Postgres(connection) => connection.close().await,
        };
    }

    /// Starts a transaction that writes.
    pub(crate) async fn begin(&mut self) -> Result<(), Fault> {
        let begin = Query {
            sqlite: "begin immediate",
            postgres: "begin",
        };
        self.execute(&begin, &[]).await
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Fault> {
        self.execute(&Query::same("commit"), &[]).await
    }

    pub(crate) async fn rollback(&mut self) -> Result<(), Fault> {
        self.execute(&Query::same("rollback"), &[]).await
    }

    pub(crate) async fn execute(&mut self, query: &Query, values: &[Value]) -> Result<(), Fault> {
        match self {
            Session::Sqlite(connection, _) => sqlite::execute(connection, query.sqlite, values).await,
            Session::Postgres(connection) => postgres::execute(connection, query.postgres, values).await,
        }
    }

    /// The rows that a query gives, whole: callers bound them by `limit`.
    pub(crate) async fn fetch(&mut self, query: &Query, values: &[Value], kinds: &[Kind]) -> Result<Vec<Row>, Fault> {
        match self {
            Session::Sqlite(connection, _) => sqlite::fetch(connection, query.sqlite, values, kinds).await,
            Session::Postgres(connection) => postgres::fetch(connection, query.postgres, values, kinds).await,
        }
    }

    /// Writes rows, replacing those with their keys. Of rows with one key the last stands.
    pub(crate) async fn write(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), Fault> {
        match self {
            Session::Sqlite(connection, statements) => sqlite::write(connection, statements, table, rows).await,
            Session::Postgres(connection) => postgres::replace(connection, table, &rows).await,
        }
    }

    /// Writes rows of which this transaction knows that there are none with their keys, which costs less. Where
    /// another process wrote one meanwhile the batch fails and is made again, then with that row in sight.
    pub(crate) async fn add(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), Fault> {
        match self {
            Session::Sqlite(..) => self.write(table, rows).await,
            Session::Postgres(connection) => postgres::copy(connection, table.name, table, &rows).await,
        }
    }

    /// Makes what was committed survive a power cut.
    pub(crate) async fn settle(&mut self) -> Result<(), Fault> {
        match self {
            Session::Sqlite(connection, _) => sqlite::settle(connection).await,
            // A PostgreSQL commit is durable unless its administrator chose otherwise.
            Session::Postgres(_) => Ok(()),
        }
    }
}

/// The values of a row that a driver gave.
pub(crate) fn decode<R>(row: &R, kinds: &[Kind]) -> Result<Row, sqlx::Error>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> f64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    let value = |(i, kind): (usize, &Kind)| {
        Ok(match kind {
            Kind::Int => row.try_get::<Option<i64>, _>(i)?.map_or(Value::Null, Value::Int),
            Kind::Real => row.try_get::<Option<f64>, _>(i)?.map_or(Value::Null, Value::Real),
            Kind::Text => row.try_get::<Option<String>, _>(i)?.map_or(Value::Null, Value::Text),
        })
    };
    kinds.iter().enumerate().map(value).collect()
}

/// A list of texts as one parameter: a JSON array, which both databases take apart.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    let texts: Vec<String> = texts.into_iter().map(|t| t.replace('\0', "\u{2400}")).collect();
    Value::Text(serde_json::Value::from(texts).to_string())
}

/// A statement that is made once and kept by the driver under its text.
pub(crate) type Statement = Arc<str>;
