//! PostgreSQL: rows go by COPY into a temporary table and from there, with one statement, where they belong; rows that
//! cannot be there yet go where they belong at once.

use std::fmt::Write as _;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, PgConnection, query, query_with, raw_sql};

use crate::error::Fault;
use crate::session::decode;
use crate::table;
use crate::table::{Kind, Row, Table, Value};

/// Every table whose rows are replaced in bulk.
const REPLACED: [&Table; 5] = [
    &table::VERSIONS,
    &table::SOURCES,
    &table::INSTANCES,
    &table::STUDIES,
    &table::REVIEWS,
];

/// What a session needs whatever the server's configuration says.
pub(crate) async fn prepare(connection: &mut PgConnection) -> Result<(), Fault> {
    // Look-ups by key and ordered pages want no scan of a whole table, which the planner takes for cheap while a new
    // table has no statistics.
    let settings = "set client_min_messages = warning; set extra_float_digits = 1; set jit = off; \
                    set enable_seqscan = off";
    raw_sql(settings).execute(connection).await?;
    Ok(())
}

/// Temporary tables with the columns of ours, emptied by every commit; `pg_temp` keeps them out of the schema.
pub(crate) async fn make_staging(connection: &mut PgConnection) -> Result<(), Fault> {
    let mut sql = String::new();
    for table in REPLACED {
        let name = table.name;
        let _ = writeln!(
            sql,
            "create temporary table if not exists stage_{name} (like {name}) on commit delete rows;"
        );
    }
    raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

fn bind(values: &[Value]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Null => arguments.add(None::<String>),
            Value::Int(value) => arguments.add(*value),
            Value::Real(value) => arguments.add(*value),
            Value::Text(value) => arguments.add(value.as_str()),
        };
        added.map_err(|error| Fault::Sql(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: &'static str, values: &[Value]) -> Result<(), Fault> {
    if values.is_empty() {
        raw_sql(sql).execute(connection).await?;
    } else {
        query_with(sql, bind(values)?).execute(connection).await?;
    }
    Ok(())
}

pub(crate) async fn fetch(
    connection: &mut PgConnection,
    sql: &'static str,
    values: &[Value],
    kinds: &[Kind],
) -> Result<Vec<Row>, Fault> {
    let rows = query_with(sql, bind(values)?).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| decode(row, kinds)).collect::<Result<_, _>>()?)
}

/// Rows to where they belong, by way of the temporary table.
pub(crate) async fn replace(connection: &mut PgConnection, table: &Table, rows: &[Row]) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let (name, columns) = (table.name, table.column_list());
    let stage = format!("stage_{name}");
    copy(connection, &stage, table, rows).await?;
    let upsert = format!(
        "insert into {name} ({columns}) select {columns} from {stage}{}",
        table.on_conflict()
    );
    query(AssertSqlSafe(upsert)).execute(&mut *connection).await?;
    Ok(())
}

/// Rows into a table with the columns of `table`.
pub(crate) async fn copy(connection: &mut PgConnection, into: &str, table: &Table, rows: &[Row]) -> Result<(), Fault> {
    if rows.is_empty() {
        return Ok(());
    }
    let copy = format!("copy {into} ({}) from stdin", table.column_list());
    let mut sink = connection.copy_in_raw(&copy).await?;
    if let Err(error) = sink.send(copy_text(rows)).await {
        // A COPY that is neither finished nor aborted leaves the connection useless; it is dropped either way.
        let _ = sink.abort("rows could not be sent").await;
        return Err(error.into());
    }
    sink.finish().await?;
    Ok(())
}

/// The text format of COPY: <https://www.postgresql.org/docs/current/sql-copy.html>.
fn copy_text(rows: &[Row]) -> Vec<u8> {
    let mut out = String::new();
    for row in rows {
        for (i, value) in row.iter().enumerate() {
            if i > 0 {
                out.push('\t');
            }
            copy_value(&mut out, value);
        }
        out.push('\n');
    }
    out.into_bytes()
}

fn copy_value(out: &mut String, value: &Value) {
    // Writing into a string cannot fail.
    let _ = match value {
        Value::Null => out.write_str("\\N"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Real(value) => write!(out, "{value}"),
        Value::Text(text) => {
            copy_escaped(out, text);
            Ok(())
        }
    };
}

fn copy_escaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\t' => "\\t",
            b'\n' => "\\n",
            _ => "\\r",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_escapes_what_would_end_a_value() {
        let row = vec![
            Value::Text("a\tb\\n\r\n\u{00e4}".into()),
            Value::Null,
            Value::Real(0.1),
            Value::Int(-1),
            Value::Text(String::new()),
        ];
        let text = String::from_utf8(copy_text(&[row])).unwrap();
        assert_eq!(text, "a\\tb\\\\n\\r\\n\u{00e4}\t\\N\t0.1\t-1\t\n");
    }
}
