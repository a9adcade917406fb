//! How long decoding takes, beside plain dicom-pixeldata: `decode_speed PATH…`.
//!
//! A line a file, in milliseconds of the processor, so that it may have other work, and the best of some rounds:
//! dicom-pixeldata's stored values of the representative frame, its presentation values of 16 bits, our frame at full
//! size and at the size that a model is given, and our full size in parts of dicom-pixeldata's presentation values. Both
//! read the file each time, which by then is in memory. A dash is where there is no frame.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bodysite_dicom::{FrameLimits, discover, read_frame, read_header};
use dicom_object::open_file;
use dicom_pixeldata::{BitDepthOption, ConvertOptions, PixelDecoder};

fn main() -> std::io::Result<()> {
    let roots: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "syntax\tpixels\ttheir values\ttheir display\tours\tours at 1024\tratio\tfile"
    )?;
    for found in discover(&roots).filter(|found| found.refused.is_none()) {
        let Ok(scanned) = read_header(&found.path) else {
            continue;
        };
        let image = &scanned.image;
        let pixels = u64::from(image.rows.unwrap_or(0)) * u64::from(image.columns.unwrap_or(0));
        let frame = (image.frames() - 1) / 2;
        let whole = FrameLimits {
            longest_side: usize::MAX,
            ..FrameLimits::default()
        };
        let theirs = best(|| displayed(&found.path, frame));
        let ours = best(|| read_frame(&found.path, &whole).ok());
        let ratio = theirs
            .zip(ours)
            .map(|(theirs, ours)| ours.as_secs_f64() / theirs.as_secs_f64());
        writeln!(
            out,
            "{}\t{pixels}\t{}\t{}\t{}\t{}\t{}\t{}",
            scanned.header.transfer_syntax,
            milliseconds(best(|| stored(&found.path, frame))),
            milliseconds(theirs),
            milliseconds(ours),
            milliseconds(best(|| read_frame(&found.path, &FrameLimits::default()).ok())),
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            found.display,
        )?;
    }
    Ok(())
}

fn stored(path: &Path, frame: u32) -> Option<Vec<u8>> {
    let object = open_file(path).ok()?;
    let decoded = object.decode_pixel_data_frame(frame).ok()?;
    Some(decoded.data().to_vec())
}

fn displayed(path: &Path, frame: u32) -> Option<Vec<u16>> {
    let object = open_file(path).ok()?;
    let options = ConvertOptions::new().with_bit_depth(BitDepthOption::Force16Bit);
    let decoded = object.decode_pixel_data_frame(frame).ok()?;
    decoded.to_vec_with_options(&options).ok()
}

/// The shortest of several rounds, of which there are fewer where one takes long. A decoder that panics gives nothing.
fn best<T>(decode: impl Fn() -> Option<T>) -> Option<Duration> {
    let started = used();
    let mut best = None;
    for _ in 0..20 {
        let round = used();
        let decoded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(&decode))
            .ok()
            .flatten();
        let took = used() - round;
        drop(decoded?);
        best = Some(best.map_or(took, |best: Duration| best.min(took)));
        if used() - started > Duration::from_secs(2) {
            break;
        }
    }
    best
}

/// Time that all threads have used of the processor.
fn used() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        used.tv_sec.try_into().unwrap_or(0),
        used.tv_nsec.try_into().unwrap_or(0),
    )
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or("-".to_owned(), |time| format!("{:.2}", time.as_secs_f64() * 1000.0))
}
