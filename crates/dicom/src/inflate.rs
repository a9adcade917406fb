//! Inflates the data set of a deflated file as it is read, and no further than a limit.

use bodysite_core::Reason;
use flate2::{Decompress, FlushDecompress, Status};

use crate::window::{Feed, Window};

/// The most that one data set may inflate to. A 4,000 × 4,000 radiograph of 16 bits has 32 MiB.
pub(crate) const LIMIT: u64 = 256 << 20;

/// Compressed bytes looked at in one go.
const CHUNK: usize = 4096;

pub(crate) struct Inflate<'a> {
    source: Window<'a>,
    stream: Decompress,
    out: u64,
    ended: bool,
}

impl<'a> Inflate<'a> {
    /// Inflates from where `source` stands.
    pub fn new(source: Window<'a>) -> Self {
        Inflate {
            source,
            stream: Decompress::new(false),
            out: 0,
            ended: false,
        }
    }
}

impl Feed for Inflate<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Reason> {
        while !self.ended {
            let input = self.source.peek(CHUNK).map_err(|stop| stop.reason)?;
            let exhausted = input.is_empty();
            let (in_before, out_before) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(input, out, FlushDecompress::None)
                .map_err(|_| Reason::Malformed)?;
            let used = usize::try_from(self.stream.total_in() - in_before).unwrap_or(0);
            let made = self.stream.total_out() - out_before;
            self.source.advance(used);
            self.ended = status == Status::StreamEnd;
            self.out += made;
            if self.out > LIMIT {
                return Err(Reason::LimitInflate);
            }
            if made > 0 {
                return Ok(usize::try_from(made).unwrap_or(0));
            }
            if exhausted && !self.ended && used == 0 {
                return Err(Reason::Truncated);
            }
        }
        Ok(0)
    }

    fn skip(&mut self, n: u64) -> Result<u64, Reason> {
        // What would be refused at its end is refused before the work.
        if n > LIMIT.saturating_sub(self.out) {
            return Err(Reason::LimitInflate);
        }
        let mut scratch = vec![0; 32 * 1024];
        let mut skipped = 0;
        while skipped < n {
            let want = usize::try_from(n - skipped).unwrap_or(usize::MAX).min(scratch.len());
            let made = self.read(scratch.get_mut(..want).unwrap_or_default())?;
            if made == 0 {
                break;
            }
            skipped += made as u64;
        }
        Ok(skipped)
    }

    fn left(&self) -> Option<u64> {
        None
    }

    /// One padding byte may follow the stream (PS3.5 A.5); anything else is odd.
    fn oddity(&mut self) -> Option<Reason> {
        if !self.ended {
            return None;
        }
        match self.source.peek(2) {
            Ok([] | [0]) => None,
            _ => Some(Reason::TrailingGarbage),
        }
    }
}
