//! `bodysite load` against a server of the test's own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::program::{command, demo, normalize};

#[derive(Default)]
struct State {
    requests: usize,
    /// Requests that find the server busy.
    busy: usize,
    /// A type that the server will not have.
    refuses: Option<&'static str>,
    /// Whether it takes the rest of a transaction all the same and answers with success.
    lenient: bool,
    /// What it answers where it is no FHIR server.
    other: Option<&'static str>,
    stored: BTreeMap<String, Value>,
    tokens: Vec<String>,
}

struct Server {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    fn start(state: State) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/fhir", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &own);
            }
        });
        Server { address, state }
    }

    fn load(&self, folder: &std::path::Path, code: i32) -> Value {
        let output = command()
            .args([
                "load",
                "--fhir-server",
                &self.address,
                "--format",
                "json",
                "--batch",
                "40",
            ])
            .arg(folder)
            .env("BODYSITE_FHIR_TOKEN", "secret")
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if let Some(n) = line.strip_prefix("content-length:") {
            length = n.trim().parse().unwrap();
        }
        if let Some(t) = line.strip_prefix("authorization:") {
            t.trim().clone_into(&mut token);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let (status, said) = state.lock().unwrap().take(&body, token);
    let said = said.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/fhir+json\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        said.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(said.as_bytes()).unwrap();
}

impl State {
    fn take(&mut self, body: &[u8], token: String) -> (&'static str, Value) {
        self.requests += 1;
        self.tokens.push(token);
        if self.busy > 0 {
            self.busy -= 1;
            return ("503 Service Unavailable", json!({}));
        }
        let bundle: Value = serde_json::from_slice(body).unwrap();
        let entries = bundle["entry"].as_array().unwrap();
        let unwanted = |e: &Value| self.refuses.is_some_and(|t| e["resource"]["resourceType"] == t);
        if let Some(status) = self.other {
            return (status, json!({}));
        }
        if self.lenient {
            let status = |e| if unwanted(e) { "422" } else { "201 Created" };
            let said = entries.iter().map(|e| json!({"response": {"status": status(e)}}));
            let said = json!({"resourceType": "Bundle", "entry": said.collect::<Vec<_>>()});
            return ("200 OK", said);
        }
        if entries.iter().any(unwanted) {
            let outcome =
                json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]});
            return ("422 Unprocessable Entity", outcome);
        }
        for entry in entries {
            assert_eq!(entry["request"]["method"], "PUT");
            let url = entry["request"]["url"].as_str().unwrap().to_owned();
            self.stored.insert(url, entry["resource"].clone());
        }
        (
            "200 OK",
            json!({"resourceType": "Bundle", "type": "transaction-response"}),
        )
    }
}

fn resources(folder: &std::path::Path) -> usize {
    let types = ["Device", "ImagingStudy", "Observation", "Provenance", "ConceptMap"];
    let lines = |t: &&str| crate::program::ndjson(&folder.join(format!("fhir/{t}.ndjson"))).len();
    types.iter().map(lines).sum()
}

#[test]
fn a_second_load_sends_nothing_and_a_busy_server_is_waited_for() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &[], 0);
    let server = Server::start(State {
        busy: 2,
        ..State::default()
    });
    let first = server.load(&out, 0);
    let wanted = resources(&out);
    assert_eq!(first["sent"], wanted);
    assert_eq!(server.state.lock().unwrap().stored.len(), wanted);
    let asked = server.state.lock().unwrap().requests;
    let second = server.load(&out, 0);
    assert_eq!(second["sent"], 0);
    assert_eq!(second["unchanged"], wanted);
    let state = server.state.lock().unwrap();
    assert_eq!(state.requests, asked);
    assert!(state.tokens.iter().all(|t| t == "bearer secret"));
}

#[test]
fn what_a_server_refuses_is_reported_and_holds_up_nothing_else() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &[], 0);
    let server = Server::start(State {
        refuses: Some("ConceptMap"),
        ..State::default()
    });
    let report = server.load(&out, 1);
    let refused = report["refused"].as_array().unwrap();
    let maps = crate::program::ndjson(&out.join("fhir/ConceptMap.ndjson")).len();
    assert_eq!(refused.len(), maps);
    assert_eq!(refused[0]["outcome"]["resourceType"], "OperationOutcome");
    assert_eq!(report["sent"], resources(&out) - maps);
}

#[test]
fn a_server_that_answers_with_success_and_takes_not_all_is_noticed() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &["--model", "off"], 0);
    let server = Server::start(State {
        refuses: Some("Provenance"),
        lenient: true,
        ..State::default()
    });
    let report = server.load(&out, 1);
    let provenances = crate::program::ndjson(&out.join("fhir/Provenance.ndjson")).len();
    assert_eq!(report["refused"].as_array().unwrap().len(), provenances);
    assert_eq!(report["refused"][0]["outcome"]["status"], "422");
    assert_eq!(report["sent"], resources(&out) - provenances);
}

/// The exit code of a load from a folder to an address.
fn ends_with(out: &std::path::Path, address: &str) -> Option<i32> {
    let mut program = command();
    program
        .args(["load", "--attempts", "2", "--fhir-server", address])
        .arg(out);
    program.output().unwrap().status.code()
}

#[test]
fn a_server_that_is_not_there_or_no_fhir_server_ends_with_3() {
    let folder = demo();
    let out = folder.path().join("out");
    normalize(&folder.path().join("demo/dicom"), &out, &["--model", "off"], 0);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(ends_with(&out, &format!("http://{gone}")), Some(3));
    for status in ["404 Not Found", "301 Moved Permanently\r\nLocation: /fhir", "200 OK"] {
        let other = Server::start(State {
            other: Some(status),
            ..State::default()
        });
        assert_eq!(ends_with(&out, &other.address), Some(3), "{status}");
        assert_eq!(other.state.lock().unwrap().requests, 1, "{status}");
    }
}

#[test]
fn a_result_without_ndjson_is_a_mistake() {
    let folder = demo();
    let out = folder.path().join("out");
    let more = ["--model", "off", "--fhir-bundles"];
    normalize(&folder.path().join("demo/dicom"), &out, &more, 0);
    assert_eq!(ends_with(&out, "http://127.0.0.1:9"), Some(2));
}
