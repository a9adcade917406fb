//! Runs the program and reads what it wrote.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, TypeInfo, ValueRef};

pub fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bodysite"))
}

/// Runs it and expects this exit code.
pub fn run<A: AsRef<OsStr>>(arguments: &[A], code: i32) -> Output {
    let output = command().args(arguments).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A folder with the demo's studies below `demo/dicom`.
pub fn demo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(
        &[
            OsStr::new("demo"),
            OsStr::new("--out"),
            folder.path().join("demo").as_os_str(),
        ],
        0,
    );
    folder
}

/// A simulated archive of 60 studies, whose headers are partly wrong, in a new folder below this one.
pub fn archive(folder: &Path) -> PathBuf {
    let out = folder.join("archive");
    let arguments = ["demo", "--archive", "60", "--out"].map(OsStr::new);
    run(&[&arguments[..], &[out.as_os_str()]].concat(), 0);
    out
}

/// `normalize` with a number of threads.
pub fn normalize(input: &Path, out: &Path, more: &[&str], code: i32) -> Output {
    let mut arguments = vec![
        OsStr::new("normalize").to_owned(),
        input.as_os_str().to_owned(),
        OsStr::new("--out").to_owned(),
        out.as_os_str().to_owned(),
    ];
    arguments.extend(more.iter().map(|a| OsStr::new(a).to_owned()));
    run(&arguments, code)
}

/// The objects of an NDJSON file.
pub fn ndjson(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a query of the database in an output folder gives; every value as text, `null` where there is none.
pub fn query(out: &Path, sql: &str) -> Vec<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(out.join("bodysite.db"))
            .read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await;
        found.unwrap().iter().map(cells).collect()
    })
}

fn cells(row: &sqlx::sqlite::SqliteRow) -> Vec<String> {
    let text = |at| {
        let raw = row.try_get_raw(at).unwrap();
        if raw.is_null() {
            return "null".to_owned();
        }
        match raw.type_info().name() {
            "INTEGER" => row.get::<i64, _>(at).to_string(),
            "REAL" => row.get::<f64, _>(at).to_string(),
            "BLOB" => format!("{:?}", row.get::<Vec<u8>, _>(at)),
            _ => row.get::<String, _>(at),
        }
    };
    (0..row.len()).map(text).collect()
}

/// Every file below a folder with its bytes, databases and locks left out.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if !name.starts_with("bodysite.db") && name != ".bodysite.lock" {
                let bytes = fs::read(&path).unwrap();
                all.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    all
}

/// The demo's file whose Body Part Examined is this.
pub fn with_body_part(folder: &Path, value: &str) -> PathBuf {
    let input = folder.join("demo/dicom");
    let holds = |bytes: &[u8]| {
        let length = value.len() + value.len() % 2;
        let mut element = vec![0x18, 0, 0x15, 0, b'C', b'S', length as u8, 0];
        element.extend(value.as_bytes());
        bytes.windows(element.len()).any(|w| w == element)
    };
    let found = files(&input).into_iter().find(|(_, bytes)| holds(bytes));
    input.join(found.unwrap_or_else(|| panic!("no file says {value}")).0)
}

/// The shared folder, or nothing, which is said aloud.
pub fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("BODYSITE_SHARED").map(PathBuf::from);
    if shared.is_none() {
        eprintln!("skipped: BODYSITE_SHARED is not set");
    }
    shared
}
