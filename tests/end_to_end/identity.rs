//! What a header says of persons does not leave: a file whose every attribute of that kind holds a word that is looked
//! for in all outputs.

use std::fs;
use std::path::Path;

use crate::dicom_file::dicom;
use crate::program::{command, files, ndjson};

/// Of the patient: in no output at all.
const PATIENT: &str = "ZZPATIENT";
/// Accession numbers: in FHIR only on request.
const ACCESSION: &str = "ZZACCESSION";
/// Free texts, in which a name could be: in FHIR only on request.
const FREE_TEXT: &str = "ZZFREETEXT";
/// Staff and place: in no output at all.
const STAFF: &str = "ZZSTAFF";
const BIRTH_DATES: [&str; 2] = ["19790412", "1979-04-12"];

/// Tag, VR and value; tags ascend.
const ELEMENTS: &[(u32, &str, &str)] = &[
    (0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.1"),
    (0x0008_0018, "UI", "2.25.77.1.1"),
    (0x0008_0020, "DA", "20240719"),
    (0x0008_0050, "SH", "ZZACCESSION-1"),
    (0x0008_0060, "CS", "CR"),
    (0x0008_0080, "LO", "ZZSTAFF Hospital"),
    (0x0008_0081, "ST", "ZZSTAFF Street"),
    (0x0008_0090, "PN", "ZZSTAFF^Referring"),
    (0x0008_1010, "SH", "ZZSTAFF-ROOM"),
    (0x0008_1030, "LO", "ZZFREETEXT^ANNA STUDY"),
    (0x0008_103E, "LO", "KNEE AP ZZFREETEXT ANNA ZZPATIENT"),
    (0x0008_1048, "PN", "ZZSTAFF^Record"),
    (0x0008_1050, "PN", "ZZSTAFF^Performing"),
    (0x0008_1060, "PN", "ZZSTAFF^Reading"),
    (0x0008_1070, "PN", "ZZSTAFF^Operator"),
    (0x0010_0010, "PN", "ZZPATIENT^ANNA"),
    (0x0010_0020, "LO", "ZZPATIENT-4711"),
    (0x0010_0021, "LO", "ZZPATIENT-ISSUER"),
    (0x0010_0030, "DA", "19790412"),
    (0x0010_1000, "LO", "ZZPATIENT-OTHER"),
    (0x0010_1001, "PN", "ZZPATIENT^OTHER"),
    (0x0010_1005, "PN", "ZZPATIENT^BORN"),
    (0x0010_1040, "LO", "ZZPATIENT Road 1"),
    (0x0010_1060, "PN", "ZZPATIENT^MOTHER"),
    (0x0010_2154, "SH", "ZZPATIENT 555"),
    (0x0010_4000, "LT", "ZZPATIENT comment"),
    (0x0018_0015, "CS", "KNEE"),
    (0x0018_1000, "LO", "ZZSTAFF-SERIAL"),
    (0x0018_1030, "LO", "ZZFREETEXT protocol"),
    (0x0020_000D, "UI", "2.25.77"),
    (0x0020_000E, "UI", "2.25.77.1"),
    (0x0020_0010, "SH", "ZZACCESSION-2"),
    (0x0020_4000, "LT", "ZZFREETEXT image"),
    (0x0032_1032, "PN", "ZZSTAFF^Requesting"),
    (0x0032_1060, "LO", "ZZFREETEXT requested"),
    (0x0038_0010, "LO", "ZZPATIENT-ADMISSION"),
    (0x0040_0254, "LO", "ZZFREETEXT performed"),
];

/// Runs `normalize` over the file and gives what it printed.
fn normalized(folder: &Path, out: &Path, more: &[&str]) -> Vec<u8> {
    let input = folder.join("in");
    fs::create_dir_all(&input).unwrap();
    fs::write(input.join("a.dcm"), dicom(ELEMENTS)).unwrap();
    let mut program = command();
    program.arg("normalize").arg(&input).arg("--out").arg(out).args(more);
    let output = program.output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&printed));
    printed
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|w| w == word.as_bytes())
}

/// Whether a word is in a file of the results, the database left out.
fn written(out: &Path, word: &str) -> bool {
    files(out).values().any(|bytes| holds(bytes, word))
}

fn in_database(out: &Path, word: &str) -> bool {
    let names = ["bodysite.db", "bodysite.db-wal"].map(|name| out.join(name));
    let read = names
        .iter()
        .filter(|path| path.exists())
        .map(|path| fs::read(path).unwrap());
    read.into_iter().any(|bytes| holds(&bytes, word))
}

#[test]
fn nothing_that_names_a_person_is_in_any_output() {
    for more in [&["--fhir", "r4"][..], &["--fhir", "r5"], &["--fhir-bundles"]] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let printed = normalized(folder.path(), &out, more);
        assert!(written(&out, "72696002"), "the knee is in the results");
        let never = [PATIENT, STAFF, ACCESSION, FREE_TEXT];
        for word in never.into_iter().chain(BIRTH_DATES) {
            assert!(!written(&out, word), "{word} is in a file, {more:?}");
            assert!(!holds(&printed, word), "{word} is printed, {more:?}");
        }
        for word in [PATIENT, STAFF, ACCESSION].into_iter().chain(BIRTH_DATES) {
            assert!(!in_database(&out, word), "{word} is in the database");
        }
    }
}

#[test]
fn an_accession_number_leaves_on_request_and_only_with_ids_that_a_key_makes() {
    let folder = tempfile::tempdir().unwrap();
    let (open, keyed) = (folder.path().join("open"), folder.path().join("keyed"));
    let key = folder.path().join("id.key");
    fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    normalized(folder.path(), &open, &["--include-descriptions"]);
    assert!(written(&open, FREE_TEXT), "words that are there are found");
    // A database without the numbers gets them once they are asked for.
    let key = ["--id-key", key.to_str().unwrap()];
    normalized(folder.path(), &keyed, &key);
    assert!(!in_database(&keyed, ACCESSION));
    let printed = normalized(folder.path(), &keyed, &["--include-accession", key[0], key[1]]);
    assert!(in_database(&keyed, "ZZACCESSION-1"));
    let study = |out: &Path| ndjson(&out.join("fhir/ImagingStudy.ndjson")).remove(0);
    let identifiers = study(&keyed)["identifier"].to_string();
    assert!(identifiers.contains("ZZACCESSION-1"), "{identifiers}");
    assert_ne!(study(&open)["id"], study(&keyed)["id"]);
    for word in [PATIENT, STAFF, FREE_TEXT, "ZZACCESSION-2", "0123456789abcdef"]
        .into_iter()
        .chain(BIRTH_DATES)
    {
        assert!(!written(&keyed, word), "{word} is in a file");
        assert!(!holds(&printed, word), "{word} is printed");
    }
    let mut refused = command();
    refused
        .args(["normalize", "--include-accession", "--out"])
        .arg(&open)
        .arg(folder.path().join("in"));
    let refused = refused.output().unwrap();
    assert_eq!(refused.status.code(), Some(2), "without a key");
}
