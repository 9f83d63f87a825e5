//! Takes up streams that were set aside: those that are due, and those of which someone said what
//! to do.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::debug;

use crate::engine::kept::InHand;
use crate::engine::parking::Aside;
use crate::engine::session::Session;
use crate::store::{Detail, Instruction, Page, ParkedStream, Saved, StoreError, StreamQuery};
use crate::stream::Version;

/// Records of a stream that are taken up at once.
const PAGE: u32 = 1024;

/// Streams that are taken up between two pages.
const AT_ONCE: usize = 16;

impl Session<'_> {
    /// Takes up streams that are due, or of which someone said what to do.
    pub(crate) async fn take_up(&mut self) -> Result<Saved, StoreError> {
        let running = Arc::clone(&self.kept.running);
        let parked = self.kept.places()?.parked(&running.key).await?;
        *running.aside() = Aside::of(parked);
        let due = running.aside().due(Timestamp::now());
        self.look_at = None;
        if due.len() > AT_ONCE {
            // The rest after the next page, which is not to wait for all of them.
            self.look_at = Some(tokio::time::Instant::now() + Duration::from_millis(1));
        }
        for (parked, how) in due.into_iter().take(AT_ONCE) {
            if *self.kept.stop.borrow() {
                break;
            }
            debug!(handler = %running.key, stream = %parked.stream, ?how, "taken up");
            let saved = self.go_on(parked, how).await?;
            if saved == Saved::LeaseLost {
                return Ok(saved);
            }
        }
        running.counts_parked();
        Ok(Saved::Yes)
    }

    /// Handles what there is of a stream since it was set aside, up to where the handler is.
    async fn go_on(&mut self, parked: ParkedStream, how: Instruction) -> Result<Saved, StoreError> {
        let stream = parked.stream.clone();
        let end = self.position;
        let (mut after, mut attempts) = match how {
            Instruction::Retry => (Version(parked.version.0.saturating_sub(1)), parked.attempts),
            Instruction::Release => (parked.version, 0),
            Instruction::Discard => (Version(u64::MAX), 0),
        };
        loop {
            let page = if how == Instruction::Discard {
                Page::of_stream(stream.clone())
            } else {
                let query = StreamQuery {
                    stream: stream.clone(),
                    after,
                    limit: PAGE,
                    detail: Detail::Full,
                };
                self.kept.store.read_stream(query).await?
            };
            let records: Vec<_> = page
                .iter()
                .enumerate()
                .take_while(|(_, record)| record.position() <= end)
                .filter(|(_, record)| self.kept.running.routes.concerns(record))
                .map(|(index, _)| index)
                .collect();
            let last = page.last().map(|last| (last.version(), last.position()));
            let more = page.more && last.is_some_and(|(_, position)| position < end);
            let (mut set_aside, mut taken_up) = (Vec::new(), Vec::new());
            match last {
                // The rest follows at once; until then it stays set aside.
                Some((version, position)) if more => set_aside.push(ParkedStream {
                    version: version.next(),
                    position,
                    error: "being taken up".to_owned(),
                    attempts: 0,
                    retry_at: Some(Timestamp::now()),
                    instruction: None,
                    ..parked.clone()
                }),
                _ => taken_up.push(stream.clone()),
            }
            let saved = self
                .work(InHand {
                    page: Arc::new(page),
                    records,
                    position: end,
                    set_aside,
                    taken_up,
                    attempts,
                })
                .await?;
            let failed_again = self
                .kept
                .running
                .aside()
                .get_mut(&stream)
                .is_some_and(|parked| parked.attempts > 0);
            if saved == Saved::LeaseLost || !more || failed_again {
                return Ok(saved);
            }
            after = last.map_or(after, |(version, _)| version);
            attempts = 0;
        }
    }
}
