//! Reads a stream back: as lines of a failure's text, and to see that what was recorded is what
//! was decided.

use es_core::{
    Detail, EventCatalogue, EventStore, Page, RecordRef, StoreError, StoredEvent, StreamName,
    StreamQuery, Version,
};

use crate::report::{Report, all_shown, listed};
use crate::testable::Testable;

/// As many of the last records are shown.
const SHOWN: u64 = 20;

/// The records of a stream after a version.
async fn read(
    store: &impl EventStore,
    stream: &StreamName,
    after: Version,
) -> Result<Vec<Page>, StoreError> {
    let mut pages = Vec::new();
    let mut after = after;
    loop {
        let query = StreamQuery {
            stream: stream.clone(),
            after,
            limit: 1024,
            detail: Detail::Full,
        };
        let page = store.read_stream(query).await?;
        let Some(last) = page.last() else { break };
        after = last.version();
        let more = page.more;
        pages.push(page);
        if !more {
            break;
        }
    }
    Ok(pages)
}

fn decoded<A: Testable>(record: &RecordRef<'_>) -> Result<Vec<A::Events>, String> {
    let stored = StoredEvent {
        name: record.name(),
        version: record.event_version(),
        payload: record.payload(),
    };
    let mut events = Vec::new();
    match A::Events::decode(stored, &mut |event| events.push(event)) {
        Ok(()) => Ok(events),
        Err(error) => Err(error.to_string()),
    }
}

fn payload(record: &RecordRef<'_>) -> String {
    String::from_utf8_lossy(record.payload()).into_owned()
}

/// The stream as text, one line an event.
pub(crate) async fn told<A: Testable>(
    store: &impl EventStore,
    stream: &StreamName,
) -> Result<String, StoreError> {
    let pages = read(store, stream, Version::NONE).await?;
    let last = pages
        .last()
        .and_then(Page::last)
        .map_or(0, |record| record.version().0);
    let hidden = last.saturating_sub(SHOWN);
    let width = last.to_string().len();
    let mut text = String::new();
    if last == 0 {
        text += "nothing\n";
    }
    if hidden > 0 {
        text += &format!("… {hidden} before these\n");
    }
    for record in pages
        .iter()
        .flat_map(Page::iter)
        .filter(|record| record.version().0 > hidden)
    {
        let version = record.version().0;
        let (name, stored) = (record.name(), record.event_version());
        match decoded::<A>(&record) {
            Ok(events) if events.is_empty() => {
                text += &format!("{version:>width$}  {name} v{stored}, which reads as nothing\n");
            }
            Ok(events) => {
                for event in events {
                    text += &format!("{version:>width$}  {event:?}\n");
                }
            }
            Err(_) => {
                let payload = payload(&record);
                text += &format!("{version:>width$}  {name} v{stored} {payload}, unreadable\n");
            }
        }
    }
    Ok(text)
}

/// Why the records after a version are not read back as the events they were made of.
pub(crate) async fn not_survived<A: Testable>(
    store: &impl EventStore,
    stream: &StreamName,
    after: Version,
    decided: &[A::Events],
) -> Result<Option<Report>, StoreError> {
    let pages = read(store, stream, after).await?;
    for (record, event) in pages.iter().flat_map(Page::iter).zip(decided) {
        let event = std::slice::from_ref(event);
        let name = record.name();
        let report = match decoded::<A>(&record) {
            Ok(read) if read == event => continue,
            Ok(read) => Report::new(format!("event {name} does not survive its own encoding"))
                .diff(
                    "- as it was, + as it is read back",
                    &listed(event),
                    &listed(&read),
                ),
            Err(error) => Report::new(format!(
                "event {name} cannot be read back from its own encoding: {error}"
            ))
            .section("as it was", &all_shown(event)),
        };
        return Ok(Some(report.section("as it is stored", &payload(&record))));
    }
    Ok(None)
}
