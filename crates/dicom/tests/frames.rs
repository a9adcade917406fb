//! Stored values become presentation values as PS3.4 section N.2 says, from every transfer syntax that is read.

mod codestreams;
mod instance;

use bodysite_core::Frame;
use bodysite_dicom::{FrameFailure, FrameLimits, frame_of_bytes};
use instance::Instance;

fn decode(instance: &Instance) -> Result<(Frame, Vec<String>), FrameFailure> {
    let (frame, issues) = frame_of_bytes(&instance.build(), &FrameLimits::default())?;
    Ok((frame, issues.into_iter().filter_map(|issue| issue.detail).collect()))
}

fn values(instance: &Instance) -> Vec<u16> {
    decode(instance).unwrap().0.values().to_vec()
}

/// A row of values, displayed.
fn row(words: &[u16], change: impl FnOnce(&mut Instance)) -> Vec<u16> {
    let mut instance = Instance::new();
    instance
        .size(u16::try_from(words.len()).unwrap(), 1)
        .pixels(words)
        .without_window();
    change(&mut instance);
    values(&instance)
}

fn grey(level: f64) -> u16 {
    (level * 65_535.0).round() as u16
}

#[test]
fn a_linear_window_leaves_half_a_step_at_each_end() {
    let shown = row(&[0, 1, 2, 3], |i| {
        i.window("2", "4");
    });
    assert_eq!(shown, [0, grey(1.0 / 3.0), grey(2.0 / 3.0), 65_535]);
}

#[test]
fn an_exact_window_has_no_half_step() {
    let shown = row(&[0, 1, 2, 3], |i| {
        i.window("2", "4").set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    });
    assert_eq!(shown, [0, grey(0.25), grey(0.5), grey(0.75)]);
}

#[test]
fn a_sigmoid_window_never_ends() {
    let shown = row(&[0, 2, 4], |i| {
        i.window("2", "4").set((0x0028, 0x1056), "CS", "SIGMOID");
    });
    assert_eq!(shown, [grey(0.119_202_922), grey(0.5), grey(0.880_797_078)]);
}

#[test]
fn the_first_of_several_windows_counts() {
    let shown = row(&[0, 100], |i| {
        i.window("50\\5000", "2\\9000");
    });
    assert_eq!(shown, [0, 65_535]);
}

#[test]
fn the_window_applies_to_rescaled_values() {
    let shown = row(&[0, 10, 20], |i| {
        i.set((0x0028, 0x1052), "DS", "-1000")
            .set((0x0028, 0x1053), "DS", "100");
        i.window("0", "2000").set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    });
    assert_eq!(shown, [0, grey(0.5), 65_535]);
}

#[test]
fn without_a_window_all_values_are_shown() {
    assert_eq!(row(&[100, 150, 200], |_| {}), [0, grey(0.5), 65_535]);
}

#[test]
fn a_window_beside_all_values_is_not_believed() {
    let mut instance = Instance::new();
    instance.window("60000", "10");
    let (frame, issues) = decode(&instance).unwrap();
    assert_eq!(
        (frame.values().first(), frame.values().last()),
        (Some(&0), Some(&65_535))
    );
    assert_eq!(issues, ["voi_beside_values"]);
}

#[test]
fn signed_values_without_a_window_are_spread_from_the_least() {
    let shown = row(&[0xFF00, 0, 0x0100], |i| {
        i.bits(16, 16).words((0x0028, 0x0103), &[1]);
    });
    assert_eq!(shown, [0, grey(0.5), 65_535]);
}

#[test]
fn bits_above_those_stored_are_no_part_of_the_value() {
    assert_eq!(row(&[0xF000, 0x1100, 0x0200], |_| {}), [0, grey(0.5), 65_535]);
}

#[test]
fn values_may_lie_in_the_upper_bits() {
    let shown = row(&[0x0000, 0x1000, 0x2000], |i| {
        i.words((0x0028, 0x0102), &[15])
            .window("256", "512")
            .set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    });
    assert_eq!(shown, [0, grey(0.5), 65_535]);
}

