//! Loads aggregates from the store: a snapshot where there is a usable one, then the records.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tracing::{Instrument, debug, debug_span};

use crate::aggregate::Aggregate;
use crate::app::LoadError;
use crate::replay::{Progress, Until};
use crate::store::{Detail, EventStore, Page, StoreError, StreamQuery};
use crate::stream::{StreamName, Version};

/// Records asked for at first: most streams are short.
const FIRST_PAGE: u32 = 128;
/// Records asked for when a stream turns out long.
const NEXT_PAGES: u32 = 1024;

/// The state of `A` in a stream.
pub(crate) async fn load<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamName,
    until: Until,
) -> Result<Progress<A>, LoadError> {
    let span = debug_span!("load", %stream);
    async {
        let mut progress = from_snapshot::<A>(store, stream, until).await?;
        let mut page = read(store, stream, progress.version, FIRST_PAGE).await?;
        while let Some(last) = page.last() {
            if !page.more {
                progress.replay(&page, until)?;
                break;
            }
            // The store reads on while this page is applied.
            let mut next = pin!(read(store, stream, last.version(), NEXT_PAGES));
            let mut read_ahead = None;
            poll_fn(|context| {
                if let Poll::Ready(result) = next.as_mut().poll(context) {
                    read_ahead = Some(result);
                }
                Poll::Ready(())
            })
            .await;
            if progress.replay(&page, until)? {
                break;
            }
            page = match read_ahead {
                Some(result) => result?,
                None => next.await?,
            };
        }
        debug!(version = progress.version.0, "loaded");
        Ok(progress)
    }
    .instrument(span)
    .await
}

async fn read(
    store: &dyn EventStore,
    stream: &StreamName,
    after: Version,
    limit: u32,
) -> Result<Page, StoreError> {
    let query = StreamQuery {
        stream: stream.clone(),
        after,
        limit,
        detail: Detail::Replay,
    };
    store.read_stream(query).await
}

/// Begins at the last snapshot if it is usable for this; else at the beginning.
async fn from_snapshot<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamName,
    until: Until,
) -> Result<Progress<A>, LoadError> {
    let Some(policy) = A::SNAPSHOTS else {
        return Ok(Progress::default());
    };
    let reach = match until {
        Until::End => Version(u64::MAX),
        Until::Version(version) => version,
        // A snapshot does not know the time of its last record.
        Until::Time(_) => return Ok(Progress::default()),
    };
    let Some(snapshot) = store.read_snapshot(stream).await? else {
        return Ok(Progress::default());
    };
    if snapshot.version > reach {
        return Ok(Progress::default());
    }
    if snapshot.fingerprint != policy.fingerprint {
        debug!(
            version = snapshot.version.0,
            "snapshot of another shape ignored"
        );
        return Ok(Progress::default());
    }
    let Some(state) = (policy.read)(&snapshot.state) else {
        debug!(
            version = snapshot.version.0,
            "snapshot that does not decode ignored"
        );
        return Ok(Progress::default());
    };
    Ok(Progress {
        state: Some(state),
        version: snapshot.version,
        snapshot: snapshot.version,
    })
}
