//! Broken and hostile instances end in an outcome: at once, within memory, and without a word about the patient.

mod instance;

use bodysite_core::{Reason, Status};
use bodysite_dicom::{FrameFailure, FrameLimits, Scanned, frame_of_bytes, scan_bytes, scan_reader};
use instance::Instance;

fn reasons(bytes: &[u8]) -> Vec<Reason> {
    match scan_bytes(bytes) {
        Ok(scanned) => scanned.reasons,
        Err(outcome) => {
            assert_ne!(outcome.status, Status::Done);
            outcome.reasons
        }
    }
}

fn scanned(instance: &Instance) -> Scanned {
    scan_bytes(&instance.build()).unwrap()
}

#[test]
fn a_sound_instance_has_nothing_odd() {
    for syntax in [
        instance::EXPLICIT,
        instance::IMPLICIT,
        instance::BIG_ENDIAN,
        instance::DEFLATED,
    ] {
        let mut instance = Instance::new();
        instance.transfer_syntax = syntax;
        assert_eq!(scanned(&instance).issues, [], "{syntax}");
    }
}

#[test]
fn an_instance_cut_anywhere_is_never_whole() {
    for syntax in [
        instance::EXPLICIT,
        instance::IMPLICIT,
        instance::BIG_ENDIAN,
        instance::DEFLATED,
    ] {
        let mut instance = Instance::new();
        instance.transfer_syntax = syntax;
        let whole = instance.build();
        for end in (0..whole.len() - 2).filter(|end| end % 3 == 0 || *end > whole.len() - 20) {
            let reasons = reasons(&whole[..end]);
            assert!(!reasons.is_empty(), "{syntax} cut at {end}");
            let limits = FrameLimits::default();
            assert!(frame_of_bytes(&whole[..end], &limits).is_err(), "{syntax} cut at {end}");
        }
    }
}

#[test]
fn streams_are_read_as_files_are() {
    let bytes = Instance::new().build();
    let (whole, stream) = (scan_bytes(&bytes).unwrap(), scan_reader(bytes.as_slice()).unwrap());
    assert_eq!((whole.header, whole.issues), (stream.header, stream.issues));
}

/// Everything up to and with the element of this tag, explicit and little-endian, then other bytes.
fn with_tail(element: &[u8]) -> Vec<u8> {
    let mut instance = Instance::new();
    instance.remove((0x7FE0, 0x0010));
    let mut bytes = instance.build();
    bytes.extend(element);
    bytes
}

#[test]
fn a_length_beyond_the_end_allocates_nothing() {
    for length in [0xFFFF_FFFEu32, 0x7FFF_FFFF, 0x8000_0000] {
        let element = [b"\x09\x50\x01\x10OB\0\0".as_slice(), &length.to_le_bytes(), b"\x01\x02"].concat();
        assert_eq!(reasons(&with_tail(&element)), [Reason::Truncated]);
    }
}

#[test]
fn nesting_ends_at_a_limit_and_on_a_small_stack() {
    let level = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff";
    let close = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
    let nested = |depth: usize| with_tail(&[level.repeat(depth), close.repeat(depth)].concat());
    let thread = std::thread::Builder::new().stack_size(128 * 1024);
    let on_small_stack = thread
        .spawn(move || (reasons(&nested(100_000)), reasons(&nested(64))))
        .unwrap();
    let (deep, shallow) = on_small_stack.join().unwrap();
    assert_eq!(deep, [Reason::LimitDepth]);
    assert!(!shallow.contains(&Reason::LimitDepth));
}

/// Mebibytes of zeros, deflated to a few hundred bytes each.
fn deflated_zeros(mebibytes: usize) -> Vec<u8> {
    use flate2::{Compress, Compression, FlushCompress};
    let mut one = Vec::with_capacity(1 << 16);
    // After a full flush the stream is at a byte's end and depends on nothing before.
    let mut stream = Compress::new(Compression::best(), false);
    stream
        .compress_vec(&vec![0; 1 << 20], &mut one, FlushCompress::Full)
        .unwrap();
    one.repeat(mebibytes)
}

