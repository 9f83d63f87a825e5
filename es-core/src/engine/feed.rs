//! The records a handler is to see, page by page: those that are there, then those that come.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::Routes;
use crate::store::{EventStore, Page, StoreError};
use crate::stream::Position;

/// Records asked for at once.
const PAGE: u32 = 4096;

/// Pages read ahead of the handler: one is handled while the next is read.
const AHEAD: usize = 1;

/// The pause after a failure of the store; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Pages of records, read ahead.
pub(crate) struct Feed {
    pages: mpsc::Receiver<Result<Arc<Page>, StoreError>>,
    reader: JoinHandle<()>,
}

impl Feed {
    /// Begins to read after a position.
    pub(crate) fn after(
        store: Arc<dyn EventStore>,
        routes: Arc<Routes>,
        position: Position,
    ) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(read(store, routes, position, sender));
        Self { pages, reader }
    }

    /// The next page. After an error the store is asked again.
    pub(crate) async fn next(&mut self) -> Option<Result<Arc<Page>, StoreError>> {
        self.pages.recv().await
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(
    store: Arc<dyn EventStore>,
    routes: Arc<Routes>,
    mut after: Position,
    pages: mpsc::Sender<Result<Arc<Page>, StoreError>>,
) {
    let mut pause = FIRST_PAUSE;
    // The first page is sent even if it is empty: it tells that there is nothing yet.
    let mut is_at_end = false;
    loop {
        let next = async {
            if is_at_end {
                store.wait_for_news(after).await?;
            }
            store.read_all(routes.query(after, PAGE)).await
        };
        match next.await {
            Ok(page) => {
                pause = FIRST_PAUSE;
                is_at_end = !page.more;
                after = after.max(page.read_to);
                if pages.send(Ok(Arc::new(page))).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                if pages.send(Err(error)).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}
