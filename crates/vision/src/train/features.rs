//! What the frozen network sees in each image, kept in a file so that a second run starts where the first ended.
//!
//! The file is a row of records: SHA-256 of the image's key, then the features as little-endian f32, then the SHA-256
//! of both. A record cut off by a crash is dropped. The file's name holds the hash of the weights, so that another
//! network never reads it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bodysite_core::Frame;
use sha2::{Digest, Sha256};

use crate::architecture::FEATURES;
use crate::{Model, Unsuitable};

const KEY: usize = 32;
const RECORD: usize = KEY + 4 * FEATURES + KEY;

type Key = [u8; KEY];

/// Features, or why there are none.
pub(crate) type Found = Result<Vec<f32>, NoFeatures>;

/// Why an image has no features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFeatures {
    /// It could not be read.
    Unreadable,
    /// Its frame can't be prepared.
    Unsuitable(Unsuitable),
}

/// The features of images, in memory and in a file.
#[derive(Debug)]
pub(crate) struct Cache {
    known: HashMap<Key, Vec<f32>>,
    file: Mutex<File>,
}

fn key(text: &str) -> Key {
    Sha256::digest(text).into()
}

impl Cache {
    /// Opens or makes the cache of a model's backbone in a folder.
    pub(crate) fn open(folder: &Path, backbone: &str) -> io::Result<Cache> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("features-{}.bin", &backbone[..16]));
        let mut known = HashMap::new();
        let mut good = 0;
        if let Ok(bytes) = fs::read(&path) {
            for record in bytes.chunks_exact(RECORD).map_while(read) {
                known.insert(record.0, record.1);
                good += RECORD as u64;
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.set_len(good)?;
        let file = Mutex::new(file);
        Ok(Cache { known, file })
    }

    pub(super) fn get(&self, image: &str) -> Option<&Vec<f32>> {
        self.known.get(&key(image))
    }

    pub(super) fn add(&self, image: &str, features: &[f32]) -> io::Result<()> {
        let mut record = Vec::with_capacity(RECORD);
        record.extend(key(image));
        record.extend(features.iter().flat_map(|f| f.to_le_bytes()));
        let check = Sha256::digest(&record);
        record.extend(check);
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&record)
    }
}

fn read(record: &[u8]) -> Option<(Key, Vec<f32>)> {
    let (body, check) = record.split_at(RECORD - KEY);
    let intact = Sha256::digest(body).as_slice() == check;
    let (key, values) = body.split_first_chunk::<KEY>()?;
    let values = values
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    intact.then_some((*key, values))
}

/// The features of all images, in their order; `read` is called for those not in the cache, by several threads.
/// `progress` is told how many are done.
pub(crate) fn extract(
    model: &Model,
    keys: &[&str],
    cache: &Cache,
    threads: usize,
    read: &(dyn Fn(usize) -> Option<Frame> + Sync),
    progress: &mut (dyn FnMut(usize) + Send),
) -> io::Result<Vec<Found>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((0, progress));
    let one = |i: usize| -> io::Result<Found> {
        let features = match cache.get(keys[i]) {
            Some(features) => Ok(features.clone()),
            None => compute(model, read(i)),
        };
        if let (Ok(features), None) = (&features, cache.get(keys[i])) {
            cache.add(keys[i], features)?;
        }
        let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.0 += 1;
        let n = done.0;
        (done.1)(n);
        Ok(features)
    };
    let work = || -> io::Result<Vec<(usize, Found)>> {
        let mut found = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= keys.len() {
                return Ok(found);
            }
            found.push((i, one(i)?));
        }
    };
    let mut found = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .map(|w| w.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        joined.collect::<io::Result<Vec<_>>>()
    })?
    .concat();
    found.sort_by_key(|(i, _)| *i);
    Ok(found.into_iter().map(|(_, features)| features).collect())
}

fn compute(model: &Model, frame: Option<Frame>) -> Found {
    let frame = frame.ok_or(NoFeatures::Unreadable)?;
    let prepared = model.prepare(&frame).map_err(NoFeatures::Unsuitable)?;
    Ok(model.scores(&prepared).features)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Folder, frame};

    fn run(folder: &Path, threads: usize, read: &(dyn Fn(usize) -> Option<Frame> + Sync)) -> Vec<Option<Vec<f32>>> {
        let model = Folder::new().load().unwrap();
        let cache = Cache::open(folder, &"a".repeat(64)).unwrap();
        let mut seen = Vec::new();
        let found = extract(&model, &["x", "y", "z"], &cache, threads, read, &mut |n| seen.push(n)).unwrap();
        assert_eq!(seen, [1, 2, 3]);
        found.into_iter().map(Result::ok).collect()
    }

    #[test]
    fn a_second_run_reads_no_image_and_a_torn_record_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let image = |i: usize| (i != 1).then(|| frame(64, 70, i as u64));
        let first = run(folder.path(), 2, &image);
        assert!(first[0].is_some() && first[1].is_none() && first[2].is_some());
        assert_eq!(run(folder.path(), 1, &|_| None), first);

        let path = folder.path().join("features-aaaaaaaaaaaaaaaa.bin");
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), 2 * RECORD);
        fs::write(&path, &whole[..RECORD + 100]).unwrap();
        assert_eq!(run(folder.path(), 1, &|_| None).iter().flatten().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), whole[..RECORD]);
        assert_eq!(run(folder.path(), 1, &image), first);
    }
}
