//! SQLite: one file, one writer, write-ahead log; rows go in many a statement.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{AssertSqlSafe, SqliteConnection, query, query_with};

use crate::error::Fault;
use crate::session::{Statement, decode};
use crate::table::{Kind, Row, Table, Value};

/// Insert statements by table and number of rows, so that each text is made once and prepared once.
pub(crate) type Statements = HashMap<(&'static str, usize), Statement>;

/// Rows a statement. More gains little, and statements of many sizes would not be kept prepared.
const SIZES: [usize; 3] = [64, 8, 1];

fn bind(values: impl IntoIterator<Item = Value>) -> SqliteArguments {
    use sqlx::Arguments;
    let mut arguments = SqliteArguments::default();
    for value in values {
        // Adding a text, an integer or a real to the arguments of SQLite cannot fail.
        let _ = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(value) => arguments.add(value),
            Value::Real(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
        };
    }
    arguments
}

pub(crate) async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
    values: &[Value],
) -> Result<(), Fault> {
    query_with(sql, bind(values.iter().cloned()))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn fetch(
    connection: &mut SqliteConnection,
    sql: &'static str,
    values: &[Value],
    kinds: &[Kind],
) -> Result<Vec<Row>, Fault> {
    let rows = query_with(sql, bind(values.iter().cloned()))
        .fetch_all(connection)
        .await?;
    Ok(rows.iter().map(|row| decode(row, kinds)).collect::<Result<_, _>>()?)
}

pub(crate) async fn write(
    connection: &mut SqliteConnection,
    statements: &mut Statements,
    table: &'static Table,
    rows: Vec<Row>,
) -> Result<(), Fault> {
    let mut rows = rows.into_iter();
    for size in SIZES {
        while rows.len() >= size {
            let sql = statements
                .entry((table.name, size))
                .or_insert_with(|| insert(table, size));
            let values = bind(rows.by_ref().take(size).flatten());
            let query = query_with::<Sqlite, _>(AssertSqlSafe(Arc::clone(sql)), values);
            query.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// The text holds names of our own tables and placeholders only.
fn insert(table: &Table, rows: usize) -> Statement {
    let row = format!("({})", vec!["?"; table.columns.len()].join(","));
    let sql = format!(
        "insert into {} ({}) values {}{}",
        table.name,
        table.column_list(),
        vec![row; rows].join(","),
        table.on_conflict()
    );
    sql.into()
}

/// Batches are synced when the log is folded into the database; the end of a run is synced at once.
pub(crate) async fn settle(connection: &mut SqliteConnection) -> Result<(), Fault> {
    query("pragma synchronous = full").execute(&mut *connection).await?;
    let folded = query("pragma wal_checkpoint(truncate)").execute(&mut *connection).await;
    query("pragma synchronous = normal").execute(&mut *connection).await?;
    folded?;
    Ok(())
}
