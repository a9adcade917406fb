//! Frames that go through dicom-pixeldata, beside what it gives for the whole file.

mod codestreams;
mod instance;

use bodysite_dicom::{FrameFailure, FrameLimits, frame_of_bytes};
use dicom_pixeldata::PixelDecoder;
use instance::Instance;

const COLUMNS: u16 = 24;
const ROWS: u16 = 20;

/// The image of `codestreams.py`.
fn reference() -> Vec<u16> {
    let pixels = (0..u32::from(ROWS)).flat_map(|y| (0..u32::from(COLUMNS)).map(move |x| (x, y)));
    pixels
        .map(|(x, y)| u16::try_from((x * 97 + y * 131 + x * y * 5) % 4096).unwrap())
        .collect()
}

/// An instance of which a value of 4096 would be shown as white.
fn windowed() -> Instance {
    let mut instance = Instance::new();
    instance
        .size(COLUMNS, ROWS)
        .window("2048", "4096")
        .set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    instance
}

fn compressed(syntax: &'static str, stream: &[u8]) -> Instance {
    let mut instance = windowed();
    instance.fragments(syntax, &[], &[stream]);
    instance
}

fn ours(instance: &Instance) -> Result<Vec<u16>, FrameFailure> {
    let (frame, _) = frame_of_bytes(&instance.build(), &FrameLimits::default())?;
    Ok(frame.values().to_vec())
}

/// Stored values as dicom-object and dicom-pixeldata read them, through the window of [`windowed`].
fn theirs(instance: &Instance) -> Vec<u16> {
    let object = dicom_object::from_reader(instance.build().as_slice()).unwrap();
    let decoded = object.decode_pixel_data().unwrap();
    let shown = |value: u16| (f64::from(value) / 4096.0 * 65_535.0).round() as u16;
    match decoded.bits_allocated() {
        8 => decoded.data().iter().map(|value| shown(u16::from(*value))).collect(),
        _ => {
            let words = decoded.data().chunks_exact(2);
            words.map(|w| shown(u16::from_ne_bytes([w[0], w[1]]))).collect()
        }
    }
}

/// PackBits of runs where there are runs.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let runs = bytes.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(128));
    let mut packed: Vec<u8> = runs
        .flat_map(|run| match run.len() {
            1 => [0, run[0]],
            length => [(257 - length) as u8, run[0]],
        })
        .collect();
    packed.resize(packed.len().next_multiple_of(2), 0);
    packed
}

fn run_lengths(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [0u32; 16];
    header[0] = segments.len() as u32;
    let mut offset = 64;
    for (word, segment) in header.iter_mut().skip(1).zip(segments) {
        *word = offset;
        offset += segment.len() as u32;
    }
    let header = header.iter().flat_map(|word| word.to_le_bytes());
    header.chain(segments.concat()).collect()
}

fn segments(words: &[u16]) -> [Vec<u8>; 2] {
    let high: Vec<u8> = words.iter().map(|word| (word >> 8) as u8).collect();
    let low: Vec<u8> = words.iter().map(|word| *word as u8).collect();
    [packed(&high), packed(&low)]
}

#[test]
fn uncompressed_frames_are_the_same() {
    for syntax in [
        instance::EXPLICIT,
        instance::IMPLICIT,
        instance::BIG_ENDIAN,
        instance::DEFLATED,
    ] {
        let mut instance = windowed();
        instance.pixels(&reference());
        instance.transfer_syntax = syntax;
        assert_eq!(ours(&instance).unwrap(), theirs(&instance), "{syntax}");
    }
    let bytes: Vec<u8> = reference().iter().map(|word| (word >> 4) as u8).collect();
    let mut instance = windowed();
    instance.bits(8, 8).bytes(&bytes);
    assert_eq!(ours(&instance).unwrap(), theirs(&instance));
}

#[test]
fn uncompressed_frames_in_fragments_are_the_same() {
    let bytes: Vec<u8> = reference().iter().flat_map(|word| word.to_le_bytes()).collect();
    let instance = compressed("1.2.840.10008.1.2.1.98", &bytes);
    assert_eq!(ours(&instance).unwrap(), theirs(&instance));
}

#[test]
fn run_lengths_are_the_same() {
    let words = compressed(instance::RLE, &run_lengths(&segments(&reference())));
    assert_eq!(ours(&words).unwrap(), theirs(&words));
    let [_, low] = segments(&reference());
    let mut bytes = compressed(instance::RLE, &run_lengths(&[low]));
    bytes.bits(8, 8);
    assert_eq!(ours(&bytes).unwrap(), theirs(&bytes));
}

#[test]
fn lossless_codestreams_are_the_same() {
    for (syntax, stream) in [
        ("1.2.840.10008.1.2.4.57", codestreams::JPEG_LOSSLESS),
        ("1.2.840.10008.1.2.4.70", codestreams::JPEG_LOSSLESS),
        ("1.2.840.10008.1.2.4.90", codestreams::JPEG_2000),
        ("1.2.840.10008.1.2.4.201", codestreams::HTJ2K),
    ] {
        let instance = compressed(syntax, stream);
        assert_eq!(ours(&instance).unwrap(), theirs(&instance), "{syntax}");
    }
}

#[test]
fn run_lengths_that_lie_are_failures_and_no_panics() {
    let [high, low] = segments(&reference());
    let whole = run_lengths(&[high.clone(), low.clone()]);
    let failure = |stream: &[u8]| ours(&compressed(instance::RLE, stream)).unwrap_err();
    for segments in [0u32, 1, 3, 16, u32::MAX] {
        let mut stream = whole.clone();
        stream[..4].copy_from_slice(&segments.to_le_bytes());
        assert_eq!(failure(&stream), FrameFailure::Codec, "{segments}");
    }
    assert_eq!(failure(&whole[..60]), FrameFailure::Codec);
    assert_eq!(failure(&whole[..whole.len() - 20]), FrameFailure::Truncated);
    let short = run_lengths(&[high[..high.len() / 2].to_vec(), low]);
    assert_eq!(failure(&short), FrameFailure::Truncated);
}

#[test]
fn run_lengths_after_the_last_value_are_passed_over() {
    let [mut high, low] = segments(&reference());
    let instance = compressed(instance::RLE, &run_lengths(&[high.clone(), low.clone()]));
    high.extend([0x81, 7].repeat(1000));
    let longer = compressed(instance::RLE, &run_lengths(&[high, low]));
    assert_eq!(ours(&longer).unwrap(), ours(&instance).unwrap());
}
