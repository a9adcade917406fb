//! `bodysite mapping`, and what the inventory suggests.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{demo, normalize, run, with_body_part};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn printed(arguments: &[&str], code: i32) -> String {
    String::from_utf8(run(arguments, code).stdout).unwrap()
}

fn object(arguments: &[&str], code: i32) -> Value {
    serde_json::from_str(&printed(arguments, code)).unwrap()
}

/// A copy of the built-in sets.
fn sets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(&["mapping", "export", "--to", "sssom", "--out", text(folder.path())], 0);
    folder
}

#[test]
fn an_exported_folder_is_right_and_does_not_differ_from_the_built_in_sets() {
    let folder = sets();
    let (own, copy) = (
        object(&["mapping", "check", "--format", "json"], 0),
        object(&["mapping", "check", text(folder.path()), "--format", "json"], 0),
    );
    assert_eq!(own, copy);
    assert!(own["rows"].as_u64().unwrap() > 5000);
    let rows = |set: &Value| set["rows"].as_u64().unwrap();
    let sum: u64 = own["sets"].as_array().unwrap().iter().map(rows).sum();
    assert_eq!(own["rows"], sum);
    let difference = object(
        &["mapping", "diff", "builtin", text(folder.path()), "--format", "json"],
        0,
    );
    assert_eq!(difference, json!({"added": 0, "removed": 0, "changed": 0, "sets": {}}));
}

#[test]
fn every_broken_set_is_named_with_row_and_column() {
    let folder = sets();
    for (file, from, to) in [
        ("lexicon/de.sssom.tsv", "SCT:72696002", "SCT:72696003"),
        ("terms.sssom.tsv", "body-part", "bodypart"),
    ] {
        let path = folder.path().join(file);
        let broken = fs::read_to_string(&path).unwrap().replacen(from, to, 1);
        fs::write(&path, broken).unwrap();
    }
    let output = run(&["mapping", "check", text(folder.path())], 2);
    let complaint = String::from_utf8(output.stderr).unwrap();
    for wanted in [
        "lexicon/de.sssom.tsv, row ",
        "column object_id",
        "terms.sssom.tsv, row ",
        "subject_category",
        "remedy",
    ] {
        assert!(complaint.contains(wanted), "{wanted}: {complaint}");
    }
}

#[test]
fn a_changed_row_is_a_difference() {
    let folder = sets();
    let path = folder.path().join("lexicon/de.sssom.tsv");
    let lines = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = lines.lines().filter(|l| !l.starts_with("kniegelenk\t")).collect();
    fs::write(&path, kept.join("\n") + "\n").unwrap();
    let told = printed(&["mapping", "diff", "builtin", text(folder.path())], 0);
    assert!(
        told.contains("- kniegelenk [body-part] skos:exactMatch SCT:72696002 Knee"),
        "{told}"
    );
    assert!(told.ends_with("0 added, 1 removed, 0 changed\n"), "{told}");
    run(&["mapping", "diff", "builtin", text(&path)], 2);
}

#[test]
fn a_set_comes_back_from_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("de.tsv");
    run(
        &[
            "mapping",
            "export",
            "--to",
            "sssom",
            "--set",
            "de",
            "--out",
            text(&original),
        ],
        0,
    );
    for (format, file) in [
        ("conceptmap-r4", "r4.json"),
        ("conceptmap-r5", "r5.json"),
        ("usagi", "de.csv"),
    ] {
        let (there, back) = (folder.path().join(file), folder.path().join(format!("{format}.tsv")));
        run(
            &[
                "mapping",
                "export",
                "--to",
                format,
                "--set",
                "de",
                "--out",
                text(&there),
            ],
            0,
        );
        run(
            &["mapping", "import", text(&there), "--unreviewed", "--out", text(&back)],
            0,
        );
        let told = printed(&["mapping", "diff", text(&original), text(&back)], 0);
        assert_eq!(told, "0 added, 0 removed, 0 changed\n", "{format}");
    }
    run(
        &[
            "mapping",
            "export",
            "--to",
            "usagi",
            "--set",
            "de",
            "--out",
            text(&original),
        ],
        2,
    );
    run(&["mapping", "export", "--to", "usagi", "--set", "tlh"], 2);
}

