//! What the tests put into the store by hand, and a store that can be told to fail.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use es_core::*;
use uuid::Uuid;

/// Appends a record as an older, newer or broken program would have.
pub async fn put(store: &dyn EventStore, id: &str, name: &str, version: u32, payload: &str) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let event_id = Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)));
    let append = Append {
        stream: StreamName::new("account", id),
        condition: AppendCondition::Unconditional,
        events: vec![NewEvent {
            event_id,
            name: name.to_owned().into(),
            event_version: version,
            payload: payload.to_owned(),
        }],
        recorded_at: Timestamp::UNIX_EPOCH,
        origin: Origin::default(),
        idempotency_key: None,
        snapshot: None,
    };
    store.append(append).await.unwrap();
}

/// An in-memory store shared between two applications, which counts what is read and can let
/// someone else write first.
#[derive(Clone, Default)]
pub struct Watched(Arc<Inner>);

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    records_read: AtomicU64,
    intrusions: AtomicU32,
    before_next_read: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Watched {
    /// How many records were read from streams.
    pub fn records_read(&self) -> u64 {
        self.0.records_read.load(Ordering::SeqCst)
    }

    /// Lets this happen before the next stream is read.
    pub fn before_next_read(&self, happens: impl Future<Output = ()> + Send + 'static) {
        *self.0.before_next_read.lock().unwrap() = Some(Box::pin(happens));
    }

    /// Before each of the next `times` appends, somebody else deposits 1 into the same account.
    pub fn intrude(&self, times: u32) {
        self.0.intrusions.store(times, Ordering::SeqCst);
    }
}

impl EventStore for Watched {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async move {
            let intrude = |n: u32| n.checked_sub(1);
            if self
                .0
                .intrusions
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, intrude)
                .is_ok()
            {
                put(
                    &self.0.store,
                    append.stream.id(),
                    "account.deposited",
                    1,
                    r#"{"amount":1}"#,
                )
                .await;
            }
            self.0.store.append(append).await
        })
    }

    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>> {
        self.0.store.find_receipt(stream, key)
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move {
            let happens = self.0.before_next_read.lock().unwrap().take();
            if let Some(happens) = happens {
                happens.await;
            }
            let page = self.0.store.read_stream(query).await?;
            self.0
                .records_read
                .fetch_add(page.len() as u64, Ordering::SeqCst);
            Ok(page)
        })
    }

    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.0.store.read_all(query)
    }

    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        self.0.store.read_snapshot(stream)
    }

    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        self.0.store.last_position()
    }

    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>> {
        self.0.store.wait_for_news(position)
    }
}
