//! Generated code passes lints that a user may deny.

use es_core::{App, MemoryStore};

#[deny(warnings)]
#[deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    trivial_casts,
    unused_lifetimes,
    single_use_lifetimes,
    let_underscore_drop,
    unit_bindings,
    private_bounds,
    private_interfaces,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::dbg_macro
)]
mod strict {
    use es_core::prelude::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "strict")]
    pub(crate) enum StrictEvent {
        Made { name: String },
        Counted { amount: u64 },
        Held(Held),
        Closed,
    }

    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[event(name = "strict.held")]
    pub(crate) struct Held {
        pub(crate) why: String,
    }

    #[derive(Command, Clone, Debug)]
    pub(crate) enum StrictCommand {
        Make { name: String },
        Count { amount: u64 },
        Hold,
        Close,
    }

    #[derive(AggregateId, Clone, Debug, PartialEq)]
    pub(crate) struct StrictId(String);

    #[derive(Aggregate, Serialize, Deserialize, Debug)]
    #[aggregate(
        name = "strict", id = StrictId, error = std::convert::Infallible,
        commands = StrictCommand, events = StrictEvent, created_by(Made), ignores(Held),
        snapshot(every = 10),
    )]
    pub(crate) struct Strict {
        #[apply(Made = name)]
        name: String,
        #[apply(Counted += amount, Made = 1)]
        pub(crate) count: u64,
        #[apply(Counted => |list, e| list.push(e.amount))]
        list: Vec<u64>,
        closed: bool,
    }

    #[handlers]
    impl Strict {
        fn make(cmd: Make) -> Result<Made, std::convert::Infallible> {
            Ok(Made { name: cmd.name })
        }

        async fn count(
            &self,
            cmd: Count,
            ctx: &Context,
        ) -> Result<Option<Counted>, std::convert::Infallible> {
            std::future::ready(()).await;
            Ok(ctx
                .actor()
                .is_none()
                .then_some(Counted { amount: cmd.amount }))
        }

        fn hold(this: Option<&Self>, _: Hold) -> Result<Vec<Held>, std::convert::Infallible> {
            Ok(this
                .map(|this| Held {
                    why: this.name.clone(),
                })
                .into_iter()
                .collect())
        }

        fn close(&self, _: Close) -> Result<Option<Closed>, std::convert::Infallible> {
            Ok((!self.closed && self.list.is_empty()).then_some(Closed))
        }

        #[apply]
        fn closed(&mut self, _: &Closed) {
            self.closed = true;
        }
    }

    #[derive(Default, Debug)]
    pub(crate) struct Totals(pub(crate) u64);

    #[projection(name = "strict_totals")]
    impl Totals {
        #[on]
        fn made(&mut self, _: &Made, _: &StrictId, at: &Metadata) {
            self.0 += at.version.0;
        }

        #[on]
        fn counted(&mut self, e: &Counted) -> Result<(), std::io::Error> {
            self.0 += e.amount;
            Ok(())
        }

        #[on]
        fn closed(&self, _: &Closed) {}
    }

    #[derive(Default, Debug)]
    pub(crate) struct Rows;

    #[projection(name = "strict_rows")]
    impl Rows {
        #[init]
        fn create(tx: &mut crate::transactions::Tx<'_>) -> Result<(), std::io::Error> {
            tx.0.clear();
            Ok(())
        }

        #[on]
        async fn counted(&self, e: &Counted, tx: &mut crate::transactions::Tx<'_>) {
            std::future::ready(()).await;
            tx.0.push(e.amount);
        }

        #[on]
        fn closed(&self, _: &Closed, tx: &mut crate::transactions::Tx<'_>) {
            tx.0.push(0);
        }
    }

    #[derive(Default, Debug)]
    pub(crate) struct Closes;

    #[policy(name = "strict_closes", services = std::sync::Mutex<u8>)]
    impl Closes {
        #[on]
        fn made(&self, _: &Made, id: &StrictId) -> Option<To<Close>> {
            (id.0 == "2").then(|| Close.to(id))
        }

        #[on]
        async fn counted(
            &self,
            _: &Counted,
            id: &StrictId,
        ) -> Result<Vec<To<Close>>, std::io::Error> {
            std::future::ready(()).await;
            Ok(vec![Close.to(id)])
        }

        #[refused]
        fn refused(&self, refusal: &es_core::RefusedCommand, log: &std::sync::Mutex<u8>) {
            if let Ok(mut log) = log.lock() {
                *log += u8::from(refusal.is_not_found());
            }
        }
    }
}