#[test]
fn either_way_of_saying_inverse_turns_the_image_round_once() {
    let plain = row(&[0, 1, 3], |_| {});
    let turned: Vec<u16> = plain.iter().map(|v| 65_535 - v).collect();
    let monochrome1 = |i: &mut Instance| {
        i.set((0x0028, 0x0004), "CS", "MONOCHROME1");
    };
    let inverse = |i: &mut Instance| {
        i.set((0x2050, 0x0020), "CS", "INVERSE");
    };
    assert_eq!(row(&[0, 1, 3], monochrome1), turned);
    assert_eq!(row(&[0, 1, 3], inverse), turned);
    assert_eq!(
        row(&[0, 1, 3], |i| {
            monochrome1(i);
            inverse(i);
        }),
        turned
    );
}

#[test]
fn padding_is_black_and_widens_no_range() {
    let padded = |i: &mut Instance| {
        i.words((0x0028, 0x0120), &[4000]).words((0x0028, 0x0121), &[4095]);
    };
    assert_eq!(row(&[100, 200, 4000, 4050], padded), [0, 65_535, 0, 0]);
    let turned = |i: &mut Instance| {
        padded(i);
        i.set((0x0028, 0x0004), "CS", "MONOCHROME1");
    };
    assert_eq!(row(&[100, 200, 4000, 4050], turned), [65_535, 0, 0, 0]);
}

fn lut(descriptor: &[u16], data: &[u16]) -> (Vec<u8>, Vec<u8>) {
    let bytes = |words: &[u16]| words.iter().flat_map(|w| w.to_le_bytes()).collect();
    (bytes(descriptor), bytes(data))
}

#[test]
fn a_voi_lut_goes_before_a_window() {
    let (descriptor, data) = lut(&[3, 10, 12], &[0, 1000, 4095]);
    let shown = row(&[9, 11, 12, 50], |i| {
        i.window("2048", "4096");
        i.items(
            (0x0028, 0x3010),
            &[&[((0x0028, 0x3002), "US", &descriptor), ((0x0028, 0x3006), "OW", &data)]],
        );
    });
    assert_eq!(shown, [0, grey(1000.0 / 4095.0), 65_535, 65_535]);
}

#[test]
fn a_modality_lut_goes_before_the_window() {
    let (descriptor, data) = lut(&[3, 0, 16], &[500, 0, 1000]);
    let shown = row(&[0, 1, 2], |i| {
        i.window("500", "1000").set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
        i.items(
            (0x0028, 0x3000),
            &[&[((0x0028, 0x3002), "US", &descriptor), ((0x0028, 0x3006), "OW", &data)]],
        );
    });
    assert_eq!(shown, [grey(0.5), 0, 65_535]);
}

#[test]
fn a_lut_with_fewer_entries_than_it_says_is_passed_over() {
    let (descriptor, data) = lut(&[0, 0, 16], &[1; 8]);
    let mut instance = Instance::new();
    instance.without_window();
    instance.items(
        (0x0028, 0x3010),
        &[&[((0x0028, 0x3002), "US", &descriptor), ((0x0028, 0x3006), "OW", &data)]],
    );
    let (frame, issues) = decode(&instance).unwrap();
    assert_eq!(frame.values().last(), Some(&65_535));
    assert_eq!(issues, ["voi_unusable"]);
}

#[test]
fn a_constant_image_is_grey_and_said_to_be_constant() {
    let mut instance = Instance::new();
    instance.pixels(&[7; 256]).without_window();
    let (frame, issues) = decode(&instance).unwrap();
    assert!(frame.values().iter().all(|v| *v == grey(0.5)));
    assert_eq!(issues, ["constant"]);
}

#[test]
fn native_syntaxes_show_the_same_image() {
    let reference = values(&Instance::new());
    for syntax in [instance::IMPLICIT, instance::BIG_ENDIAN, instance::DEFLATED] {
        let mut instance = Instance::new();
        instance.transfer_syntax = syntax;
        assert_eq!(values(&instance), reference, "{syntax}");
    }
}

