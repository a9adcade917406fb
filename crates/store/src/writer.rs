//! Batches written by a thread of their own over a connection of its own, in their order, while the caller goes on.

use std::collections::{HashSet, VecDeque};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::StoreError;
use crate::client::Client;

/// Writes one batch.
pub(crate) type Job = Box<dyn FnOnce(&mut Client) -> Result<(), StoreError> + Send>;

/// Batches that wait while one is written: neither side waits long for the other, and memory stays small.
const WAITING: usize = 1;

/// The thread, from the first batch until all are written.
pub(crate) struct Writer {
    jobs: SyncSender<Job>,
    thread: JoinHandle<(Client, Result<(), StoreError>)>,
    /// Paths of the batches that may not be written yet.
    paths: VecDeque<HashSet<String>>,
}

impl Writer {
    pub(crate) fn start(client: Client) -> Writer {
        let (jobs, batches) = sync_channel(WAITING);
        Writer {
            jobs,
            thread: thread::spawn(move || write(client, batches)),
            paths: VecDeque::new(),
        }
    }

    /// Hands over a batch with the paths of its files; false where an earlier batch could not be written.
    pub(crate) fn push(&mut self, paths: HashSet<String>, job: Job) -> bool {
        self.paths.push_back(paths);
        let taken = self.jobs.send(job).is_ok();
        // One is being written, and as many wait; those before are done.
        while self.paths.len() > WAITING + 1 {
            self.paths.pop_front();
        }
        taken
    }

    /// Whether a batch of files may not be written yet.
    pub(crate) fn has_files(&self) -> bool {
        self.paths.iter().any(|paths| !paths.is_empty())
    }

    /// Whether the file of this path is in a batch that may not be written yet.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|paths| paths.contains(path))
    }

    /// Waits until all is written, and gives back the connection.
    pub(crate) fn finish(self) -> (Client, Result<(), StoreError>) {
        drop(self.jobs);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Ends with the first batch that cannot be written: those after it may rest on it.
fn write(mut client: Client, batches: Receiver<Job>) -> (Client, Result<(), StoreError>) {
    let written = batches.iter().try_for_each(|job| job(&mut client));
    (client, written)
}
