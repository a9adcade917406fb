//! Killed runs: nothing lost, nothing twice, and in the end the same bytes as without a kill.
//!
//! `BODYSITE_KILLS` and `BODYSITE_KILL_FILES` make it as hard as wanted; the ordinary run is short.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::program::{command, files, normalize, query, run};

/// Pixels are looked at file by file like headers, only slower.
const HEADERS_ONLY: &[&str] = &["--model", "off"];

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |n| n.parse().unwrap())
}

/// Studies under as many seeds as it takes.
fn archive(folder: &Path, wanted: usize) -> std::path::PathBuf {
    let input = folder.join("in");
    let mut seed = 0;
    while !input.exists() || files(&input).len() < wanted {
        seed += 1;
        let one = input.join(seed.to_string());
        run(
            &["demo", "--seed", &seed.to_string(), "--out", one.to_str().unwrap()],
            0,
        );
        fs::remove_file(one.join("truth.csv")).unwrap();
    }
    input
}

fn start(input: &Path, out: &Path) -> Child {
    command()
        .arg("normalize")
        .arg(input)
        .arg("--out")
        .arg(out)
        .args(HEADERS_ONLY)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Every row of every table that holds results, without the numbers of runs.
fn rows(out: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let tables = query(
        out,
        "select m.name, group_concat(c.name, ', ') from sqlite_master m, pragma_table_info(m.name) c \
         where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '_sqlx%' and m.name <> 'runs' \
         and c.name not like '%run' group by m.name",
    );
    let sorted = |table: &[String]| {
        let mut rows = query(out, &format!("select {} from {}", table[1], table[0]));
        rows.sort();
        (table[0].clone(), rows)
    };
    tables.iter().map(|t| sorted(t)).collect()
}

#[test]
fn killed_at_any_point_a_run_goes_on_to_the_same_bytes_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    let input = archive(folder.path(), number("BODYSITE_KILL_FILES", 400));
    let whole = folder.path().join("whole");
    let began = Instant::now();
    normalize(&input, &whole, HEADERS_ONLY, 0);
    let takes = began.elapsed();
    let (wanted_files, wanted_rows) = (files(&whole), rows(&whole));

    let kills = number("BODYSITE_KILLS", 12);
    let out = folder.path().join("killed");
    for kill in 0..kills {
        // Each third of the kills hits a run that starts from nothing.
        if kill % 3 == 0 && out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        let mut child = start(&input, &out);
        // Multiples of the golden ratio spread evenly over the run.
        let part = (kill as f64 * 0.618_034).fract();
        std::thread::sleep(Duration::from_secs_f64(takes.as_secs_f64() * part));
        child.kill().unwrap();
        child.wait().unwrap();
        if kill % 5 == 4 || kill + 1 == kills {
            normalize(&input, &out, HEADERS_ONLY, 0);
            assert_eq!(files(&out), wanted_files, "after kill {kill}");
            assert_eq!(rows(&out), wanted_rows, "after kill {kill}");
        }
    }
}

#[test]
fn an_interrupted_run_ends_with_its_signal_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = archive(folder.path(), 300);
    let out = folder.path().join("out");
    let child = start(&input, &out);
    std::thread::sleep(Duration::from_millis(30));
    run_kill(child.id(), "TERM");
    let status = wait(child);
    assert!([Some(0), Some(143)].contains(&status), "{status:?}");
    normalize(&input, &out, HEADERS_ONLY, 0);
    assert!(!files(&out).keys().any(|p| p.to_string_lossy().contains(".part")));
}

fn run_kill(process: u32, signal: &str) {
    let status = std::process::Command::new("kill")
        .args([&format!("-{signal}"), &process.to_string()])
        .status();
    assert!(status.unwrap().success());
}

fn wait(mut child: Child) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt;
    let status = child.wait().unwrap();
    // A signal that came before the handler was there ends the process itself.
    status.code().or_else(|| status.signal().map(|s| 128 + s))
}