#[test]
fn eight_bits_in_big_endian_words_are_put_in_order() {
    let mut instance = Instance::new();
    instance.transfer_syntax = instance::BIG_ENDIAN;
    instance.size(4, 1).bits(8, 8).without_window();
    instance.bytes_of((0x7FE0, 0x0010), "OW", &[10, 0, 30, 20]);
    assert_eq!(values(&instance), [0, grey(1.0 / 3.0), grey(2.0 / 3.0), 65_535]);
    instance.size(3, 1).bytes_of((0x7FE0, 0x0010), "OW", &[10, 0, 99, 20]);
    assert_eq!(
        values(&instance),
        [0, grey(0.5), 65_535],
        "the padding comes before the last value"
    );
    instance
        .set((0x0028, 0x0008), "IS", "3")
        .bytes_of((0x7FE0, 0x0010), "OW", &[0, 0, 0, 0, 20, 10, 0, 0, 99, 0]);
    assert_eq!(
        values(&instance),
        [0, grey(0.5), 65_535],
        "a frame may begin within a word"
    );
}

#[test]
fn colour_is_shown_as_its_luminance() {
    let mut instance = Instance::new();
    instance
        .size(2, 1)
        .bits(8, 8)
        .without_window()
        .words((0x0028, 0x0002), &[3]);
    instance
        .set((0x0028, 0x0004), "CS", "RGB")
        .words((0x0028, 0x0006), &[0]);
    instance.bytes(&[255, 255, 255, 0, 255, 0]);
    let (frame, issues) = decode(&instance).unwrap();
    assert_eq!(frame.values(), [65_535, 150 * 257]);
    assert_eq!(issues, ["colour"]);
    instance
        .words((0x0028, 0x0006), &[1])
        .bytes(&[255, 0, 255, 255, 255, 0]);
    assert_eq!(values(&instance), [65_535, 150 * 257]);
    instance
        .set((0x0028, 0x0004), "CS", "YBR_FULL")
        .bytes(&[51, 102, 1, 2, 3, 4]);
    assert_eq!(values(&instance), [51 * 257, 102 * 257]);
    instance
        .set((0x0028, 0x0004), "CS", "YBR_FULL_422")
        .words((0x0028, 0x0006), &[0])
        .bytes(&[51, 102, 1, 2]);
    assert_eq!(values(&instance), [51 * 257, 102 * 257]);
}

#[test]
fn the_middle_frame_stands_for_all() {
    let mut instance = Instance::new();
    instance.size(2, 1).set((0x0028, 0x0008), "IS", "3").without_window();
    instance.pixels(&[9, 9, 1, 5, 7, 7]);
    assert_eq!(values(&instance), [0, 65_535]);
}

#[test]
fn frames_are_found_by_fragment_offset_or_first_marker() {
    let stream = codestreams::JPEG_BASELINE;
    let (head, tail) = stream.split_at(stream.len() / 4 * 2);
    let broken = [0u8; 8];
    let offset = |parts: &[&[u8]]| parts.iter().map(|p| 8 + p.len() + p.len() % 2).sum::<usize>() as u32;
    let mut instance = compressed(instance::JPEG_BASELINE, &[], &[stream]);
    instance.bits(8, 8);
    let reference = values(&instance);
    instance.set((0x0028, 0x0008), "IS", "3");
    let offsets = [0, offset(&[&broken]), offset(&[&broken, head, tail])];
    instance.fragments(instance::JPEG_BASELINE, &offsets, &[&broken, head, tail, &broken]);
    assert_eq!(values(&instance), reference);
    instance.fragments(instance::JPEG_BASELINE, &[], &[&broken, stream, &broken]);
    assert_eq!(values(&instance), reference);
    instance.fragments(instance::JPEG_BASELINE, &[], &[&stream[..2], head, tail, &stream[..2]]);
    assert_eq!(values(&instance), reference);
    instance.fragments(instance::JPEG_BASELINE, &[], &[head, tail]);
    assert_eq!(decode(&instance).unwrap_err(), FrameFailure::Frames);
}

const COLUMNS: u16 = 24;
const ROWS: u16 = 20;

/// The image of `codestreams.py`.
fn reference() -> Vec<u16> {
    let pixels = (0..u32::from(ROWS)).flat_map(|y| (0..u32::from(COLUMNS)).map(move |x| (x, y)));
    pixels
        .map(|(x, y)| u16::try_from((x * 97 + y * 131 + x * y * 5) % 4096).unwrap())
        .collect()
}