/// Public items of a crate that wants all of them documented.
#[deny(warnings)]
#[deny(missing_docs, missing_debug_implementations)]
#[allow(unreachable_pub)]
pub mod documented {
    use es_core::prelude::*;

    /// What happens.
    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "documented")]
    pub enum DocumentedEvent {
        /// It was made.
        Made {
            /// Its name.
            name: String,
        },
    }

    /// What may be asked.
    #[derive(Command, Clone, Debug)]
    pub enum DocumentedCommand {
        /// Makes it.
        Make {
            /// Its name.
            name: String,
        },
    }

    /// It.
    #[derive(Aggregate, Debug)]
    #[aggregate(
        name = "documented", id = String, error = std::convert::Infallible,
        commands = DocumentedCommand, events = DocumentedEvent, created_by(Made),
    )]
    pub struct Documented {
        /// Its name.
        #[apply(Made = name)]
        pub name: String,
    }

    #[handlers]
    impl Documented {
        fn make(cmd: Make) -> Result<Made, std::convert::Infallible> {
            Ok(Made { name: cmd.name })
        }
    }

    /// All names.
    #[derive(Default, Debug)]
    pub struct Names(Vec<String>);

    #[projection(name = "documented_names")]
    impl Names {
        /// Keeps the name.
        #[on]
        pub fn made(&mut self, e: &Made) {
            self.0.push(e.name.clone());
        }
    }

    /// Makes another.
    #[derive(Default, Debug)]
    pub struct Again;

    #[policy(name = "documented_again")]
    impl Again {
        #[on]
        fn made(&self, e: &Made) -> es_core::To<Make> {
            Make {
                name: e.name.clone(),
            }
            .to("2")
        }
    }
}

#[tokio::test]
async fn a_strict_domain_runs() -> Result<(), Box<dyn std::error::Error>> {
    use documented::Documented;
    use strict::{Close, Count, Hold, Make, Strict};

    let app = App::builder(MemoryStore::new())
        .aggregate::<Strict>()
        .aggregate::<Documented>()
        .start()
        .await?;
    app.send("1", Make { name: "Ada".into() }).await?;
    app.send("1", Count { amount: 4 }).await?;
    app.send("1", Hold).await?;
    app.send("1", Close).await?;
    assert_eq!(app.load::<Strict>("1").await?.count, 5);
    app.send("1", documented::Make { name: "Ada".into() })
        .await?;
    assert_eq!(app.load::<Documented>("1").await?.name, "Ada");
    Ok(())
}

#[test]
fn strict_handlers_handle() -> Result<(), es_core::HandlerError> {
    use es_core::{Durable, InMemory, Policy, Reaction};
    use strict::{Closes, Rows, Totals};

    let mut totals = Totals::default();
    let page = crate::transactions::page("strict.counted", r#"{"amount":4}"#);
    totals.on(1, crate::transactions::delivery(&page))?;
    assert_eq!(totals.0, 4);

    let mut rows = vec![1];
    let mut tx = crate::transactions::Tx(&mut rows);
    assert!(matches!(Rows.init(&mut tx), Reaction::Done(Ok(()))));
    let page = crate::transactions::page("strict.closed", "{}");
    assert!(matches!(
        Durable::on(&Rows, 1, crate::transactions::delivery(&page), &mut tx),
        Reaction::Done(Ok(()))
    ));
    assert_eq!(rows, [0]);

    let page = crate::transactions::page("strict.made", r#"{"name":"Ada"}"#);
    let log = std::sync::Mutex::new(0);
    let made = Policy::on(&Closes, 0, crate::transactions::delivery(&page), &log);
    assert!(matches!(made, Reaction::Done(Ok(commands)) if commands.len() == 1));
    Ok(())
}
