//! Decodes every radiograph below the given paths into a folder, as 16-bit PGM: `frames OUTPUT PATH…`.
//!
//! With `BODYSITE_WORKER` set to a program, decodes in workers that are that program.

use std::io::Write;
use std::path::{Path, PathBuf};

use bodysite_core::Frame;
use bodysite_dicom::{Decoder, FrameLimits, discover, read_frame};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let output = arguments
        .next()
        .ok_or(std::io::Error::other("usage: frames OUTPUT PATH…"))?;
    let roots: Vec<PathBuf> = arguments.collect();
    let side = std::env::var("BODYSITE_SIDE")
        .ok()
        .and_then(|side| side.parse().ok())
        .unwrap_or(1024);
    let limits = FrameLimits {
        longest_side: side,
        ..FrameLimits::default()
    };
    let decoder =
        std::env::var_os("BODYSITE_WORKER").map(|program| Decoder::with_program(program, [""; 0]).longest_side(side));
    std::fs::create_dir_all(&output)?;
    let mut out = std::io::stdout().lock();
    for (number, found) in discover(&roots).filter(|found| found.refused.is_none()).enumerate() {
        let decoded = match &decoder {
            Some(decoder) => decoder.read_frame(&found.path),
            None => read_frame(&found.path, &limits),
        };
        let (word, issues) = match &decoded {
            Ok((frame, issues)) => {
                write_pgm(&output.join(format!("{number:05}.pgm")), frame)?;
                ("ok", issues.iter().filter_map(|issue| issue.detail.clone()).collect())
            }
            Err(failure) => (failure.word(), Vec::new()),
        };
        writeln!(out, "{number:05}\t{word}\t{}\t{}", issues.join(","), found.display)?;
    }
    Ok(())
}

fn write_pgm(path: &Path, frame: &Frame) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    write!(file, "P5\n{} {}\n65535\n", frame.width(), frame.height())?;
    for value in frame.values() {
        file.write_all(&value.to_be_bytes())?;
    }
    file.flush()
}