/// As a terminology server would hold it: no categories, no reviewer, one code that nobody here knows.
fn foreign() -> Value {
    let target = |code: &str| json!([{"code": code, "display": "x", "equivalence": "equivalent"}]);
    json!({
        "resourceType": "ConceptMap",
        "status": "active",
        "group": [{"source": "urn:site", "target": "http://snomed.info/sct", "element": [
            {"code": "SALLE 3", "target": [{"equivalence": "unmatched"}]},
            {"code": "GX7", "target": target("72696002")},
            {"code": "THX", "target": target("51185008")},
            {"code": "ROOT", "target": target("138875005")},
        ]}],
    })
}

#[test]
fn a_foreign_map_becomes_the_words_of_a_site_and_what_was_not_taken_is_listed() {
    let folder = sets();
    let (map, site) = (folder.path().join("map.json"), folder.path().join("site.sssom.tsv"));
    fs::write(&map, foreign().to_string()).unwrap();
    let none = object(
        &[
            "mapping",
            "import",
            text(&map),
            "--format",
            "json",
            "--out",
            text(&folder.path().join("none.tsv")),
        ],
        1,
    );
    assert_eq!(
        (&none["taken"], none["left_out"].as_array().unwrap().len()),
        (&json!(0), 4)
    );
    let import = [
        "mapping",
        "import",
        text(&map),
        "--reviewer",
        "A. Terminologist",
        "--format",
        "json",
        "--out",
        text(&site),
    ];
    let told = object(&import, 1);
    assert_eq!(told["taken"], 3);
    assert_eq!(told["left_out"][0]["subject"], "ROOT");
    fs::remove_file(folder.path().join("none.tsv")).unwrap();
    run(&["mapping", "check", text(folder.path())], 0);
    let mapped = |value: &str| {
        object(
            &["map", "--format", "json", "--mappings", text(folder.path()), value],
            0,
        )[0]
        .clone()
    };
    assert_eq!(mapped("gx7")["targets"][0]["display"], "Knee");
    assert_eq!(mapped("THX")["targets"][0]["display"], "Chest");
    assert_eq!(mapped("SALLE 3")["targets"], json!([]));
    let rows = fs::read_to_string(&site).unwrap();
    assert!(rows.contains("\tA. Terminologist\t"), "{rows}");
}

#[test]
fn suggestions_are_ranked_and_a_skeleton_does_not_load() {
    let told = object(
        &["mapping", "suggest", "KNEIGELENK", "1ST DIGIT", "--format", "json"],
        0,
    );
    assert_eq!(told[0]["suggestions"][0]["sites"][0]["target"]["display"], "Knee");
    assert!(told[1]["suggestions"].as_array().unwrap().len() > 1);
    let folder = sets();
    let site = folder.path().join("site.sssom.tsv");
    run(
        &[
            "mapping",
            "suggest",
            "KNEIGELENK",
            "--format",
            "sssom",
            "--out",
            text(&site),
        ],
        0,
    );
    run(&["mapping", "check", text(folder.path())], 2);
}

#[test]
fn a_run_gives_its_unmapped_values_and_no_names() {
    let folder = demo();
    let (input, out) = (folder.path().join("demo/dicom"), folder.path().join("out"));
    normalize(&input, &out, &["--model", "off"], 0);
    let output = run(&["mapping", "suggest", "--result", text(&out), "--format", "usagi"], 0);
    let usagi = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("look like a person's name and are left out"), "{told}");
    let ambiguous = usagi.lines().find(|l| l.starts_with("HD,HD,")).unwrap();
    assert!(ambiguous.starts_with("HD,HD,1,"), "{ambiguous}");
}

#[test]
fn the_inventory_suggests_parts_for_what_is_unmapped_and_for_nothing_else() {
    let folder = demo();
    let path = with_body_part(folder.path(), "T/L SPINE");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(9).position(|w| w == b"T/L SPINE").unwrap();
    bytes[at..at + 9].copy_from_slice(b"1ST DIGIT");
    fs::write(&path, bytes).unwrap();
    let inventory = object(
        &["inventory", text(&folder.path().join("demo/dicom")), "--format", "json"],
        0,
    );
    let values = inventory["values"].as_array().unwrap();
    let of = |value: &str| values.iter().find(|v| v["value"] == value).unwrap()["suggestions"].clone();
    assert_eq!(of("1ST DIGIT"), json!(["Toe", "Finger"]));
    assert_eq!(of("(a person's name)"), json!([]));
    assert_eq!(of("CHEST"), json!([]));
}
