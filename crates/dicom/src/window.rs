//! A window over the bytes of one instance: bounded look-ahead, cheap skipping, and a hash of what was read.

use std::io::{self, Read, Seek, SeekFrom};

use bodysite_core::Reason;
use sha2::{Digest, Sha256};

/// Why reading cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    pub reason: Reason,
    pub offset: u64,
    /// The input itself is broken (deflate, disk), so nothing after this can be known, pixels or not.
    pub input: bool,
}

/// Where bytes come from.
pub(crate) trait Feed {
    /// Reads some bytes; zero at the end.
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Reason>;
    /// Passes over up to `n` bytes and says how many there were.
    fn skip(&mut self, n: u64) -> Result<u64, Reason>;
    /// How many bytes are left, where that is known without reading.
    fn left(&self) -> Option<u64>;
    /// Something odd after the end, found once the end was reached.
    fn oddity(&mut self) -> Option<Reason> {
        None
    }
}

/// First read: most headers of radiographs fit.
const FIRST: usize = 8 * 1024;

pub(crate) struct Window<'a> {
    feed: Box<dyn Feed + 'a>,
    buffer: Vec<u8>,
    head: usize,
    tail: usize,
    position: u64,
    hash: Option<Sha256>,
    hashed: usize,
}

impl<'a> Window<'a> {
    pub fn new(feed: Box<dyn Feed + 'a>) -> Self {
        Window {
            feed,
            buffer: Vec::new(),
            head: 0,
            tail: 0,
            position: 0,
            hash: None,
            hashed: 0,
        }
    }

    /// Hashes every byte passed from here on.
    pub fn hash_with(&mut self, hash: Sha256) {
        self.hashed = self.head;
        self.hash = Some(hash);
    }

    /// The hash over what was passed since [`hash_with`](Self::hash_with).
    pub fn take_hash(&mut self) -> Option<Sha256> {
        self.flush_hash();
        self.hash.take()
    }

    fn flush_hash(&mut self) {
        if let Some(hash) = &mut self.hash {
            hash.update(self.buffer.get(self.hashed..self.head).unwrap_or_default());
        }
        self.hashed = self.head;
    }

    /// Offset of the next byte from the start of the feed.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many bytes are left, where that is known.
    pub fn left(&self) -> Option<u64> {
        let buffered = (self.tail - self.head) as u64;
        self.feed.left().map(|left| left.saturating_add(buffered))
    }

    /// Up to `n` bytes ahead; fewer only at the end of the input.
    pub fn peek(&mut self, n: usize) -> Result<&[u8], Stop> {
        if self.tail - self.head < n {
            self.fill(n)?;
        }
        let end = self.tail.min(self.head + n);
        Ok(self.buffer.get(self.head..end).unwrap_or_default())
    }

    /// Exactly `n` bytes ahead.
    pub fn need(&mut self, n: usize) -> Result<&[u8], Stop> {
        let offset = self.position;
        let bytes = self.peek(n)?;
        if bytes.len() < n {
            return Err(truncated(offset));
        }
        Ok(bytes)
    }

    /// Up to `n` bytes at `ahead` bytes from here.
    pub fn peek_at(&mut self, ahead: usize, n: usize) -> Result<&[u8], Stop> {
        let bytes = self.peek(ahead.saturating_add(n))?;
        Ok(bytes.get(ahead..).unwrap_or_default())
    }

    fn fill(&mut self, n: usize) -> Result<(), Stop> {
        self.flush_hash();
        self.buffer.copy_within(self.head..self.tail, 0);
        self.tail -= self.head;
        self.head = 0;
        self.hashed = 0;
        // Never more than exists: a lying length must not make us allocate.
        let exists = self.feed.left().map_or(n, |left| {
            usize::try_from(left)
                .unwrap_or(usize::MAX)
                .saturating_add(self.tail)
                .min(n)
        });
        let want = exists.max(FIRST);
        if self.buffer.len() < want {
            self.buffer.resize(want, 0);
        }
        while self.tail < n {
            let offset = self.position + self.tail as u64;
            let space = self.buffer.get_mut(self.tail..).unwrap_or_default();
            if space.is_empty() {
                break;
            }
            match self.feed.read(space) {
                Ok(0) => break,
                Ok(read) => self.tail += read,
                Err(reason) => {
                    return Err(Stop {
                        reason,
                        offset,
                        input: true,
                    });
                }
            }
        }
        Ok(())
    }

