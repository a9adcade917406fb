//! `bodysite map`.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{command, run};

#[test]
fn one_object_a_line_comes_back_in_the_order_of_the_values() {
    let mut child = command()
        .args(["map", "--stdin", "--format", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"LT KNEE\n\nB\xe4cken\nDR MOREL\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let lines: Vec<Value> = output
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["targets"][0]["code"], "72696002");
    assert_eq!(lines[0]["laterality"], "L");
    assert_eq!(lines[1]["reason"], "empty");
    assert_eq!(lines[2]["targets"][0]["display"], "Pelvis");
    assert_eq!(lines[3]["targets"].as_array().unwrap().len(), 0);
    for line in &lines {
        for key in [
            "text",
            "targets",
            "exact",
            "laterality",
            "method",
            "confidence",
            "reason",
            "ambiguous",
        ] {
            assert!(line.get(key).is_some(), "{key} is missing");
        }
    }
}

#[test]
fn usage_errors_end_with_2_and_help_shows_an_example() {
    run(&["map"], 2);
    run(&["map", "--field", "nothing", "KNEE"], 2);
    for subcommand in [
        "normalize",
        "map",
        "classify",
        "evaluate",
        "train",
        "inventory",
        "mapping",
        "correct",
        "review",
        "load",
        "status",
        "demo",
    ] {
        let help = run(&[subcommand, "--help"], 0);
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(text.contains("Example"), "{subcommand} --help shows no example");
    }
}