fn compressed(syntax: &'static str, offsets: &[u32], fragments: &[&[u8]]) -> Instance {
    let mut instance = Instance::new();
    instance
        .size(COLUMNS, ROWS)
        .window("2048", "4096")
        .set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    instance.fragments(syntax, offsets, fragments);
    instance
}

/// What a 12-bit value is displayed as by the window of [`compressed`].
fn shown(values: &[u16]) -> Vec<u16> {
    values.iter().map(|v| grey(f64::from(*v) / 4096.0)).collect()
}

#[test]
fn lossless_syntaxes_give_the_very_values() {
    let streams = [
        ("1.2.840.10008.1.2.4.57", codestreams::JPEG_LOSSLESS),
        ("1.2.840.10008.1.2.4.70", codestreams::JPEG_LOSSLESS),
        ("1.2.840.10008.1.2.4.80", codestreams::JPEG_LS),
        ("1.2.840.10008.1.2.4.90", codestreams::JPEG_2000),
        ("1.2.840.10008.1.2.4.201", codestreams::HTJ2K),
        ("1.2.840.10008.1.2.4.202", codestreams::HTJ2K),
    ];
    for (syntax, stream) in streams {
        assert_eq!(
            values(&compressed(syntax, &[], &[stream])),
            shown(&reference()),
            "{syntax}"
        );
    }
}

#[test]
fn jpeg_xl_gives_values_of_all_sixteen_bits() {
    let mut instance = compressed("1.2.840.10008.1.2.4.110", &[], &[codestreams::JPEG_XL]);
    instance.bits(16, 16);
    assert_eq!(values(&instance), shown(&reference()));
}

#[test]
fn run_lengths_unpack_byte_by_byte() {
    let words = reference();
    let literal = |bytes: Vec<u8>| -> Vec<u8> {
        let chunks = bytes.chunks(100).flat_map(|c| [&[c.len() as u8 - 1], c].concat());
        chunks.collect()
    };
    let high = literal(words.iter().map(|w| (w >> 8) as u8).collect());
    let low = literal(words.iter().map(|w| *w as u8).collect());
    let mut header = [0u32; 16];
    header[..3].copy_from_slice(&[2, 64, 64 + high.len() as u32]);
    let stream = [header.iter().flat_map(|w| w.to_le_bytes()).collect(), high, low].concat();
    assert_eq!(values(&compressed(instance::RLE, &[], &[&stream])), shown(&words));
}

#[test]
fn deflated_frames_are_inflated() {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(&reference().iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>())
        .unwrap();
    let stream = encoder.finish().unwrap();
    assert_eq!(
        values(&compressed("1.2.840.10008.1.2.8.1", &[], &[&stream])),
        shown(&reference())
    );
}

#[test]
fn near_lossless_values_are_near() {
    let near = values(&compressed("1.2.840.10008.1.2.4.81", &[], &[codestreams::JPEG_LS_NEAR]));
    let furthest = near
        .iter()
        .zip(shown(&reference()))
        .map(|(a, b)| a.abs_diff(b))
        .max()
        .unwrap();
    assert!((1..=3 * 16 + 1).contains(&furthest), "{furthest}");
}

#[test]
fn eight_bit_syntaxes_give_bytes() {
    let mut instance = compressed("1.2.840.10008.1.2.4.80", &[], &[codestreams::JPEG_LS_8]);
    instance.bits(8, 8).window("128", "256");
    let bytes: Vec<u16> = reference().iter().map(|w| grey(f64::from(w >> 4) / 256.0)).collect();
    assert_eq!(values(&instance), bytes);
    let mut instance = compressed(instance::JPEG_BASELINE, &[], &[codestreams::JPEG_BASELINE]);
    instance.bits(8, 8).window("128", "256");
    let smooth = (0..ROWS).flat_map(|y| (0..COLUMNS).map(move |x| x * 8 + y * 3));
    let furthest = values(&instance)
        .iter()
        .zip(smooth)
        .map(|(v, s)| v.abs_diff(grey(f64::from(s) / 256.0)))
        .max();
    assert!(furthest.unwrap() <= 3 * 256, "{furthest:?}");
}

