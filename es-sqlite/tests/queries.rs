//! The file can be queried with SQL.

use es_core::{EventStore, Origin, StreamName};
use es_sqlite::SqliteStore;
use es_sqlite::rusqlite::Connection;

use crate::sample::{append, events};

async fn with_events(path: &std::path::Path) -> Vec<uuid::Uuid> {
    let store = SqliteStore::open(path).await.unwrap();
    let mut ids = Vec::new();
    for time in ["2024-02-29T23:59:59.000042Z", "1969-12-31T23:59:59.999999Z"] {
        let mut append = append(&StreamName::new("account", "Zoë's\0"), events(1));
        append.recorded_at = time.parse().unwrap();
        append.origin = Origin {
            actor: Some("teller-7".to_owned()),
            correlation_id: Some("request-1".to_owned()),
            ..Origin::default()
        };
        ids.push(append.events[0].event_id);
        store.append(append).await.unwrap();
    }
    store.close().await.unwrap();
    ids
}

#[tokio::test]
async fn payloads_can_be_queried_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    with_events(&path).await;
    let connection = Connection::open(&path).unwrap();
    let (sum, name): (i64, String) = connection
        .query_row(
            "SELECT sum(json_extract(payload, '$.amount')), max(payload ->> '$.to.name') FROM events",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((sum, &*name), (84, "Zoë"));
}

#[tokio::test]
async fn the_event_log_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let ids = with_events(&path).await;
    let connection = Connection::open(&path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT event_id, recorded_at, position, category, stream_id, version, name,
                    event_version, actor, correlation_id, causation_id IS NULL, typeof(payload)
             FROM event_log ORDER BY position",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let times = ["2024-02-29T23:59:59.000042Z", "1969-12-31T23:59:59.999999Z"];
    for (number, (id, time)) in (1..).zip(ids.iter().zip(times)) {
        let row = rows.next().unwrap().unwrap();
        let text = |column: usize| row.get::<_, String>(column).unwrap();
        let integer = |column: usize| row.get::<_, i64>(column).unwrap();
        assert_eq!((text(0), text(1)), (id.to_string(), time.to_owned()));
        assert_eq!((integer(2), integer(5), integer(7)), (number, number, 1));
        assert_eq!(
            (&*text(3), &*text(4), &*text(6)),
            ("account", "Zoë's\0", "account.deposited")
        );
        assert_eq!(
            (&*text(8), &*text(9), integer(10)),
            ("teller-7", "request-1", 1)
        );
        assert_eq!(text(11), "text");
    }
    assert!(rows.next().unwrap().is_none());
}

#[tokio::test]
async fn events_are_neither_changed_nor_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    with_events(&path).await;
    let connection = Connection::open(&path).unwrap();
    for sql in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events WHERE position = 1",
    ] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("events are never"), "{error}");
    }
}
