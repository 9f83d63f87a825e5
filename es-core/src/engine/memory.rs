//! Runs a projection in memory: from the first event at every start, then as they come.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::watch;
use tracing::{debug, warn};

use crate::engine::feed::Feed;
use crate::engine::kept::told;
use crate::engine::parking::{Attempts, set_aside};
use crate::engine::running::Running;
use crate::engine::telemetry;
use crate::handler::{ErasedInMemory, HandlerError};
use crate::store::{Detail, EventStore, Instruction, Page, ParkedStream, StoreError, StreamQuery};
use crate::stream::{Position, Version};

/// Records of a stream that are taken up at once.
const PAGE: u32 = 1024;

pub(crate) async fn run(
    running: Arc<Running>,
    projection: Arc<dyn ErasedInMemory>,
    store: Arc<dyn EventStore>,
    mut stop: watch::Receiver<bool>,
) {
    let mut feed = Feed::after(
        Arc::clone(&store),
        Arc::clone(&running.routes),
        Position::START,
    );
    loop {
        tokio::select! {
            biased;
            () = told(&mut stop, |stop| *stop) => break,
            () = running.bell.notified() => {
                if let Err(error) = take_up(&running, &*projection, &*store).await {
                    running.fails(error.to_string());
                }
            }
            page = feed.next() => match page {
                Some(Ok(page)) => {
                    running.takes(&page);
                    let begun = Instant::now();
                    handle(&running, &*projection, &page, 0);
                    telemetry::took(running.meta.name, begun.elapsed());
                    let last = end_of(&*store, &page).await;
                    running.has_handled(page.read_to, page.len(), last);
                    // Handling is never pending by itself.
                    tokio::task::consume_budget().await;
                }
                Some(Err(error)) => {
                    warn!(handler = running.meta.name, %error, "the store cannot be read; it is tried again");
                    running.fails(error.to_string());
                }
                None => break,
            },
        }
    }
    running.set_stage(crate::engine::HandlerStage::Stopped);
}

/// Where the store ends, as far as is known after a page.
pub(crate) async fn end_of(store: &dyn EventStore, page: &Page) -> Position {
    if page.more
        && let Ok(last) = store.last_position().await
    {
        return last.max(Position(page.read_to.0 + 1));
    }
    page.read_to
}

/// Handles a page; streams whose events fail are parked. There is no trying again by itself: what a
/// handler changed before it failed cannot be undone.
fn handle(running: &Running, projection: &dyn ErasedInMemory, page: &Page, before: u32) {
    let is_parked = |page: &Page, index: usize| {
        page.get(index)
            .is_some_and(|record| running.aside().holds(&record))
    };
    let mut failed = |index: usize, error: HandlerError| {
        if let Some(record) = page.get(index) {
            let key = running.key.clone();
            // Not again by itself.
            let attempts = Attempts { before, most: 0 };
            let parked = set_aside(key, record, &error, attempts, Timestamp::now());
            warn!(handler = running.meta.name, stream = %parked.stream, version = parked.version.0,
                event = parked.event, error = parked.error, "parked");
            telemetry::failed(running.meta.name, 1);
            running.aside().insert(parked);
        }
    };
    projection.handle(page, &running.routes, &is_parked, &mut failed);
}

/// Does what someone said to do with streams set aside.
async fn take_up(
    running: &Running,
    projection: &dyn ErasedInMemory,
    store: &dyn EventStore,
) -> Result<(), StoreError> {
    let due = running.aside().due(Timestamp::now());
    for (parked, how) in due {
        debug!(handler = running.meta.name, stream = %parked.stream, ?how, "taken up");
        if how != Instruction::Discard {
            go_on(running, projection, store, parked, how).await?;
        } else {
            running.aside().remove(&parked.stream);
        }
    }
    running.counts_parked();
    Ok(())
}

/// Handles what there is of a stream since it was set aside, up to where the handler is.
async fn go_on(
    running: &Running,
    projection: &dyn ErasedInMemory,
    store: &dyn EventStore,
    parked: ParkedStream,
    how: Instruction,
) -> Result<(), StoreError> {
    let end = running.state().position;
    let mut after = match how {
        Instruction::Retry => Version(parked.version.0.saturating_sub(1)),
        Instruction::Release | Instruction::Discard => parked.version,
    };
    let mut before = if how == Instruction::Retry {
        parked.attempts
    } else {
        0
    };
    running.aside().remove(&parked.stream);
    loop {
        let query = StreamQuery {
            stream: parked.stream.clone(),
            after,
            limit: PAGE,
            detail: Detail::Full,
        };
        let page = match store.read_stream(query).await {
            Ok(page) => page,
            Err(error) => {
                // Where it got to, to be tried again soon.
                running.aside().insert(ParkedStream {
                    version: after.next(),
                    attempts: 0,
                    instruction: Some(Instruction::Retry),
                    ..parked
                });
                running.bell.notify_one();
                return Err(error);
            }
        };
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.version();
        let (is_whole, more) = (last.position() <= end, page.more);
        if is_whole {
            handle(running, projection, &page, before);
        } else {
            handle(running, projection, &up_to(&page, end), before);
        }
        before = 0;
        let failed_again = running.aside().get_mut(&parked.stream).is_some();
        if failed_again || !is_whole || !more {
            return Ok(());
        }
    }
}

/// The records of a stream's page up to a position.
fn up_to(page: &Page, end: Position) -> Page {
    let mut rest = match page.last() {
        Some(last) => Page::of_stream(last.stream()),
        None => Page::new(),
    };
    for record in page.iter().take_while(|record| record.position() <= end) {
        rest.push(record.row());
    }
    rest
}
