//! What the network sees in each image, kept in a file so that a second run starts where the first ended.
//!
//! The file is a row of records: SHA-256 of the image's key, then values as little-endian f32, then the SHA-256 of
//! both. A record cut off by a crash is dropped. The file's name holds the hash of the weights that the values depend
//! on, so that another network never reads it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use sha2::{Digest, Sha256};

use crate::Unsuitable;

const KEY: usize = 32;

type Key = [u8; KEY];

/// Values of an image, or why there are none.
pub(crate) type Found = Result<Vec<f32>, NoFeatures>;

/// Why an image has no features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFeatures {
    /// It could not be read.
    Unreadable,
    /// Its frame can't be prepared.
    Unsuitable(Unsuitable),
}

/// Values of images in a file, as many for each.
#[derive(Debug)]
pub(crate) struct Cache {
    values: usize,
    file: Mutex<Records>,
}

#[derive(Debug)]
struct Records {
    file: File,
    /// Where each image's record begins.
    places: HashMap<Key, u64>,
    end: u64,
}

fn key(text: &str) -> Key {
    Sha256::digest(text).into()
}

impl Cache {
    /// Opens or makes `<kind>-<hash>.bin` in a folder, with that many values an image.
    pub(crate) fn open(folder: &Path, kind: &str, hash: &str, values: usize) -> io::Result<Cache> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{kind}-{}.bin", &hash[..16]));
        let file = OpenOptions::new()
            .read(true)
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        let (places, end) = intact(&file, record(values))?;
        file.set_len(end)?;
        let file = Mutex::new(Records { file, places, end });
        Ok(Cache { values, file })
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The values of an image, if they are there.
    pub(crate) fn get(&self, image: &str) -> io::Result<Option<Vec<f32>>> {
        let mut records = self.records();
        let Some(place) = records.places.get(&key(image)).copied() else {
            return Ok(None);
        };
        let mut bytes = vec![0; 4 * self.values];
        records.file.seek(SeekFrom::Start(place + KEY as u64))?;
        records.file.read_exact(&mut bytes)?;
        Ok(Some(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
        ))
    }

    /// Adds the values of an image.
    pub(crate) fn add(&self, image: &str, values: &[f32]) -> io::Result<()> {
        assert_eq!(values.len(), self.values);
        let key = key(image);
        let mut bytes = Vec::with_capacity(record(self.values));
        bytes.extend(key);
        bytes.extend(values.iter().flat_map(|f| f.to_le_bytes()));
        let check = Sha256::digest(&bytes);
        bytes.extend(check);
        let mut records = self.records();
        let end = records.end;
        records.file.seek(SeekFrom::Start(end))?;
        records.file.write_all(&bytes)?;
        records.places.insert(key, end);
        records.end += bytes.len() as u64;
        Ok(())
    }
}

/// Length of a record.
fn record(values: usize) -> usize {
    KEY + 4 * values + KEY
}

/// The places of all records up to the first that is not whole, and where that begins.
fn intact(file: &File, record: usize) -> io::Result<(HashMap<Key, u64>, u64)> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut places, mut end) = (HashMap::new(), 0);
    let mut bytes = vec![0; record];
    loop {
        match reader.read_exact(&mut bytes) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok((places, end)),
            other => other?,
        }
        let (body, check) = bytes.split_at(record - KEY);
        let Some(key) = body
            .first_chunk::<KEY>()
            .filter(|_| Sha256::digest(body).as_slice() == check)
        else {
            return Ok((places, end));
        };
        places.insert(*key, end);
        end += record as u64;
    }
}

/// The values of all images, in their order; `compute` is called for those not in the cache, by several threads.
/// `progress` is told how many are done.
pub(crate) fn extract(
    keys: &[&str],
    cache: &Cache,
    threads: usize,
    compute: &(dyn Fn(usize) -> Found + Sync),
    progress: &mut (dyn FnMut(usize) + Send),
) -> io::Result<Vec<Found>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new((0, progress));
    let one = |i: usize| -> io::Result<Found> {
        let found = match cache.get(keys[i])? {
            Some(values) => Ok(values),
            None => {
                let found = compute(i);
                if let Ok(values) = &found {
                    cache.add(keys[i], values)?;
                }
                found
            }
        };
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.0 += 1;
        let n = done.0;
        (done.1)(n);
        Ok(found)
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
    Ok(found.into_iter().map(|(_, found)| found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, threads: usize, compute: &(dyn Fn(usize) -> Found + Sync)) -> Vec<Option<Vec<f32>>> {
        let cache = Cache::open(folder, "features", &"a".repeat(64), 3).unwrap();
        let mut seen = Vec::new();
        let found = extract(&["x", "y", "z"], &cache, threads, compute, &mut |n| seen.push(n)).unwrap();
        assert_eq!(seen, [1, 2, 3]);
        found.into_iter().map(Result::ok).collect()
    }

    #[test]
    fn a_second_run_reads_no_image_and_a_torn_record_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let none = |_| Err(NoFeatures::Unreadable);
        let image = |i: usize| if i == 1 { none(i) } else { Ok(vec![i as f32, 0.5, -1.0]) };
        let first = run(folder.path(), 2, &image);
        assert!(first[0].is_some() && first[1].is_none() && first[2].is_some());
        assert_eq!(run(folder.path(), 1, &none), first);

        let path = folder.path().join("features-aaaaaaaaaaaaaaaa.bin");
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), 2 * record(3));
        fs::write(&path, &whole[..record(3) + 30]).unwrap();
        assert_eq!(run(folder.path(), 1, &none).iter().flatten().count(), 1);
        assert_eq!(fs::read(&path).unwrap(), whole[..record(3)]);
        assert_eq!(run(folder.path(), 1, &image), first);
    }
}
