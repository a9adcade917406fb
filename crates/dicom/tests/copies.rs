//! Corrected copies change what they say they change and nothing else.

mod instance;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use bodysite_core::{Attribute, Coding, Side};
use bodysite_dicom::copy::{
    CopyError, Correction, Note, Region, Report, check_kind_of_uids, correct_bytes, diff, diff_file, instance_uid,
    write_copy,
};
use bodysite_dicom::scan_bytes;
use instance::Instance;

fn correction() -> Correction {
    Correction {
        body_part_examined: Some("HAND".into()),
        anatomic_region: Some(Region {
            concept: Coding::new("SCT", "85562004", "Hand"),
            side: None,
        }),
        laterality: None,
        at: "20261124120000+0000".into(),
        system: "BODYSITE".into(),
        software_version: "0.1.0".into(),
        new_uid: None,
        renamed: Arc::default(),
        drop_signatures: false,
    }
}

fn copy(instance: &Instance, correction: &Correction) -> (Vec<u8>, Report) {
    correct_bytes(&instance.build(), correction).unwrap()
}

fn refusal(instance: &Instance, correction: &Correction) -> String {
    correct_bytes(&instance.build(), correction).unwrap_err().to_string()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const SYNTAXES: [&str; 3] = [instance::EXPLICIT, instance::IMPLICIT, instance::BIG_ENDIAN];

fn of_syntax(syntax: &'static str) -> Instance {
    let mut instance = Instance::new();
    instance.transfer_syntax = syntax;
    instance
}

#[test]
fn a_copy_says_the_body_part_in_every_syntax() {
    for syntax in [&SYNTAXES[..], &[instance::DEFLATED]].concat() {
        let (bytes, report) = copy(&of_syntax(syntax), &correction());
        let scanned = scan_bytes(&bytes).unwrap();
        assert_eq!(
            scanned.header.text(Attribute::BodyPartExamined),
            Some("HAND"),
            "{syntax}"
        );
        assert_eq!(scanned.header.anatomic_regions[0].value, "85562004");
        assert_eq!(scanned.header.text(Attribute::SOPInstanceUID), Some(instance::UID));
        assert_eq!(scanned.reasons, [], "{syntax}");
        let changed: Vec<_> = report.changes.iter().map(|c| c.attribute).collect();
        assert_eq!(changed, ["AnatomicRegionSequence", "BodyPartExamined"]);
    }
}

#[test]
fn bytes_around_the_changes_stay_as_they_are() {
    for syntax in SYNTAXES {
        let mut instance = of_syntax(syntax);
        instance
            .set((0x0009, 0x0010), "LO", "PRIVATE")
            .bytes_of((0x0009, 0x1001), "OB", b"\x01\x02\x03\x04");
        instance.set((0x0008, 0x1030), "LO", "not \u{e9} Latin");
        let source = instance.build();
        let (bytes, _) = copy(&instance, &correction());
        let pixels = source.len() - 512 - 8;
        assert!(bytes.ends_with(&source[pixels..]), "{syntax}");
        let common = source.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
        assert!(common > 250, "{syntax}: {common}");
        // From after the region, which is put in, to before the body part, which is replaced.
        let between = |bytes: &[u8]| {
            let text = b"PRIVATE ".as_slice();
            let start = bytes.windows(text.len()).position(|w| w == text).unwrap();
            let name = b"ZZPHI-4711";
            let end = bytes.windows(name.len()).position(|w| w == name).unwrap();
            bytes[start..end].to_vec()
        };
        assert_eq!(between(&bytes), between(&source), "{syntax}");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for syntax in [&SYNTAXES[..], &[instance::DEFLATED]].concat() {
        let (first, _) = copy(&of_syntax(syntax), &correction());
        let later = Correction {
            at: "20991231235959".into(),
            ..correction()
        };
        let (second, report) = correct_bytes(&first, &later).unwrap();
        assert!(first == second, "{syntax}");
        assert_eq!(report, Report::default());
    }
}

#[test]
fn a_dry_run_reports_what_the_copy_would() {
    let source = Instance::new().build();
    let (_, report) = correct_bytes(&source, &correction()).unwrap();
    assert_eq!(diff(&mut std::io::Cursor::new(source), &correction()).unwrap(), report);
    assert_eq!(
        report.to_string().lines().next(),
        Some("+ AnatomicRegionSequence: SCT:85562004")
    );
}

#[test]
fn previous_values_are_kept_where_they_conform() {
    let (bytes, _) = copy(&Instance::new(), &correction());
    assert!(has(&bytes, b"\x18\0\x15\0CS\x06\0CHEST "));
    let mut instance = Instance::new();
    instance.set((0x0018, 0x0015), "CS", "chest wall");
    let (bytes, report) = copy(&instance, &correction());
    assert!(!has(&bytes, b"chest wall") && has(&bytes, b"\x18\0\x15\0CS\0\0"));
    assert_eq!(report.changes[1].before.as_deref(), Some("chest wall"));
}

#[test]
fn items_of_earlier_corrections_stay_and_ours_follows() {
    let mut instance = Instance::new();
    instance.items(
        (0x0400, 0x0561),
        &[&[
            ((0x0400, 0x0550), "SQ", b""),
            ((0x0400, 0x0563), "LO", b"EARLIER"),
            ((0x0400, 0x0565), "CS", b"COERCE"),
        ]],
    );
    let (bytes, _) = copy(&instance, &correction());
    let place = |text: &[u8]| bytes.windows(text.len()).rposition(|w| w == text).unwrap();
    assert!(place(b"EARLIER ") < place(b"CORRECT "));
    assert_eq!(scan_bytes(&bytes).unwrap().reasons, []);
}

#[test]
fn an_empty_term_empties_and_never_adds() {
    let none = Correction {
        body_part_examined: Some(String::new()),
        anatomic_region: None,
        ..correction()
    };
    let (bytes, _) = copy(&Instance::new(), &none);
    assert_eq!(
        scan_bytes(&bytes).unwrap().header.text(Attribute::BodyPartExamined),
        None
    );
    let mut absent = Instance::new();
    absent.remove((0x0018, 0x0015));
    assert_eq!(copy(&absent, &none), (absent.build(), Report::default()));
}

#[test]
fn a_side_is_written_where_the_object_has_a_place_for_it() {
    let right = Correction {
        laterality: Some(Side::Right),
        ..correction()
    };
    let text = |bytes: &[u8], attribute| scan_bytes(bytes).unwrap().header.text(attribute).map(str::to_owned);
    let (bytes, _) = copy(&Instance::new(), &right);
    assert_eq!(text(&bytes, Attribute::ImageLaterality).as_deref(), Some("R"));
    assert_eq!(text(&bytes, Attribute::Laterality), None);
    let mut radiography = Instance::new();
    radiography.sop_class = instance::COMPUTED_RADIOGRAPHY;
    radiography.remove((0x0020, 0x0062));
    let (bytes, _) = copy(&radiography, &right);
    assert_eq!(text(&bytes, Attribute::Laterality).as_deref(), Some("R"));
    let both = Correction {
        laterality: Some(Side::Both),
        ..correction()
    };
    let (bytes, report) = copy(&radiography, &both);
    assert_eq!(text(&bytes, Attribute::Laterality), None);
    assert_eq!(report.notes, [Note::SideUnknown]);
}

#[test]
fn a_side_of_the_region_is_its_modifier() {
    let sided = Correction {
        anatomic_region: Some(Region {
            side: Some(Side::Left),
            ..correction().anatomic_region.unwrap()
        }),
        ..correction()
    };
    let (bytes, _) = copy(&Instance::new(), &sided);
    let header = scan_bytes(&bytes).unwrap().header;
    let codes = |items: &[bodysite_core::CodeItem]| items.iter().map(|code| code.value.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&header.anatomic_regions), ["85562004"]);
    assert_eq!(codes(&header.region_modifiers), ["7771000"]);
    assert_eq!(correct_bytes(&bytes, &sided).unwrap().1, Report::default());
}

#[test]
fn another_side_is_never_overwritten() {
    let mut instance = Instance::new();
    instance.set((0x0020, 0x0062), "CS", "L");
    let right = Correction {
        laterality: Some(Side::Right),
        ..correction()
    };
    let (bytes, report) = copy(&instance, &right);
    assert_eq!(
        scan_bytes(&bytes).unwrap().header.text(Attribute::ImageLaterality),
        Some("L")
    );
    assert_eq!(report.notes, [Note::SideKept]);
}

#[test]
fn a_new_uid_is_in_the_meta_information_and_the_data_set() {
    let uid = instance_uid(instance::UID, "core 1.0.0");
    let anew = Correction {
        new_uid: Some(uid.clone()),
        ..correction()
    };
    for syntax in [&SYNTAXES[..], &[instance::DEFLATED]].concat() {
        let (bytes, _) = copy(&of_syntax(syntax), &anew);
        let scanned = scan_bytes(&bytes).unwrap();
        assert_eq!(scanned.header.text(Attribute::SOPInstanceUID), Some(uid.as_str()));
        assert_eq!(scanned.reasons, [], "{syntax}");
    }
}

#[test]
fn a_new_uid_takes_every_place_of_the_old_in_the_meta_information() {
    let uid = instance_uid(instance::UID, "core 1.0.0");
    let anew = Correction {
        new_uid: Some(uid.clone()),
        ..correction()
    };
    let own = b"\x02\0\x03\0UI\x0a\x002.25.5000\0".as_slice();
    // A long form of the element, and the element twice: both are wrong, and neither may be half changed.
    let long = b"\x02\0\x03\0UN\0\0\x0a\0\0\x002.25.5000\0".as_slice();
    for other in [long.to_vec(), [own, own].concat()] {
        let mut source = Instance::new().build();
        let at = source.windows(own.len()).position(|w| w == own).unwrap();
        let grown = other.len() - own.len();
        source.splice(at..at + own.len(), other);
        source[140] += grown as u8;
        let (bytes, _) = correct_bytes(&source, &anew).unwrap();
        assert!(!has(&bytes[..400], b"2.25.5000"));
        let scanned = scan_bytes(&bytes).unwrap();
        assert_eq!(scanned.header.text(Attribute::SOPInstanceUID), Some(uid.as_str()));
        assert!(correct_bytes(&bytes, &anew).unwrap().1.changes.is_empty());
    }
}

const REFERENCED_IMAGES: (u16, u16) = (0x0008, 0x1140);
const SOURCE_IMAGES: (u16, u16) = (0x0008, 0x2112);
const REFERENCED: (u16, u16) = (0x0008, 0x1155);

/// Refers to an image of the run, to one of elsewhere, and in the end to the first one again.
fn referring(syntax: &'static str) -> Instance {
    let mut instance = of_syntax(syntax);
    instance
        .items(
            REFERENCED_IMAGES,
            &[&[(REFERENCED, "UI", b"2.25.77")], &[(REFERENCED, "UI", b"2.25.88")]],
        )
        .items(SOURCE_IMAGES, &[&[(REFERENCED, "UI", b"2.25.77")]]);
    instance
}

fn renaming(new: &str) -> Correction {
    Correction {
        new_uid: Some(instance_uid(instance::UID, "1")),
        renamed: Arc::new(BTreeMap::from([("2.25.77".to_owned(), new.to_owned())])),
        ..correction()
    }
}

#[test]
fn references_follow_images_that_get_new_uids_in_the_same_run() {
    for syntax in [&SYNTAXES[..], &[instance::DEFLATED]].concat() {
        let source = referring(syntax);
        let (bytes, report) = copy(&source, &renaming("2.25.7700000"));
        assert_eq!(scan_bytes(&bytes).unwrap().reasons, [], "{syntax}");
        let told: Vec<_> = report
            .changes
            .iter()
            .map(|c| (c.attribute, c.before.as_deref(), c.after.as_str()))
            .collect();
        assert_eq!(told[0].0, "SOPInstanceUID");
        assert_eq!(
            told[1..3],
            [
                ("ReferencedImageSequence", Some("2.25.77"), "2.25.7700000"),
                ("SourceImageSequence", Some("2.25.77"), "2.25.7700000")
            ]
        );
        let (again, report) = correct_bytes(&bytes, &renaming("2.25.7700000")).unwrap();
        assert!(again == bytes && report == Report::default(), "{syntax}");
    }
}

#[test]
fn a_followed_reference_leaves_the_bytes_around_it() {
    let mut without = renaming("2.25.7700000");
    without.renamed = Arc::default();
    let source = referring(instance::EXPLICIT);
    let (kept, _) = copy(&source, &without);
    let (followed, _) = copy(&source, &renaming("2.25.7700000"));
    let sequence = |bytes: &[u8]| {
        let start = bytes.windows(8).position(|w| w == b"\x08\0\x40\x11SQ\0\0").unwrap();
        let length = u32::from_le_bytes(bytes[start + 8..start + 12].try_into().unwrap()) as usize;
        bytes[start..start + 12 + length].to_vec()
    };
    let (old, new) = (sequence(&kept), sequence(&followed));
    assert_eq!(new.len(), old.len() + 4);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(text(&new).contains("2.25.7700000") && text(&new).contains("2.25.88"));
    // The whole sequence as it was is among the original attributes.
    assert_eq!(followed.windows(old.len()).filter(|w| *w == old).count(), 1);
    assert!(followed.ends_with(&source.build()[source.build().len() - 512 - 8..]));
}

#[test]
fn a_reference_that_follows_is_a_change_like_any_other() {
    let right_already = Correction {
        body_part_examined: None,
        anatomic_region: None,
        new_uid: None,
        ..renaming("2.25.7700000")
    };
    let (bytes, report) = copy(&referring(instance::EXPLICIT), &right_already);
    assert_eq!(report.changes.len(), 2);
    assert!(has(&bytes, b"Modifying Equipment") && has(&bytes, b"CORRECT "));
    let mut signed = referring(instance::EXPLICIT);
    signed.items((0xFFFA, 0xFFFA), &[&[((0x0400, 0x0100), "UI", b"2.25.1")]]);
    assert_eq!(refusal(&signed, &right_already), "no copy is made: signed");
    let error = correct_bytes(&referring(instance::EXPLICIT).build(), &renaming("new")).unwrap_err();
    assert!(matches!(error, CopyError::Invalid(_)), "{error}");
}

#[test]
fn what_a_copy_could_spoil_is_refused_with_a_word() {
    let mut signed = Instance::new();
    signed.items((0xFFFA, 0xFFFA), &[&[((0x0400, 0x0100), "UI", b"2.25.1")]]);
    assert_eq!(refusal(&signed, &correction()), "no copy is made: signed");
    let dropping = Correction {
        drop_signatures: true,
        ..correction()
    };
    let (bytes, report) = copy(&signed, &dropping);
    assert!(report.notes.contains(&Note::SignaturesDropped) && !has(&bytes, b"\xfa\xff\xfa\xff"));
    let mut enhanced = Instance::new();
    enhanced.sop_class = "1.2.840.10008.5.1.4.1.1.12.1.1";
    assert_eq!(refusal(&enhanced, &correction()), "no copy is made: enhanced_object");
    let whole = Instance::new().build();
    let cut = correct_bytes(&whole[..whole.len() - 1], &correction()).unwrap_err();
    assert_eq!(cut.to_string(), "no copy is made: truncated");
    let mut traversal = Instance::new();
    traversal.set((0x0020, 0x000E), "UI", "../../etc");
    assert_eq!(refusal(&traversal, &correction()), "no copy is made: bad_uid");
    let mut other = Instance::new();
    other.sop_class = "1.2.840.10008.5.1.4.1.1.2";
    assert_eq!(refusal(&other, &correction()), "the source is not read: not_xray");
}

#[test]
fn a_signed_instance_that_is_right_already_needs_no_change() {
    let (mut bytes, _) = copy(&Instance::new(), &correction());
    let signature = b"\xfa\xff\xfa\xffSQ\0\0\x08\0\0\0\xfe\xff\0\xe0\0\0\0\0";
    bytes.extend(signature);
    assert_eq!(correct_bytes(&bytes, &correction()).unwrap().1, Report::default());
}

#[test]
fn an_executable_preamble_is_zeroed() {
    let mut instance = Instance::new();
    instance.preamble[..2].copy_from_slice(b"MZ");
    let (bytes, report) = copy(&instance, &correction());
    assert_eq!(bytes[..128], [0; 128]);
    assert!(report.notes.contains(&Note::PreambleZeroed));
    instance.preamble[..4].copy_from_slice(b"II*\0");
    assert_eq!(copy(&instance, &correction()).0[..4], *b"II*\0");
}

#[test]
fn corrections_that_break_the_standard_are_not_written() {
    let wrong: [fn(&mut Correction); 5] = [
        |c| c.body_part_examined = Some("Hand".into()),
        |c| c.at = "yesterday".into(),
        |c| c.system = "a\\b".into(),
        |c| c.new_uid = Some("1.02".into()),
        |c| {
            c.anatomic_region = Some(Region {
                concept: Coding::new("SCT", "85562004", "H\u{e4}nd"),
                side: None,
            });
        },
    ];
    for spoil in wrong {
        let mut correction = correction();
        spoil(&mut correction);
        let error = correct_bytes(&Instance::new().build(), &correction).unwrap_err();
        assert!(matches!(error, CopyError::Invalid(_)), "{error}");
    }
}

#[test]
fn errors_name_no_patient() {
    let mut instance = Instance::new();
    instance
        .set((0x0020, 0x000E), "UI", instance::PATIENT)
        .set((0x0018, 0x0015), "CS", instance::PATIENT);
    let error = correct_bytes(&instance.build(), &correction()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("ZZPHI"));
}

struct Folders {
    all: tempfile::TempDir,
}

impl Folders {
    fn new() -> Folders {
        let all = tempfile::tempdir().unwrap();
        fs::create_dir_all(all.path().join("in/series")).unwrap();
        fs::write(all.path().join("in/series/a b.dcm"), Instance::new().build()).unwrap();
        Folders { all }
    }

    fn write(&self, output: &str, correction: &Correction) -> Result<bodysite_dicom::copy::Copied, CopyError> {
        let at = |path: &str| self.all.path().join(path);
        write_copy(&at("in/series/a b.dcm"), &at("in"), &at(output), correction)
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.all.path().join(path)
    }
}

#[test]
fn copies_mirror_the_input_and_are_written_once() {
    let folders = Folders::new();
    let before = fs::read(folders.path("in/series/a b.dcm")).unwrap();
    let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let source_modified = modified(&folders.path("in/series/a b.dcm"));
    let copied = folders.write("out", &correction()).unwrap();
    assert!(!copied.already && copied.path.ends_with("out/series/a b.dcm"));
    let first = modified(&copied.path);
    let later = Correction {
        at: "20991231235959".into(),
        ..correction()
    };
    let again = folders.write("out", &later).unwrap();
    assert!(again.already && modified(&again.path) == first);
    assert_eq!(fs::read(folders.path("in/series/a b.dcm")).unwrap(), before);
    assert_eq!(modified(&folders.path("in/series/a b.dcm")), source_modified);
    let names = fs::read_dir(folders.path("out/series")).unwrap().count();
    assert_eq!(names, 1);
    assert_eq!(diff_file(&copied.path, &later).unwrap(), Report::default());
}

#[test]
fn a_different_file_is_never_replaced() {
    let folders = Folders::new();
    fs::create_dir_all(folders.path("out/series")).unwrap();
    fs::write(folders.path("out/series/a b.dcm"), "something else").unwrap();
    let error = folders.write("out", &correction()).unwrap_err();
    assert!(matches!(error, CopyError::Exists), "{error}");
    assert_eq!(fs::read(folders.path("out/series/a b.dcm")).unwrap(), b"something else");
}

#[test]
fn input_and_output_folders_stay_apart() {
    let folders = Folders::new();
    for output in ["in", "in/copies", "."] {
        let error = folders.write(output, &correction()).unwrap_err();
        assert!(matches!(error, CopyError::InsideInput), "{output}: {error}");
    }
    let outside = write_copy(
        &folders.path("in/series/a b.dcm"),
        &folders.path("in/other"),
        &folders.path("out"),
        &correction(),
    );
    assert!(outside.is_err());
}

#[test]
fn kept_and_new_uids_never_share_a_folder() {
    let folders = Folders::new();
    let anew = Correction {
        new_uid: Some(instance_uid(instance::UID, "1")),
        ..correction()
    };
    assert!(check_kind_of_uids(&folders.path("kept"), true).is_ok());
    folders.write("kept", &correction()).unwrap();
    folders.write("new", &anew).unwrap();
    assert!(check_kind_of_uids(&folders.path("kept"), false).is_ok());
    assert!(matches!(
        check_kind_of_uids(&folders.path("kept"), true),
        Err(CopyError::MixedUids(_))
    ));
    assert!(matches!(folders.write("kept", &anew), Err(CopyError::MixedUids(_))));
    assert!(matches!(
        folders.write("new", &correction()),
        Err(CopyError::MixedUids(_))
    ));
    assert!(folders.write("kept", &correction()).unwrap().already);
    assert!(folders.write("new", &anew).unwrap().already);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_output_folder_leads_nowhere() {
    let folders = Folders::new();
    fs::create_dir_all(folders.path("out")).unwrap();
    fs::create_dir_all(folders.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(folders.path("elsewhere"), folders.path("out/series")).unwrap();
    assert!(folders.write("out", &correction()).is_err());
    assert_eq!(fs::read_dir(folders.path("elsewhere")).unwrap().count(), 0);
}