#[test]
fn jpeg_of_twelve_bits_is_decoded() {
    let instance = compressed(instance::JPEG_EXTENDED, &[], &[codestreams::JPEG_EXTENDED_12]);
    let smooth = (0..ROWS).flat_map(|y| (0..COLUMNS).map(move |x| (x * 8 + y * 3) * 16));
    let expected = shown(&smooth.collect::<Vec<_>>());
    let furthest = values(&instance)
        .iter()
        .zip(expected)
        .map(|(a, b)| a.abs_diff(b))
        .max()
        .unwrap();
    assert!(furthest <= 16 * 16, "{furthest}");
    for length in [30, 200, 298] {
        let cut = compressed(
            instance::JPEG_EXTENDED,
            &[],
            &[&codestreams::JPEG_EXTENDED_12[..length]],
        );
        assert!(decode(&cut).is_err() || length == 298, "{length}");
    }
}

#[test]
fn large_images_are_averaged_down() {
    let mut instance = Instance::new();
    let checks: Vec<u16> = (0..64 * 4)
        .map(|i| if (i + i / 64) % 2 == 0 { 0 } else { 4000 })
        .collect();
    instance
        .size(64, 4)
        .pixels(&checks)
        .window("2000", "4000")
        .set((0x0028, 0x1056), "CS", "LINEAR_EXACT");
    let limits = FrameLimits {
        longest_side: 32,
        ..FrameLimits::default()
    };
    let (frame, _) = frame_of_bytes(&instance.build(), &limits).unwrap();
    assert_eq!((frame.width(), frame.height()), (32, 2));
    assert!(frame.values().iter().all(|v| *v == 32_768));
}

#[test]
fn failures_are_told_apart() {
    let fails = |change: &dyn Fn(&mut Instance)| {
        let mut instance = Instance::new();
        change(&mut instance);
        decode(&instance).unwrap_err()
    };
    let remove = |i: &mut Instance| {
        i.remove((0x7FE0, 0x0010));
    };
    let short = |i: &mut Instance| {
        i.pixels(&[1; 200]);
    };
    let empty = |i: &mut Instance| {
        i.size(0, 16);
    };
    let huge = |i: &mut Instance| {
        i.size(65_535, 65_535);
    };
    let packed = |i: &mut Instance| {
        i.bits(12, 12);
    };
    assert_eq!(fails(&remove), FrameFailure::NoPixels);
    assert_eq!(fails(&short), FrameFailure::Truncated);
    assert_eq!(fails(&empty), FrameFailure::BadModule);
    assert_eq!(fails(&huge), FrameFailure::TooLarge);
    assert_eq!(fails(&packed), FrameFailure::Unsupported);
    let bytes = Instance::new().build();
    let cut = frame_of_bytes(&bytes[..bytes.len() - 1], &FrameLimits::default());
    assert_eq!(cut.unwrap_err(), FrameFailure::Truncated);
}

#[test]
fn codestreams_of_another_size_or_cut_short_are_failures() {
    let streams = [
        ("1.2.840.10008.1.2.4.50", codestreams::JPEG_BASELINE),
        ("1.2.840.10008.1.2.4.70", codestreams::JPEG_LOSSLESS),
        ("1.2.840.10008.1.2.4.80", codestreams::JPEG_LS),
        ("1.2.840.10008.1.2.4.90", codestreams::JPEG_2000),
        ("1.2.840.10008.1.2.4.110", codestreams::JPEG_XL),
    ];
    for (syntax, stream) in streams {
        let mut instance = compressed(syntax, &[], &[stream]);
        instance.size(COLUMNS + 1, ROWS);
        assert_eq!(decode(&instance).unwrap_err(), FrameFailure::BadModule, "{syntax}");
        for length in [0, 2, 20, stream.len() / 3] {
            let cut = compressed(syntax, &[], &[&stream[..length]]);
            assert!(decode(&cut).is_err(), "{syntax} {length}");
        }
    }
}
