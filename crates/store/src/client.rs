//! One connection with its own runtime: a synchronous face, with bounded retries.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::StoreError;
use crate::address::Address;
use crate::error::{Class, Fault};
use crate::session::Session;
use crate::store::Patience;

/// A connection that is made where there is none, and made again where it is lost.
pub(crate) struct Client {
    runtime: Runtime,
    address: Address,
    patience: Patience,
    session: Option<Session>,
    /// Whether the schema is known to be up to date.
    migrated: bool,
}

impl Client {
    pub(crate) fn new(address: Address, patience: Patience) -> Result<Client, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Client {
            runtime: runtime.map_err(|error| StoreError::Client(error.to_string()))?,
            address,
            patience,
            session: None,
            migrated: false,
        })
    }

    /// Another connection to the same database, once this one has brought the schema up to date.
    pub(crate) fn another(&self) -> Result<Client, StoreError> {
        let mut client = Client::new(self.address.clone(), self.patience.clone())?;
        client.migrated = self.migrated;
        Ok(client)
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Does something with the connection, again on a new one where the old one is lost.
    pub(crate) fn work<T>(
        &mut self,
        mut operation: impl AsyncFnMut(&mut Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let Client {
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

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let goodbye = async { tokio::time::timeout(Duration::from_secs(5), session.close()).await };
            // A server that does not hear it notices by itself.
            let _ = self.runtime.block_on(goodbye);
        }
    }
}
