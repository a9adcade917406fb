//! The store: a connection for questions, and a thread that writes batches over another.

use std::collections::HashSet;
use std::time::Duration;

use crate::StoreError;
use crate::client::Client;
use crate::error::Fault;
use crate::session::Session;
use crate::writer::Writer;

/// How long a database that does not answer is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// How often an operation is tried before the store gives up; at least once.
    pub attempts: u32,
    /// The pause before the second attempt; every further pause is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long one attempt may take. A server that answers later counts as lost.
    pub limit: Duration,
}

impl Default for Patience {
    /// Ten attempts over about 25 seconds, long enough for a server to restart; two minutes an attempt.
    fn default() -> Self {
        Patience {
            attempts: 10,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            limit: Duration::from_secs(120),
        }
    }
}

impl Patience {
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

/// SQLite or PostgreSQL behind the verbs of [`bodysite_core::Ledger`].
///
/// Every batch is one transaction and may be written twice with the same result, so an attempt whose commit was not
/// confirmed is simply made again. Batches are written while the caller goes on; one that cannot be written is told by
/// a later call, at the latest by the one that closes the run.
pub struct Store {
    front: Client,
    writer: Option<Writer>,
    /// The writer's connection while there is nothing to write.
    back: Option<Client>,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`, waits for it with the default [`Patience`], and brings its schema up to date.
    pub fn open(url: &str) -> Result<Store, StoreError> {
        Store::open_with(url, Patience::default())
    }

    /// The same with a patience of the caller's choosing.
    pub fn open_with(url: &str, patience: Patience) -> Result<Store, StoreError> {
        let mut front = Client::new(url.parse()?, patience)?;
        front.work(async |_| Ok(()))?;
        Ok(Store {
            front,
            writer: None,
            back: None,
        })
    }

    /// The address, without its password.
    pub fn address(&self) -> String {
        self.front.address().to_string()
    }

    /// Does something with a connection once all batches are written.
    pub(crate) fn work<T>(
        &mut self,
        operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.settle()?;
        self.front.work(operation)
    }

    /// Does something in one transaction once all batches are written.
    pub(crate) fn transaction<T>(
        &mut self,
        operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.settle()?;
        self.front.transaction(operation)
    }

    /// Asks something while batches are being written, of which it may see none, some or all.
    pub(crate) fn beside<T>(
        &mut self,
        operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.front.work(operation)
    }

    /// Writes a batch while the caller goes on; `paths` are those of its files.
    pub(crate) fn later(
        &mut self,
        paths: HashSet<String>,
        job: impl FnOnce(&mut Client) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        // A database in memory is seen by its own connection only.
        if self.front.address().is_in_memory() {
            return job(&mut self.front);
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let client = self.back.take().map_or_else(|| self.front.another(), Ok)?;
                none.insert(Writer::start(client))
            }
        };
        match writer.push(paths, Box::new(job)) {
            true => Ok(()),
            false => self.settle(),
        }
    }

    /// Waits for batches of files, where there are any.
    pub(crate) fn settle_files(&mut self) -> Result<(), StoreError> {
        match self.writer.as_ref().is_some_and(Writer::has_files) {
            true => self.settle(),
            false => Ok(()),
        }
    }

    /// Waits where one of these files is in a batch that may not be written yet.
    pub(crate) fn settle_those<'p>(&mut self, mut paths: impl Iterator<Item = &'p str>) -> Result<(), StoreError> {
        match self
            .writer
            .as_ref()
            .is_some_and(|writer| paths.any(|path| writer.has(path)))
        {
            true => self.settle(),
            false => Ok(()),
        }
    }

    /// Waits until every batch is written.
    fn settle(&mut self) -> Result<(), StoreError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let (client, written) = writer.finish();
        self.back = Some(client);
        written
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What was handed over is written all the same; nobody is left to be told what was not.
        if !std::thread::panicking() {
            let _ = self.settle();
        }
    }
}
