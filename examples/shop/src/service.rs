//! The shop as it runs: the application over its store, started and stopped.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use es_core::prelude::*;
use es_core::{HandlerCallError, StoreError};
use es_sqlite::SqliteStore;
use shop_domain::gateway::{Gateway, InProcessGateway};

/// The shop: its application, and the store its read models are read from.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The application.
    pub app: App,
    /// The store.
    pub store: SqliteStore,
    /// How long a request for a read model waits for it to catch up.
    pub patience: Duration,
}

impl Shop {
    /// Opens the shop in this file, with the gateway in the process. `lease` is how long another
    /// process waits for the handlers of one that died.
    ///
    /// # Errors
    /// The file cannot be opened, or the application not be started.
    pub async fn open(database: &Path, lease: Duration) -> Result<Self, Box<dyn Error>> {
        Self::open_with(database, lease, Arc::new(InProcessGateway::default())).await
    }

    /// Opens the shop in this file, with another gateway.
    ///
    /// # Errors
    /// As [`Shop::open`].
    pub async fn open_with(
        database: &Path,
        lease: Duration,
        gateway: Gateway,
    ) -> Result<Self, Box<dyn Error>> {
        let store = SqliteStore::open(database).await?;
        let app = App::builder(store.clone())
            .services(gateway)
            .lease(lease)
            .discover()
            .start()
            .await?;
        Ok(Self {
            app,
            store,
            patience: Duration::from_secs(5),
        })
    }

    /// Waits until nothing follows any more from what has happened: every handler has handled every
    /// event, those included that policies brought about meanwhile, or has parked it for good.
    ///
    /// # Errors
    /// The shop was closed, or the store failed.
    pub async fn settled(&self) -> Result<(), HandlerCallError> {
        loop {
            let last = self.app.store().last_position().await?;
            for handler in self.app.registry().handlers() {
                match self.app.caught_up(handler.name, last).await {
                    Ok(()) | Err(HandlerCallError::Parked { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            let parked = self.app.parked().await?;
            if parked.iter().any(|stream| stream.retry_at.is_some()) {
                // It is tried again by itself, some time.
                tokio::time::sleep(Duration::from_millis(5)).await;
            } else if self.app.store().last_position().await? == last {
                return Ok(());
            }
        }
    }

    /// Stops the handlers, answers the commands under way, and closes the store.
    ///
    /// # Errors
    /// The store cannot be closed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.app.shutdown().await;
        self.store.close().await
    }
}
