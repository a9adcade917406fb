//! The store: a synchronous face over one connection, with bounded retries.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::StoreError;
use crate::address::Address;
use crate::error::{Class, Fault};
use crate::session::Session;

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
    fn pause(&self, attempt: u32) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1));
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

/// SQLite or PostgreSQL behind the verbs of [`bodysite_core::Ledger`].
///
/// Every batch is one transaction and may be written twice with the same result, so an attempt whose commit was not
/// confirmed is simply made again.
pub struct Store {
    runtime: Runtime,
    address: Address,
    patience: Patience,
    session: Option<Session>,
    /// Whether the schema is known to be up to date.
    migrated: bool,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`, waits for it with the default [`Patience`], and brings its schema up to date.
    pub fn open(url: &str) -> Result<Store, StoreError> {
        Store::open_with(url, Patience::default())
    }

    /// The same with a patience of the caller's choosing.
    pub fn open_with(url: &str, patience: Patience) -> Result<Store, StoreError> {
        let address = url.parse()?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let mut store = Store {
            runtime: runtime.map_err(|error| StoreError::Client(error.to_string()))?,
            address,
            patience,
            session: None,
            migrated: false,
        };
        store.work(async |_| Ok(()))?;
        Ok(store)
    }

    /// The address, without its password.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Does something with a connection, again on a new one where the old one is lost.
    pub(crate) fn work<T>(
        &mut self,
        mut operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let Store {
            runtime,
            address,
            patience,
            session,
            migrated,
        } = self;
        let attempts = patience.attempts.max(1);
        runtime.block_on(async {
            let mut attempt = 1;
            loop {
                let all = async {
                    let session = connected(session, address, migrated).await?;
                    operation(session).await
                };
                let result = tokio::time::timeout(patience.limit, all).await;
                let fault = match result.unwrap_or(Err(Fault::Timeout)) {
                    Ok(value) => return Ok(value),
                    Err(fault) => fault,
                };
                let lost = fault.class() == Class::Lost;
                clear(session, lost).await;
                if !lost || attempt >= attempts {
                    return Err(fault.into_error(&address.to_string(), attempt));
                }
                tokio::time::sleep(patience.pause(attempt)).await;
                attempt += 1;
            }
        })
    }

    /// Does something in one transaction.
    pub(crate) fn transaction<T>(
        &mut self,
        mut operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.work(async |session| {
            session.begin().await?;
            let value = operation(session).await?;
            session.commit().await?;
            Ok(value)
        })
    }
}

async fn connected<'a>(
    session: &'a mut Option<Session>,
    address: &Address,
    migrated: &mut bool,
) -> Result<&'a mut Session, Fault> {
    let open = match session.take() {
        Some(open) => open,
        None => {
            let mut new = Session::connect(address).await?;
            new.set_up(*migrated).await?;
            *migrated = true;
            new
        }
    };
    Ok(session.insert(open))
}

/// A lost connection is dropped; any other is rolled back and kept.
async fn clear(session: &mut Option<Session>, lost: bool) {
    if lost {
        *session = None;
    } else if let Some(open) = session {
        // Fails where no transaction is open, which is what is wanted.
        let _ = open.rollback().await;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let goodbye = async { tokio::time::timeout(Duration::from_secs(5), session.close()).await };
            // A server that does not hear it notices by itself.
            let _ = self.runtime.block_on(goodbye);
        }
    }
}
