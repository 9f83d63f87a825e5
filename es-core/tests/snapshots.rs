//! Snapshots save time and nothing else.

use es_core::prelude::*;
use es_core::*;

use crate::account::*;
use crate::store::Watched;

async fn app(store: &Watched) -> App {
    App::builder(store.clone())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap()
}

/// An account with 250 records and what is then read to load it.
async fn filled() -> (Watched, App) {
    let store = Watched::default();
    let app = app(&store).await;
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    for _ in 1..250 {
        app.send("a", Deposit { amount: 1 }).await.unwrap();
    }
    (store, app)
}

async fn replace_snapshot(store: &Watched, change: impl FnOnce(&mut Snapshot)) {
    let stream = StreamName::new("account", "a");
    let mut snapshot = store.read_snapshot(&stream).await.unwrap().unwrap();
    change(&mut snapshot);
    let append = Append {
        stream,
        condition: AppendCondition::Unconditional,
        events: vec![NewEvent {
            event_id: UuidSource::default().next_id(Timestamp::now()),
            name: "account.deposited".into(),
            event_version: 1,
            payload: r#"{"amount":1}"#.into(),
        }],
        recorded_at: Timestamp::UNIX_EPOCH,
        origin: Origin::default(),
        idempotency_key: None,
        snapshot: Some(snapshot),
    };
    store.append(append).await.unwrap();
}

#[tokio::test]
async fn a_snapshot_is_taken_by_policy_and_used() {
    let (store, app) = filled().await;
    let snapshot = store
        .read_snapshot(&StreamName::new("account", "a"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(snapshot.version, Version(200));
    let before = store.records_read();
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 249);
    assert_eq!(store.records_read() - before, 50);
    // Earlier points are reached without it.
    assert_eq!(
        app.load_at::<Account>("a", Version(10))
            .await
            .unwrap()
            .balance,
        9
    );
    assert_eq!(
        app.load_at::<Account>("a", Version(210))
            .await
            .unwrap()
            .balance,
        209
    );
    assert_eq!(
        app.load_at::<Account>("a", Timestamp::MAX)
            .await
            .unwrap()
            .balance,
        249
    );
}

#[tokio::test]
async fn a_snapshot_of_another_shape_is_ignored_and_rebuilt() {
    let (store, app) = filled().await;
    replace_snapshot(&store, |snapshot| {
        snapshot.fingerprint ^= 1;
        snapshot.state = r#"{"owner":"Eve","balance":1000000,"closed":false}"#.into();
    })
    .await;
    let before = store.records_read();
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 250);
    assert_eq!(store.records_read() - before, 251);
    app.send("a", Deposit { amount: 1 }).await.unwrap();
    let rebuilt = store
        .read_snapshot(&StreamName::new("account", "a"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rebuilt.version, Version(252));
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 251);
}

#[tokio::test]
async fn a_snapshot_that_does_not_decode_is_ignored() {
    for broken in ["", "null", "{", r#"{"owner":"Ada"}"#] {
        let (store, app) = filled().await;
        replace_snapshot(&store, |snapshot| snapshot.state = broken.into()).await;
        assert_eq!(app.load::<Account>("a").await.unwrap().balance, 250);
    }
}

#[test]
fn the_fingerprint_follows_shape_rules_and_version() {
    mod shapes {
        use es_core::prelude::*;

        #[derive(Event, Clone, Debug)]
        #[event(prefix = "shape")]
        pub enum ShapeEvent {
            Drawn { sides: u32 },
        }
        #[derive(thiserror::Error, Debug)]
        #[error("never")]
        pub struct Never;

        macro_rules! shape {
            ($module:ident, $name:literal, $ty:ty, $rule:tt, $version:literal) => {
                pub mod $module {
                    use super::*;
                    #[derive(Command, Clone, Debug)]
                    pub enum ShapeCommand {
                        Draw,
                    }
                    #[derive(Aggregate, Serialize, Deserialize, Debug)]
                    #[aggregate(
                        name = $name, id = String, error = Never, commands = ShapeCommand,
                        events = ShapeEvent, created_by(Drawn), snapshot(every = 10, version = $version),
                    )]
                    pub struct Shape {
                        #[apply(Drawn $rule e.sides as $ty)]
                        pub sides: $ty,
                    }
                    #[handlers]
                    impl Shape {
                        fn draw(_: Draw) -> Result<Drawn, Never> {
                            Ok(Drawn { sides: 3 })
                        }
                    }
                }
            };
        }
        // The state stays, an event's field is new.
        pub mod other_event {
            use super::Never;
            use es_core::prelude::*;

            #[derive(Event, Clone, Debug)]
            #[event(prefix = "other_shape")]
            pub enum ShapeEvent {
                Drawn {
                    sides: u32,
                    #[serde(default)]
                    red: bool,
                },
            }
            #[derive(Command, Clone, Debug)]
            pub enum ShapeCommand {
                Draw,
            }
            #[derive(Aggregate, Serialize, Deserialize, Debug)]
            #[aggregate(
                name = "other_event", id = String, error = Never, commands = ShapeCommand,
                events = ShapeEvent, created_by(Drawn), snapshot(every = 10, version = 1),
            )]
            pub struct Shape {
                #[apply(Drawn = e.sides as u32)]
                pub sides: u32,
            }
            #[handlers]
            impl Shape {
                fn draw(_: Draw) -> Result<Drawn, Never> {
                    Ok(Drawn {
                        sides: 3,
                        red: true,
                    })
                }
            }
        }

        shape!(one, "one", u32, =, 1);
        shape!(same, "same", u32, =, 1);
        shape!(other_type, "other_type", u64, =, 1);
        shape!(other_rule, "other_rule", u32, +=, 1);
        shape!(other_version, "other_version", u32, =, 2);
    }
    use shapes::*;
    let of = [
        one::Shape::SNAPSHOTS.unwrap().fingerprint,
        other_type::Shape::SNAPSHOTS.unwrap().fingerprint,
        other_rule::Shape::SNAPSHOTS.unwrap().fingerprint,
        other_version::Shape::SNAPSHOTS.unwrap().fingerprint,
        other_event::Shape::SNAPSHOTS.unwrap().fingerprint,
    ];
    assert_eq!(of[0], same::Shape::SNAPSHOTS.unwrap().fingerprint);
    let distinct: std::collections::BTreeSet<_> = of.iter().collect();
    assert_eq!(distinct.len(), of.len(), "{of:x?}");
}