#[test]
fn deflated_data_that_never_ends_is_left() {
    let mut instance = Instance::new();
    instance.transfer_syntax = instance::DEFLATED;
    let sound = instance.build();
    let data_set = sound.len() - deflated_length(&sound);
    let mut bytes = sound[..data_set].to_vec();
    let element = b"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x06\0OB\0\0\0\0\0\x40";
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let mut head = Vec::with_capacity(1024);
    stream
        .compress_vec(element, &mut head, flate2::FlushCompress::Full)
        .unwrap();
    bytes.extend(head);
    bytes.extend(deflated_zeros(300));
    assert_eq!(reasons(&bytes), [Reason::LimitInflate]);
}

/// How long the data set of a deflated file is: from the end of its file meta information.
fn deflated_length(bytes: &[u8]) -> usize {
    let group_length = u32::from_le_bytes(bytes[140..144].try_into().unwrap()) as usize;
    bytes.len() - 144 - group_length
}

#[test]
fn undeclared_latin_1_is_read_and_noted() {
    let mut instance = Instance::new();
    instance
        .remove((0x0008, 0x0005))
        .bytes_of((0x0008, 0x103E), "LO", b"B\xe4cken a.p.");
    let scanned = scanned(&instance);
    assert_eq!(
        scanned.header.text(bodysite_core::Attribute::SeriesDescription),
        Some("B\u{e4}cken a.p.")
    );
    assert!(scanned.reasons.contains(&Reason::BadCharset));
}

#[test]
fn odd_values_are_noted_and_kept_as_they_are() {
    for odd in [
        "chest",
        "<script>alert(1)</script>",
        "CHEST\\ABDOMEN",
        "'); DROP TABLE x;--",
        "A\u{7f}",
    ] {
        let mut instance = Instance::new();
        instance.set((0x0018, 0x0015), "CS", odd);
        let scanned = scanned(&instance);
        assert_eq!(
            scanned.header.text(bodysite_core::Attribute::BodyPartExamined),
            Some(odd)
        );
        assert!(scanned.reasons.contains(&Reason::BadValue), "{odd}");
    }
}

#[test]
fn nothing_that_is_reported_names_the_patient() {
    let mut instance = Instance::new();
    instance
        .set((0x0020, 0x0062), "CS", instance::PATIENT)
        .words((0x0028, 0x0101), &[99]);
    let mut scanned = scanned(&instance);
    assert!(!scanned.issues.is_empty());
    // The attribute itself was spoilt with the name above.
    scanned.header = bodysite_core::Header::default();
    assert!(!format!("{scanned:?}").contains("ZZPHI"));
}

#[test]
fn codecs_meet_lies_about_size_without_believing_them() {
    let jpeg = b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xd9";
    let jpeg_2000 = b"\xff\x4f\xff\x51\x00\x29\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\xff\xff\xff\xff\
        \xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01\xff\x52\0\x0c\0\0\0\x01\0\x05\x04\x04\0\0\xff\xd9";
    let jpeg_ls = b"\xff\xd8\xff\xf7\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xd9";
    for (syntax, stream) in [
        (instance::JPEG_BASELINE, jpeg.as_slice()),
        ("1.2.840.10008.1.2.4.90", jpeg_2000),
        ("1.2.840.10008.1.2.4.80", jpeg_ls),
    ] {
        let mut instance = Instance::new();
        instance.fragments(syntax, &[], &[stream]);
        let failure = frame_of_bytes(&instance.build(), &FrameLimits::default()).unwrap_err();
        assert!(
            matches!(failure, FrameFailure::BadModule | FrameFailure::TooLarge),
            "{syntax} {failure}"
        );
    }
}
