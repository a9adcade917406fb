//! The PostgreSQL server of the tests: `DATABASE_URL`, or a throw-away cluster, with a schema for every test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, raw_sql};

fn script() -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests")).join("../../tests/postgres.sh")
}

fn run_script(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(script())
        .args(arguments)
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Says that a test did not run, so that nobody takes it for passed.
fn did_not_run(why: &str) {
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    eprintln!("\n*** POSTGRESQL TEST DID NOT RUN: {name}: {why} ***\n");
    assert!(
        std::env::var_os("CI").is_none(),
        "PostgreSQL tests must run in CI: {why}"
    );
}

/// A cluster that ends with this process.
pub fn throw_away() -> Option<String> {
    match run_script(&["start", &std::process::id().to_string()]) {
        Ok(url) => Some(url),
        Err(why) => {
            did_not_run(&why);
            None
        }
    }
}

pub fn stop(url: &str) {
    run_script(&["stop", url]).unwrap();
}

pub fn restart(url: &str) {
    run_script(&["restart", url]).unwrap();
}

fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let given = || std::env::var("DATABASE_URL").ok().filter(|u| !u.is_empty());
    let server = SERVER.get_or_init(|| given().or_else(throw_away)).as_deref();
    if server.is_none() {
        did_not_run("no server; set DATABASE_URL");
    }
    server
}

/// A schema of a server, dropped at the end of its test.
pub struct Schema {
    pub url: String,
    admin: String,
    name: String,
}

/// A fresh schema; none where there is no server, which is said aloud.
pub fn schema() -> Option<Schema> {
    server().map(schema_of)
}

pub fn schema_of(admin: &str) -> Schema {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("bodysite_test_{}_{number}", std::process::id());
    execute(admin, &format!("create schema {name}"));
    Schema {
        url: with_option(admin, "search_path", &name),
        admin: admin.to_owned(),
        name,
    }
}

fn with_option(url: &str, option: &str, value: &str) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options[{option}]={value}")
}

impl Schema {
    /// The same schema, where every transaction is read-only.
    pub fn read_only(&self) -> String {
        with_option(&self.url, "default_transaction_read_only", "on")
    }

    /// Cuts the connections of this application; gives how many there were.
    pub fn cut(&self, application: &str) -> i64 {
        let sql = format!(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = '{application}'"
        );
        fetch_text(&self.admin, &sql)[0][0].as_deref().unwrap().parse().unwrap()
    }

    /// Rows of a query, as text, in this schema.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        fetch_text(&self.url, sql)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            execute(&self.admin, &format!("drop schema {} cascade", self.name));
        }
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

pub fn execute(url: &str, sql: &str) {
    block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// The simple protocol gives every column as text.
fn fetch_text(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let text = |row: &sqlx::postgres::PgRow| {
            (0..row.len())
                .map(|i| row.try_get_unchecked::<Option<String>, _>(i).unwrap())
                .collect()
        };
        rows.iter().map(text).collect()
    })
}
