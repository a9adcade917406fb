//! `bodysite load` into a FHIR server that others wrote: Helios FHIR Server, R4, SQLite, on loopback. It runs where
//! `BODYSITE_FHIR_SERVER` names the program and `BODYSITE_FHIR_SERVER_DATA` the folder with its search parameters;
//! `tests/fhir/server.sh` installs both and runs this.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{demo, ndjson, normalize, run, shared};

const TYPES: [&str; 5] = ["Device", "ImagingStudy", "Observation", "Provenance", "ConceptMap"];

struct Server {
    program: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is lost: its database goes with the folder.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Server {
    fn start() -> Option<Server> {
        let program = std::env::var_os("BODYSITE_FHIR_SERVER");
        let data = std::env::var_os("BODYSITE_FHIR_SERVER_DATA");
        let Some((program, data)) = program.zip(data) else {
            eprintln!("skipped: BODYSITE_FHIR_SERVER or BODYSITE_FHIR_SERVER_DATA is not set");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let program = Command::new(program)
            .args(["--host", "127.0.0.1", "--log-level", "warn"])
            .args(["--port", &port.to_string()])
            .arg("--database-url")
            .arg(folder.path().join("fhir.db"))
            .arg("--data-dir")
            .arg(data)
            .env("HFS_BASE_URL", &base)
            .env("HFS_UI_ENABLED", "false")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server {
            program,
            base,
            _folder: folder,
        };
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(120);
        while ureq::get(format!("{}/metadata", self.base)).call().is_err() {
            assert!(Instant::now() < end, "the server does not answer");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}/{path}", self.base)).call().unwrap();
        let text = answer.body_mut().with_config().limit(1 << 26).read_to_string();
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    /// What a search finds, page after page.
    fn search(&self, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut next = Some(format!("{}/{path}", self.base));
        while let Some(url) = next {
            let page = self.get(url.strip_prefix(&self.base).unwrap().trim_start_matches('/'));
            let entries = page["entry"].as_array().cloned().unwrap_or_default();
            found.extend(entries.into_iter().map(|e| e["resource"].clone()));
            let links = page["link"].as_array().cloned().unwrap_or_default();
            let link = links.iter().find(|l| l["relation"] == "next");
            next = link.map(|l| l["url"].as_str().unwrap().to_owned());
        }
        found
    }

    /// How many resources of each type it has.
    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let total = |of_type: &&'static str| {
            let page = self.get(&format!("{of_type}?_summary=count"));
            (*of_type, page["total"].as_u64().unwrap())
        };
        TYPES.iter().map(total).collect()
    }

    /// The versions that it has of its resources: 1 for each that was sent once.
    fn versions(&self) -> BTreeSet<String> {
        let all = TYPES.iter().flat_map(|t| self.search(&format!("{t}?_count=200")));
        all.map(|r| r["meta"]["versionId"].as_str().unwrap().to_owned())
            .collect()
    }

    fn load(&self, out: &Path) -> Value {
        let arguments = ["load", "--format", "json", "--fhir-server", &self.base].map(OsStr::new);
        let output = run(&[&arguments[..], &[out.as_os_str()]].concat(), 0);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn ids(&self, path: &str) -> BTreeSet<String> {
        let found = self.search(path);
        found.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn written(out: &Path, of_type: &str) -> Vec<Value> {
    let path = out.join(format!("fhir/{of_type}.ndjson"));
    if path.exists() { ndjson(&path) } else { Vec::new() }
}

fn demo_result(folder: &Path) -> PathBuf {
    let out = folder.join("out");
    normalize(&folder.join("demo/dicom"), &out, &[], 0);
    out
}

/// SNOMED CT codes of `valueCodeableConcept` of an Observation and of its components, with the ids that have them.
fn values(observations: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for observation in observations {
        let components = observation["component"].as_array().into_iter().flatten();
        let codings = std::iter::once(observation)
            .chain(components)
            .flat_map(|o| o["valueCodeableConcept"]["coding"].as_array().into_iter().flatten());
        for coding in codings.filter(|c| c["system"] == "http://snomed.info/sct") {
            let ids = all.entry(coding["code"].as_str().unwrap().to_owned()).or_default();
            ids.insert(observation["id"].as_str().unwrap().to_owned());
        }
    }
    all
}

/// Body sites of ImagingStudies with the ids of the studies.
fn sites(studies: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for study in studies {
        for series in study["series"].as_array().unwrap() {
            if let Some(code) = series["bodySite"]["code"].as_str() {
                let ids = all.entry(code.to_owned()).or_default();
                ids.insert(study["id"].as_str().unwrap().to_owned());
            }
        }
    }
    all
}

#[test]
fn loading_twice_leaves_the_same_resources_and_sends_none_again() {
    let Some(server) = Server::start() else { return };
    let folder = demo();
    let out = demo_result(folder.path());
    let wanted: BTreeMap<&str, u64> = TYPES.map(|t| (t, written(&out, t).len() as u64)).into();
    let total: u64 = wanted.values().sum();
    let first = server.load(&out);
    assert_eq!(first["sent"], total);
    assert_eq!(server.counts(), wanted);

    let second = server.load(&out);
    assert_eq!(
        (&second["sent"], &second["unchanged"]),
        (&Value::from(0), &Value::from(total))
    );
    normalize(&folder.path().join("demo/dicom"), &out, &["--fresh"], 0);
    assert_eq!(server.load(&out)["sent"], 0);
    assert_eq!(server.counts(), wanted);
    assert_eq!(server.versions(), BTreeSet::from(["1".to_owned()]));

    std::fs::remove_dir_all(out.join("fhir-load")).unwrap();
    assert_eq!(server.load(&out)["sent"], total);
    assert_eq!(server.counts(), wanted);
}

#[test]
fn a_server_gives_back_what_was_sent_and_finds_it_by_body_site() {
    let Some(server) = Server::start() else { return };
    let folder = demo();
    let out = demo_result(folder.path());
    server.load(&out);
    for of_type in TYPES {
        for mut sent in written(&out, of_type) {
            let mut kept = server.get(&format!("{of_type}/{}", sent["id"].as_str().unwrap()));
            let security = kept["meta"]["security"].take();
            assert_eq!(security, sent["meta"]["security"].take());
            for resource in [&mut kept, &mut sent] {
                resource.as_object_mut().unwrap().remove("meta");
            }
            assert_eq!(kept, sent);
        }
    }
    let studies = sites(&written(&out, "ImagingStudy"));
    assert!(studies.len() > 15, "{} body sites", studies.len());
    for (code, ids) in studies {
        for asked in [format!("http://snomed.info/sct%7C{code}"), code] {
            assert_eq!(server.ids(&format!("ImagingStudy?bodysite={asked}")), ids, "{asked}");
        }
    }
    let observations = values(&written(&out, "Observation"));
    assert!(observations.len() > 15, "{} values", observations.len());
    for (code, ids) in observations {
        let asked = format!("Observation?combo-value-concept=http://snomed.info/sct%7C{code}");
        assert_eq!(server.ids(&asked), ids, "{asked}");
    }
}

/// The server's own validator, a second opinion beside the shared one. It knows nothing of a required element whose
/// value is absent for a stated reason, so that Provenance states the time here.
#[test]
fn the_servers_validator_finds_no_error() {
    let Some(server) = Server::start() else { return };
    let folder = demo();
    let mut sources = vec![folder.path().join("demo/dicom")];
    sources.extend(shared().map(|s| s.join("xray/dicom")));
    let result = |(i, source): (usize, &PathBuf)| {
        let out = folder.path().join(format!("result-{i}"));
        normalize(source, &out, &["--recorded", "2026-01-31T13:00:00+01:00"], 0);
        out
    };
    let outs: Vec<PathBuf> = sources.iter().enumerate().map(result).collect();
    let mut checked = 0;
    for (out, of_type) in outs.iter().flat_map(|out| TYPES.map(|t| (out, t))) {
        for resource in written(out, of_type) {
            let mut answer = ureq::post(format!("{}/{of_type}/$validate", server.base))
                .header("Content-Type", "application/fhir+json")
                .send(resource.to_string())
                .unwrap();
            let outcome: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
            let issues = outcome["issue"].as_array().unwrap();
            let wrong = |i: &&Value| i["severity"] == "error" || i["severity"] == "fatal";
            let wrong: Vec<&Value> = issues.iter().filter(wrong).collect();
            assert!(wrong.is_empty(), "{wrong:?}\n{resource:#}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} resources");
}
