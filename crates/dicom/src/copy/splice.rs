//! Streams the source to the copy, with edits put in on the way.

use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::{CopyError, Refusal};
use crate::inflate;
use crate::scan::Plan;
use bodysite_core::Reason;

/// Bytes to be put in place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Offset in the data set's bytes; for the file meta information, in the file.
    pub at: u64,
    /// How many bytes go.
    pub remove: u64,
    /// What comes.
    pub insert: Vec<u8>,
}

/// Edits of the file meta information and of the data set.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    pub meta: Vec<Edit>,
    pub data_set: Vec<Edit>,
}

/// The source, with its data set readable at offsets even where it is deflated.
pub(crate) struct Source<'s, R> {
    file: &'s mut R,
    meta_end: u64,
    deflated: bool,
}

const READ: &str = "read the source";
const WRITE: &str = "write the copy";

impl<'s, R: Read + Seek> Source<'s, R> {
    pub fn new(file: &'s mut R, plan: &Plan) -> Self {
        Source {
            file,
            meta_end: plan.meta.end,
            deflated: plan.encoding.deflated,
        }
    }

    /// Bytes of the data set, all of which must exist.
    pub fn read_at(&mut self, at: u64, length: u64) -> Result<Vec<u8>, CopyError> {
        let mut bytes = Vec::new();
        let read = match self.deflated {
            true => {
                let mut data = self.inflated()?;
                pass(&mut data, at, &mut io::sink())?;
                data.take(length).read_to_end(&mut bytes)
            }
            false => {
                self.file.seek(SeekFrom::Start(at)).map_err(CopyError::io(READ))?;
                self.file.by_ref().take(length).read_to_end(&mut bytes)
            }
        };
        match read.map_err(CopyError::io(READ))? as u64 == length {
            true => Ok(bytes),
            false => Err(CopyError::Refused(Refusal::Faulty(Reason::Truncated))),
        }
    }

    /// The data set of a deflated instance, from its start.
    fn inflated(&mut self) -> Result<impl Read + '_, CopyError> {
        self.file
            .seek(SeekFrom::Start(self.meta_end))
            .map_err(CopyError::io(READ))?;
        Ok(DeflateDecoder::new(io::BufReader::new(&mut self.file)).take(inflate::LIMIT))
    }

    /// Writes the copy.
    pub fn write(mut self, mut edits: Edits, out: &mut impl Write) -> Result<(), CopyError> {
        self.file.rewind().map_err(CopyError::io(READ))?;
        edits.meta.sort_by_key(|edit| edit.at);
        edits.data_set.sort_by_key(|edit| edit.at);
        // An untouched data set keeps its compressed bytes.
        if !self.deflated || edits.data_set.is_empty() {
            edits.meta.append(&mut edits.data_set);
            return splice(self.file, 0, &edits.meta, out);
        }
        splice(&mut self.file.by_ref().take(self.meta_end), 0, &edits.meta, out)?;
        deflate(&mut self.inflated()?, &edits.data_set, out)
    }
}

fn deflate(data: &mut impl Read, edits: &[Edit], out: &mut impl Write) -> Result<(), CopyError> {
    let mut counted = Counted { out, written: 0 };
    let mut encoder = DeflateEncoder::new(&mut counted, Compression::default());
    splice(data, 0, edits, &mut encoder)?;
    encoder.finish().map_err(CopyError::io(WRITE))?;
    // PS3.5 A.5: the stream is padded to an even length.
    match counted.written % 2 {
        0 => Ok(()),
        _ => counted.write_all(&[0]).map_err(CopyError::io(WRITE)),
    }
}

struct Counted<'o, W> {
    out: &'o mut W,
    written: u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Copies a stream that begins at offset `from`, with sorted edits put in.
fn splice(source: &mut impl Read, from: u64, edits: &[Edit], out: &mut impl Write) -> Result<(), CopyError> {
    let mut at = from;
    for edit in edits {
        let keep = edit.at.checked_sub(at).ok_or(CopyError::Refused(Refusal::Ambiguous))?;
        pass(source, keep, out)?;
        pass(source, edit.remove, &mut io::sink())?;
        out.write_all(&edit.insert).map_err(CopyError::io(WRITE))?;
        at = edit.at + edit.remove;
    }
    io::copy(source, out).map_err(CopyError::io(WRITE)).map(|_| ())
}

fn pass(source: &mut impl Read, length: u64, out: &mut impl Write) -> Result<(), CopyError> {
    let passed = io::copy(&mut source.by_ref().take(length), out).map_err(CopyError::io(WRITE))?;
    match passed == length {
        true => Ok(()),
        false => Err(CopyError::Refused(Refusal::Faulty(Reason::Truncated))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_replace_insert_and_remove() {
        let edit = |at, remove, insert: &str| Edit {
            at,
            remove,
            insert: insert.into(),
        };
        let edits = [edit(0, 1, "A"), edit(3, 0, "-"), edit(5, 2, "")];
        let mut out = Vec::new();
        splice(&mut b"abcdefgh".as_slice(), 0, &edits, &mut out).unwrap();
        assert_eq!(out, b"Abc-deh");
    }

    #[test]
    fn edits_beyond_the_source_are_refused() {
        let edits = [Edit {
            at: 9,
            remove: 0,
            insert: vec![],
        }];
        assert!(splice(&mut b"abc".as_slice(), 0, &edits, &mut Vec::new()).is_err());
    }
}
