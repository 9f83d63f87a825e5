//! What is in the store and cannot be read or applied: typed errors that name the thing.

use std::time::Duration;

use es_core::prelude::*;
use es_core::*;

use crate::account::*;
use crate::store::{Watched, put};

/// A record's name, version and payload.
type Stored<'a> = (&'a str, u32, &'a str);

async fn app_with(records: &[Stored<'_>]) -> App {
    let store = Watched::default();
    for (name, version, payload) in records {
        put(&store, "a", name, *version, payload).await;
    }
    App::builder(store)
        .aggregate::<Account>()
        .start()
        .await
        .unwrap()
}

const OPENED: Stored<'static> = ("account.opened", 1, r#"{"owner":"Ada","currency":"Eur"}"#);

async fn replay_error(records: &[Stored<'_>]) -> ReplayError {
    let app = app_with(records).await;
    let LoadError::Replay(error) = app.load::<Account>("a").await.unwrap_err() else {
        panic!("a replay error is expected")
    };
    // A command meets the same error, and nothing is recorded.
    let before = app.store().last_position().await.unwrap();
    let sent = app.send("a", Deposit { amount: 1 }).await.unwrap_err();
    assert!(matches!(sent, CommandError::Replay(again) if again == error));
    assert_eq!(app.store().last_position().await.unwrap(), before);
    error
}

#[tokio::test]
async fn what_cannot_be_replayed_is_named() {
    let max = format!(r#"{{"amount":{}}}"#, u64::MAX);
    let cases: [(Vec<Stored<'_>>, &str); 8] = [
        (
            vec![OPENED, ("account.frozen", 1, "{}")],
            "stream account/a, version 2, event account.frozen v1: no event of this name is known; an event that is no longer written must stay listed, and one that was renamed in Rust keeps its name by `#[event(name = \"…\")]`",
        ),
        (
            vec![("account.opened", 2, "not even JSON")],
            "stream account/a, version 1, event account.opened v2: it was written by newer code, which knows version 2; this code knows up to version 1: update it",
        ),
        (
            vec![OPENED, ("account.closed", 9, "{}")],
            "stream account/a, version 2, event account.closed v9: it was written by newer code, which knows version 9; this code knows up to version 1: update it",
        ),
        (
            vec![("account.opened", 0, "{}")],
            "stream account/a, version 1, event account.opened v0: version 0 cannot be read: versions begin at 1 and this code knows version 1",
        ),
        (
            vec![OPENED, ("account.deposited", 1, r#"{"amount":"1"}"#)],
            "stream account/a, version 2, event account.deposited v1: the payload does not fit: at `amount`: invalid type: string \"1\", expected u64 at line 1 column 13",
        ),
        (
            vec![("account.opened", 1, r#"{"owner":"#)],
            "stream account/a, version 1, event account.opened v1: the payload does not fit: at `owner`: EOF while parsing a value at line 1 column 9",
        ),
        (
            vec![("account.deposited", 1, r#"{"amount":1}"#)],
            "stream account/a, version 1, event account.deposited v1: the aggregate does not exist, and this event is not in its `created_by(…)`",
        ),
        (
            vec![
                OPENED,
                ("account.deposited", 1, &max),
                ("account.deposited", 1, r#"{"amount":1}"#),
            ],
            "stream account/a, version 3, event account.deposited v1: field `balance`: `+=` leaves the range of its type",
        ),
    ];
    for (records, expected) in cases {
        assert_eq!(replay_error(&records).await.to_string(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_applied_is_not_stored() {
    let max = format!(r#"{{"amount":{}}}"#, u64::MAX);
    let app = app_with(&[OPENED, ("account.deposited", 1, &max)]).await;
    let error = app.send("a", Deposit { amount: 1 }).await.unwrap_err();
    let CommandError::Replay(error) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (error.version(), error.event()),
        (Version(3), "account.deposited")
    );
    assert!(
        matches!(error.fault(), ReplayFault::Evolve(EvolveError::Overflow(rule)) if rule.field == "balance")
    );
    assert_eq!(app.history::<Account>("a").await.unwrap().len(), 2);
}

#[tokio::test]
async fn history_names_what_it_cannot_read() {
    let app = app_with(&[OPENED, ("account.frozen", 1, "{}")]).await;
    let error = app.history::<Account>("a").await.unwrap_err().to_string();
    assert!(
        error.starts_with("stream account/a, version 2, event account.frozen v1:"),
        "{error}"
    );
}

#[tokio::test]
async fn a_fieldless_event_ignores_its_payload() {
    for payload in ["{}", "null", r#"{"reason":"was here once"}"#] {
        let app = app_with(&[OPENED, ("account.closed", 1, payload)]).await;
        assert!(app.load::<Account>("a").await.unwrap().closed);
    }
}

#[tokio::test]
async fn long_streams_are_read_in_pages() {
    let store = Watched::default();
    put(&store, "a", OPENED.0, 1, OPENED.2).await;
    for _ in 0..5000 {
        put(&store, "a", "account.deposited", 1, r#"{"amount":2}"#).await;
    }
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 10_000);
    assert_eq!(
        app.load_at::<Account>("a", Version(1025))
            .await
            .unwrap()
            .balance,
        2048
    );
    assert_eq!(app.history::<Account>("a").await.unwrap().len(), 5001);
}

mod rules {
    use super::*;

    type Cents = u64;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "meter")]
    pub enum MeterEvent {
        Started { label: String },
        Ticked { by: u8 },
        Tagged { tag: String },
        Exploded,
        Waited { seconds: u64 },
        Seen,
    }

    #[derive(Command, Clone, Debug)]
    pub enum MeterCommand {
        Emit { events: Vec<String> },
    }

    #[derive(thiserror::Error, Debug)]
    #[error("never")]
    pub struct Never;

    /// A type with an operator of its own, and one that says when it is out of range.
    #[derive(Debug, Default, PartialEq, Clone)]
    pub struct Saturating(u8);
    impl std::ops::AddAssign<u8> for Saturating {
        fn add_assign(&mut self, by: u8) {
            self.0 = self.0.saturating_add(by);
        }
    }
    #[derive(Debug, Default, PartialEq, Clone)]
    pub struct Small(u8);
    impl From<u8> for Small {
        fn from(value: u8) -> Self {
            Self(value)
        }
    }
    impl CheckedAdd for Small {
        type Rhs = u8;
        fn checked_add(&self, by: u8) -> Option<Self> {
            Some(Self(self.0.checked_add(by)?)).filter(|sum| sum.0 <= 100)
        }
    }

    #[derive(Aggregate, Debug, PartialEq)]
    #[aggregate(
        name = "meter", id = u64, error = Never, commands = MeterCommand, events = MeterEvent,
        created_by(Started, Seen), ignores(Seen),
    )]
    pub struct Meter {
        #[apply(Started = e.label.to_uppercase())]
        label: String,
        #[apply(Ticked += Cents::from(e.by))]
        total: Cents,
        #[apply(Ticked += 1)]
        ticks: i32,
        #[apply(Ticked += by)]
        saturating: Saturating,
        #[apply(Ticked += by)]
        small: Small,
        #[apply(Tagged => |tags, e| tags.push(e.tag.clone()), Exploded => |tags, _| { tags[99].clear(); })]
        tags: Vec<String>,
        #[apply(Waited += Duration::from_secs(e.seconds))]
        waited: Duration,
        #[apply(Tagged |= true)]
        tagged: bool,
        #[apply(Ticked <<= 1)]
        bits: u8,
    }

    #[handlers]
    impl Meter {
        fn emit(this: Option<&Self>, cmd: Emit) -> Result<Vec<MeterEvent>, Never> {
            let _ = this;
            Ok(cmd
                .events
                .iter()
                .map(|word| match word.split_once(' ') {
                    Some(("start", label)) => Started {
                        label: label.into(),
                    }
                    .into(),
                    Some(("tick", by)) => Ticked {
                        by: by.parse().unwrap(),
                    }
                    .into(),
                    Some(("tag", tag)) => Tagged { tag: tag.into() }.into(),
                    Some(("wait", s)) => Waited {
                        seconds: s.parse().unwrap(),
                    }
                    .into(),
                    _ if word == "seen" => Seen.into(),
                    _ => Exploded.into(),
                })
                .collect())
        }
    }

    async fn after(words: &[&str]) -> Result<Meter, CommandError<Never>> {
        let app = App::builder(MemoryStore::new())
            .aggregate::<Meter>()
            .start()
            .await
            .unwrap();
        let events = words.iter().map(|word| (*word).to_owned()).collect();
        app.send(7, Emit { events }).await?;
        Ok(app.load::<Meter>(&7).await.unwrap())
    }

    #[tokio::test]
    async fn every_kind_of_rule_applies() {
        let meter = after(&["start abc", "tick 5", "tick 250", "tag x", "wait 3", "seen"]).await;
        // 5 and 250 are out of `Small`'s range together.
        assert!(matches!(meter, Err(CommandError::Replay(e)) if e.to_string().contains("`small`")));
        let meter = after(&["start abc", "tick 5", "tick 90", "tag x", "wait 3", "seen"]).await;
        assert_eq!(
            meter.unwrap(),
            Meter {
                label: "ABC".into(),
                total: 95,
                ticks: 2,
                saturating: Saturating(95),
                small: Small(95),
                tags: vec!["x".into()],
                waited: Duration::from_secs(3),
                tagged: true,
                bits: 0,
            }
        );
    }

    #[tokio::test]
    async fn an_ignored_creating_event_makes_a_default_state() {
        assert_eq!(after(&["seen"]).await.unwrap().label, "");
    }

    #[tokio::test]
    async fn a_panic_in_a_rule_is_an_error() {
        let error = after(&["start a", "boom"]).await.unwrap_err();
        let CommandError::Replay(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.event(), "meter.exploded");
        assert!(
            matches!(error.fault(), ReplayFault::Panicked(text) if text.contains("index out of bounds"))
        );
        // And so it is on replay.
        let store = MemoryStore::new();
        let put = |name: &'static str, payload: &str| NewEvent {
            event_id: UuidSource::default().next_id(Timestamp::now()),
            name: name.into(),
            event_version: 1,
            payload: payload.into(),
        };
        let append = Append {
            stream: StreamName::new("meter", "7"),
            condition: AppendCondition::Unconditional,
            events: vec![put("meter.seen", "{}"), put("meter.exploded", "{}")],
            recorded_at: Timestamp::UNIX_EPOCH,
            origin: Origin::default(),
            idempotency_key: None,
            snapshot: None,
        };
        store.append(append).await.unwrap();
        let app = App::builder(store)
            .aggregate::<Meter>()
            .start()
            .await
            .unwrap();
        let error = app.load::<Meter>(7).await.unwrap_err().to_string();
        assert!(error.starts_with("stream meter/7, version 2, event meter.exploded v1: applying it panicked: index out of bounds"), "{error}");
    }
}
