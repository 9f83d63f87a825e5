//! What the tests append, and child processes.

use std::path::Path;
use std::process::{Command, Stdio};

use es_core::{
    AllQuery, Append, AppendCondition, EventStore, NewEvent, Origin, Position, StreamName, Version,
};
use uuid::Uuid;

pub(crate) fn stream(id: impl std::fmt::Display) -> StreamName {
    StreamName::new("account", id.to_string())
}

pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    let payload = r#"{"amount":42,"to":{"name":"Zoë"}}"#;
    let event = || NewEvent {
        event_id: Uuid::now_v7(),
        name: "account.deposited".into(),
        event_version: 1,
        payload: payload.to_owned(),
    };
    (0..count).map(|_| event()).collect()
}

pub(crate) fn append(stream: &StreamName, events: Vec<NewEvent>) -> Append {
    Append {
        stream: stream.clone(),
        condition: AppendCondition::Unconditional,
        events,
        recorded_at: jiff::Timestamp::now(),
        origin: Origin {
            actor: Some("teller-7".to_owned()),
            ..Origin::default()
        },
        idempotency_key: None,
        snapshot: None,
    }
}

pub(crate) fn append_at(stream: &StreamName, version: u64, events: Vec<NewEvent>) -> Append {
    let condition = AppendCondition::StreamAt(Version(version));
    Append {
        condition,
        ..append(stream, events)
    }
}

/// Stream, version, position and id of each record.
pub(crate) async fn everything(store: &impl EventStore) -> Vec<(StreamName, u64, Position, Uuid)> {
    let mut found = Vec::new();
    let mut after = Position::START;
    loop {
        let query = AllQuery {
            after,
            limit: 1000,
            names: es_core::NameFilter::All,
            detail: es_core::Detail::Full,
            categories: None,
        };
        let page = store.read_all(query).await.unwrap();
        found.extend(page.iter().map(|record| {
            (
                record.stream(),
                record.version().0,
                record.position(),
                record.event_id(),
            )
        }));
        after = page.read_to;
        if !page.more {
            return found;
        }
    }
}

/// This test binary again, to run one test as a process of its own, with the path it works on.
pub(crate) fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("ES_TEST_CHILD", path)
        .stdout(Stdio::piped())
        .stdin(Stdio::null());
    command
}

/// The path a child works on; `None` in the tests proper.
pub(crate) fn as_child() -> Option<std::path::PathBuf> {
    std::env::var_os("ES_TEST_CHILD").map(Into::into)
}
