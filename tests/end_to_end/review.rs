//! `bodysite review`: the list, the decisions, and that they hold without a second look at the files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{demo, files, ndjson, normalize, run};

const KNEE: &str = "72696002";

struct Archive {
    folder: tempfile::TempDir,
}

impl Archive {
    /// The demo, normalised.
    fn normalised() -> Archive {
        let archive = Archive { folder: demo() };
        archive.normalize();
        archive
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn out(&self) -> String {
        self.path("out").to_str().unwrap().to_owned()
    }

    fn normalize(&self) {
        normalize(&self.path("demo/dicom"), &self.path("out"), &["--model", "off"], 0);
    }

    fn list(&self) -> Vec<Value> {
        let output = run(&["review", "list", &self.out(), "--format", "json"], 0);
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        let items = list["items"].as_array().unwrap().clone();
        assert_eq!(list["images"], items.len());
        items
    }

    /// Adds a table of decisions and gives the complaint, if one is expected.
    fn add(&self, table: &str, code: i32) -> String {
        let path = self.path("decisions.csv");
        fs::write(&path, table).unwrap();
        let add = [
            "review",
            "add",
            "--result",
            &self.out(),
            "--reviewer",
            "radiographer",
            path.to_str().unwrap(),
        ];
        String::from_utf8(run(&add, code).stderr).unwrap()
    }

    fn resolved(&self) -> u64 {
        let summary: Value = serde_json::from_slice(&fs::read(self.path("out/summary.json")).unwrap()).unwrap();
        summary["summary"]["resolved"].as_u64().unwrap()
    }
}

fn uid(item: &Value) -> String {
    item["sop_instance_uid"].as_str().unwrap().to_owned()
}

fn of(items: &[Value], question: &str) -> Vec<Value> {
    items.iter().filter(|i| i["question"] == question).cloned().collect()
}

/// Other bytes of the same length with the same time: who reads them again gets nothing out of them.
fn spoil(path: &Path) {
    let meta = fs::metadata(path).unwrap();
    let (length, modified) = (meta.len() as usize, meta.modified().unwrap());
    fs::write(path, vec![0; length]).unwrap();
    fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
}

#[test]
fn what_wants_a_decision_is_listed_most_doubtful_first_without_header_values() {
    let archive = Archive::normalised();
    let items = archive.list();
    assert!(of(&items, "unresolved").len() >= 2);
    let contradictions = of(&items, "header_contradiction");
    assert!(!contradictions.is_empty());
    assert!(contradictions[0]["header"].as_array().unwrap().len() > 1);
    let doubt = |i: &Value| match (i["answer"].is_string(), i["confidence"].as_f64()) {
        (false, _) => 1.0,
        (true, confidence) => confidence.map_or(0.5, |c| 1.0 - c),
    };
    assert!(items.windows(2).all(|w| doubt(&w[0]) >= doubt(&w[1])));
    for format in ["text", "csv"] {
        let output = run(
            &["review", "list", &archive.out(), "--format", format, "--most", "2"],
            0,
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.matches(&uid(&items[0])).count(), 1);
        assert!(!text.contains(&uid(&items[2])));
    }
}

#[test]
fn a_decision_holds_from_the_next_run_on_and_no_file_is_read_again() {
    let archive = Archive::normalised();
    let before = (archive.list(), archive.resolved());
    let open = of(&before.0, "unresolved");
    let disputed = of(&before.0, "header_contradiction");
    let table = format!(
        "sop_instance_uid,examined,laterality\n{},{KNEE},L\n{},none,\n{},{KNEE}|85562004,\n",
        uid(&open[0]),
        uid(&open[1]),
        uid(&disputed[0])
    );
    archive.add(&table, 0);
    let left = archive.list();
    assert_eq!(left.len(), before.0.len() - 3, "what is decided is asked no more");
    files(&archive.path("demo/dicom"))
        .keys()
        .for_each(|f| spoil(&archive.path("demo/dicom").join(f)));
    archive.normalize();
    assert_eq!(archive.resolved(), before.1 + 1);
    let outcomes = ndjson(&archive.path("out/files.ndjson"));
    assert!(outcomes.iter().all(|o| o["status"] == "done"));
    let reviewed = ndjson(&archive.path("out/fhir/Provenance.ndjson"));
    assert!(reviewed.iter().any(|p| p.to_string().contains("radiographer")));
    assert_eq!(archive.list().len(), left.len());
}

#[test]
fn the_list_filled_in_is_what_add_reads() {
    let archive = Archive::normalised();
    let csv = run(&["review", "list", &archive.out(), "--format", "csv"], 0).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(reader.headers().unwrap()).unwrap();
    for (at, record) in reader.records().enumerate() {
        let record = record.unwrap();
        let examined = if at == 0 { KNEE } else { "" };
        let cells = record
            .iter()
            .enumerate()
            .map(|(i, cell)| if i == 1 { examined } else { cell });
        writer.write_record(cells).unwrap();
    }
    let before = archive.list().len();
    archive.add(&String::from_utf8(writer.into_inner().unwrap()).unwrap(), 0);
    assert_eq!(archive.list().len(), before - 1);
}

#[test]
fn one_mistake_and_nothing_is_added() {
    let archive = Archive::normalised();
    let items = archive.list();
    let (good, other) = (uid(&items[0]), uid(&items[1]));
    for (table, complaint) in [
        (format!("{good},{KNEE}\n{other},72696003\n"), "row 3"),
        (format!("{good},{KNEE}\n{other},138875005\n"), "row 3"),
        (format!("{good},{KNEE}\n1.2.3.4,{KNEE}\n"), "row 3"),
        (format!("{good},{KNEE}\n{good},none\n"), "row 2 already"),
        (format!("{good},knee\n"), "row 2"),
    ] {
        let told = archive.add(&format!("sop_instance_uid,examined\n{table}"), 2);
        assert!(
            told.contains(complaint) && told.contains("decisions.csv") && told.contains("remedy"),
            "{told}"
        );
    }
    let told = archive.add(&format!("sop_instance_uid,examind\n{good},{KNEE}\n"), 2);
    assert!(told.contains("examined"), "{told}");
    assert_eq!(archive.list(), items);
}