    /// Passes over `n` bytes that were seen with [`peek`](Self::peek).
    pub fn advance(&mut self, n: usize) {
        let n = n.min(self.tail - self.head);
        self.head += n;
        self.position += n as u64;
    }

    /// Passes over `n` bytes, which must exist.
    pub fn skip(&mut self, n: u64) -> Result<(), Stop> {
        let offset = self.position;
        let buffered = (self.tail - self.head) as u64;
        if n <= buffered {
            self.advance(usize::try_from(n).unwrap_or(0));
            return Ok(());
        }
        self.advance(self.tail - self.head);
        self.flush_hash();
        let rest = n - buffered;
        let skipped = self.feed.skip(rest).map_err(|reason| Stop {
            reason,
            offset,
            input: true,
        })?;
        self.position += skipped;
        if skipped < rest {
            return Err(truncated(offset));
        }
        Ok(())
    }

    /// Something odd behind the end of the input.
    pub fn oddity(&mut self) -> Option<Reason> {
        self.feed.oddity()
    }
}

pub(crate) fn truncated(offset: u64) -> Stop {
    Stop {
        reason: Reason::Truncated,
        offset,
        input: false,
    }
}

/// A file or another thing with an end, read forward.
pub(crate) struct SeekFeed<R> {
    file: R,
    at: u64,
    size: u64,
}

impl<R: Read + Seek> SeekFeed<R> {
    pub fn new(file: R, size: u64) -> Self {
        SeekFeed { file, at: 0, size }
    }
}

impl<R: Read + Seek> Feed for SeekFeed<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Reason> {
        let read = read_some(&mut self.file, out)?;
        self.at += read as u64;
        Ok(read)
    }

    fn skip(&mut self, n: u64) -> Result<u64, Reason> {
        let there = n.min(self.size.saturating_sub(self.at));
        let to = self.at + there;
        self.file.seek(SeekFrom::Start(to)).map_err(|_| Reason::IoError)?;
        self.at = to;
        Ok(there)
    }

    fn left(&self) -> Option<u64> {
        Some(self.size.saturating_sub(self.at))
    }
}

/// Bytes in memory.
pub(crate) struct BytesFeed<'a>(pub &'a [u8]);

impl Feed for BytesFeed<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Reason> {
        read_some(&mut self.0, out)
    }

    fn skip(&mut self, n: u64) -> Result<u64, Reason> {
        let there = usize::try_from(n).unwrap_or(usize::MAX).min(self.0.len());
        self.0 = self.0.get(there..).unwrap_or_default();
        Ok(there as u64)
    }

    fn left(&self) -> Option<u64> {
        Some(self.0.len() as u64)
    }
}

/// A stream whose length is not known, such as standard input.
pub(crate) struct StreamFeed<R>(pub R);

impl<R: Read> Feed for StreamFeed<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Reason> {
        read_some(&mut self.0, out)
    }

    fn skip(&mut self, n: u64) -> Result<u64, Reason> {
        io::copy(&mut self.0.by_ref().take(n), &mut io::sink()).map_err(|_| Reason::IoError)
    }

    fn left(&self) -> Option<u64> {
        None
    }
}

fn read_some(reader: &mut impl Read, out: &mut [u8]) -> Result<usize, Reason> {
    loop {
        match reader.read(out) {
            Ok(read) => return Ok(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(crate::discover::reason_of(&error)),
        }
    }
}
