//! Domains that are private, conditional, spread over modules, or made by a macro.

use es_core::{App, Command as _, Event as _, MemoryStore};

/// The framework under another name, as a crate that re-exports it has it.
mod renamed {
    pub(crate) mod framework {
        pub(crate) use es_core::*;
    }

    use es_core::prelude::{Aggregate, AggregateId, Command, Event, handlers};

    #[derive(Event)]
    #[event(prefix = "renamed", crate = crate::places::renamed::framework)]
    pub(crate) enum RenamedEvent {
        Made { by: String },
    }

    #[derive(Command, Clone)]
    #[command(crate = crate::places::renamed::framework)]
    pub(crate) enum RenamedCommand {
        Make { by: String },
    }

    #[derive(AggregateId, Clone, PartialEq)]
    #[aggregate_id(crate = crate::places::renamed::framework)]
    pub(crate) struct RenamedId(String);

    #[derive(Aggregate)]
    #[aggregate(
        crate = crate::places::renamed::framework,
        name = "renamed", id = RenamedId, error = std::convert::Infallible,
        commands = RenamedCommand, events = RenamedEvent, created_by(Made),
    )]
    pub(crate) struct Renamed {
        #[apply(Made = by)]
        pub(crate) by: String,
    }

    #[handlers(crate = crate::places::renamed::framework)]
    impl Renamed {
        fn make(cmd: Make) -> Result<Made, std::convert::Infallible> {
            Ok(Made { by: cmd.by })
        }
    }

    #[derive(Default)]
    struct View(u64);

    #[framework::projection(name = "renamed_view", crate = crate::places::renamed::framework)]
    impl View {
        #[on]
        fn made(&mut self, _: &Made, _: &RenamedId) {
            self.0 += 1;
        }
    }

    #[derive(Default)]
    struct Rows;

    #[framework::projection(name = "renamed_rows", crate = crate::places::renamed::framework)]
    impl Rows {
        #[on]
        async fn made(&self, _: &Made, tx: &mut crate::transactions::Tx<'_>) {
            tx.0.push(1);
        }
    }

    #[derive(Default)]
    struct React;

    #[framework::policy(name = "renamed_react", crate = crate::places::renamed::framework)]
    impl React {
        #[framework::on]
        fn made(&self, _: &Made) -> framework::To<Make> {
            framework::To::new(RenamedId("2".into()), Make { by: "me".into() })
        }

        #[framework::refused]
        fn refused(&self, _: &framework::RefusedCommand) {}
    }
}

/// Variants, fields, handlers and `#[apply]` methods that are not there.
mod conditional {
    use es_core::prelude::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "conditional")]
    pub enum ConditionalEvent {
        Made {
            name: String,
            #[cfg(not(test))]
            price: Price,
        },
        #[cfg(test)]
        Sold,
        #[cfg(not(test))]
        Returned { price: Price },
    }

    #[derive(Command, Clone, Debug)]
    pub enum ConditionalCommand {
        Make {
            name: String,
        },
        Sell,
        #[cfg(not(test))]
        Return {
            price: Price,
        },
    }

    #[derive(Aggregate, Debug)]
    #[aggregate(
        name = "conditional", id = String, error = std::convert::Infallible,
        commands = ConditionalCommand, events = ConditionalEvent, created_by(Made),
    )]
    pub struct Conditional {
        #[apply(Made = name)]
        pub name: String,
        #[cfg(not(test))]
        #[apply(Returned = price)]
        pub price: Price,
        #[cfg_attr(test, apply(Sold = true))]
        pub sold: bool,
    }

    #[handlers]
    impl Conditional {
        fn make(cmd: Make) -> Result<Made, std::convert::Infallible> {
            Ok(Made { name: cmd.name })
        }

        #[cfg(test)]
        fn sell(&self, _: Sell) -> Result<Sold, std::convert::Infallible> {
            Ok(Sold)
        }

        #[cfg(not(test))]
        fn sell_elsewhere(&self, _: Sell) -> Result<Sold, std::convert::Infallible> {
            Ok(Sold)
        }

        #[cfg(not(test))]
        fn returned(&self, cmd: Return) -> Result<Returned, std::convert::Infallible> {
            Ok(Returned { price: cmd.price })
        }

        #[cfg(not(test))]
        #[apply]
        fn apply_returned(&mut self, e: &Returned) {
            self.price = e.price;
        }
    }
}

/// An event and a command of modules of their own, and services from elsewhere.
mod spread {
    mod shared {
        use es_core::prelude::*;

        #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[event(name = "spread.frozen")]
        pub struct Frozen {
            pub reason: String,
        }

        #[derive(Event, Clone, Debug, PartialEq)]
        #[event(name = "spread.thawed")]
        pub struct Thawed {}

        #[derive(Command, Deserialize, Clone, Debug)]
        pub struct Freeze {
            pub reason: String,
        }
    }

    pub mod messages {
        use super::shared;
        use es_core::prelude::*;

        #[derive(Event, Clone, Debug, PartialEq)]
        #[event(prefix = "spread", derive(Eq, Hash))]
        #[serde(rename_all = "camelCase")]
        pub enum SpreadEvent {
            Made { made_by: String },
            Frozen(shared::Frozen),
            Thawed(shared::Thawed),
        }

        #[derive(Command, Clone, Debug)]
        #[serde(rename_all = "camelCase")]
        pub enum SpreadCommand {
            Make { made_by: String },
            Freeze(shared::Freeze),
        }
    }

    pub use shared::{Freeze, Frozen};

    #[derive(es_core::Aggregate)]
    #[aggregate(
        name = "spread", id = uuid::Uuid, error = std::io::Error,
        commands = messages::SpreadCommand, events = messages::SpreadEvent,
        created_by(messages::Made), services = std::sync::Mutex<Vec<String>>,
    )]
    pub enum Spread {
        Made,
        Frozen,
    }

    mod handlers {
        use super::Spread;
        use super::messages::{Made, Make};
        use super::shared::{Freeze, Frozen, Thawed};
        use std::sync::Mutex;

        #[es_core::handlers]
        impl Spread {
            fn make(cmd: Make) -> std::io::Result<Made> {
                Ok(Made {
                    made_by: cmd.made_by,
                })
            }

            fn freeze(&self, cmd: Freeze, log: &Mutex<Vec<String>>) -> std::io::Result<Frozen> {
                if let Ok(mut log) = log.lock() {
                    log.push(cmd.reason.clone());
                }
                Ok(Frozen { reason: cmd.reason })
            }

            #[apply]
            fn made(_: &Made) -> Self {
                Self::Made
            }

            #[apply]
            fn frozen(&mut self, _: &Frozen) {
                *self = Self::Frozen;
            }

            #[apply]
            fn thawed(&mut self, _: &Thawed) {
                *self = Self::Made;
            }
        }
    }
}

/// A whole domain from a macro, whose names have the macro's hygiene.
mod generated {
    macro_rules! counter {
        ($Counter:ident, $View:ident, $Rows:ident, $Event:ident, $Command:ident, $name:literal, $Amount:ty, $Services:ty, $Tx:ty) => {
            #[derive(es_core::Event)]
            #[event(prefix = $name)]
            pub enum $Event {
                Started,
                Added { amount: $Amount },
            }

            #[derive(es_core::Command, Clone)]
            pub enum $Command {
                Start,
                Add { amount: $Amount },
            }

            #[derive(es_core::Aggregate)]
            #[aggregate(
                name = $name, id = u64, error = std::convert::Infallible,
                commands = $Command, events = $Event, created_by(Started), ignores(Started),
            )]
            pub struct $Counter {
                #[apply(Added += amount)]
                pub total: $Amount,
            }

            #[derive(Default)]
            pub struct $View(pub u64);

            #[es_core::projection(name = $name)]
            impl $View {
                #[on]
                fn added(&mut self, e: &Added, id: &u64) {
                    self.0 += u64::from(e.amount) + id;
                }
            }

            #[derive(Default)]
            pub struct $Rows;

            #[es_core::projection(name = $name)]
            impl $Rows {
                #[on]
                fn added(&self, e: &Added, tx: &mut $Tx, id: &u64) {
                    tx.0.push(u64::from(e.amount) + id);
                }
            }

            #[es_core::policy(name = $name, services = $Services)]
            impl $Rows {
                #[on]
                fn react(&self, e: &Added, id: &u64, by: &$Services) -> es_core::To<Add> {
                    es_core::To::new(*id + u64::from(*by), Add { amount: e.amount })
                }
                #[refused]
                fn refused(&self, _: &es_core::RefusedCommand, by: &$Services) {
                    let _ = by;
                }
            }

            #[es_core::handlers]
            impl $Counter {
                fn start(_: Start) -> Result<Started, std::convert::Infallible> {
                    Ok(Started)
                }
                fn add(&self, cmd: Add) -> Result<Added, std::convert::Infallible> {
                    Ok(Added { amount: cmd.amount })
                }
            }
        };
    }

    counter!(
        Counter,
        CounterView,
        CounterRows,
        CounterEvent,
        CounterCommand,
        "counter",
        u64,
        u8,
        crate::transactions::Tx<'_>
    );
}

#[tokio::test]
async fn domains_run_wherever_they_are_written() -> Result<(), Box<dyn std::error::Error>> {
    // A domain within a function.
    #[derive(es_core::Event)]
    #[event(prefix = "local")]
    enum LocalEvent {
        Began { at: u8 },
    }

    #[derive(es_core::Command, Clone)]
    enum LocalCommand {
        Begin { at: u8 },
    }

    #[derive(es_core::Aggregate)]
    #[aggregate(
        name = "local", id = String, error = std::convert::Infallible,
        commands = LocalCommand, events = LocalEvent, created_by(Began),
    )]
    struct Local(#[apply(Began = at)] u8);

    #[es_core::handlers]
    impl Local {
        fn begin(cmd: Begin) -> Result<Began, std::convert::Infallible> {
            Ok(Began { at: cmd.at })
        }
    }

    use conditional::{Conditional, Sell};
    use generated::{Add, Counter, Start};
    use renamed::{Make, Renamed};
    use spread::{Freeze, Spread, messages};

    let app = App::builder(MemoryStore::new())
        .aggregate::<Local>()
        .aggregate::<Renamed>()
        .aggregate::<Conditional>()
        .aggregate::<Spread>()
        .aggregate::<Counter>()
        .services(std::sync::Mutex::new(Vec::<String>::new()))
        .start()
        .await?;
    app.send("1", Begin { at: 3 }).await?;
    assert_eq!(app.load::<Local>("1").await?.0, 3);

    app.send("1", Make { by: "Ada".into() }).await?;
    assert_eq!(app.load::<Renamed>("1").await?.by, "Ada");

    app.send(
        "1",
        conditional::Make {
            name: "lamp".into(),
        },
    )
    .await?;
    app.send("1", Sell).await?;
    let lamp = app.load::<Conditional>("1").await?;
    assert!(lamp.sold && lamp.name == "lamp");

    let id = uuid::Uuid::nil();
    app.send(
        id,
        messages::Make {
            made_by: "Ada".into(),
        },
    )
    .await?;
    app.send(
        id,
        Freeze {
            reason: "cold".into(),
        },
    )
    .await?;
    assert!(matches!(app.load::<Spread>(id).await?, Spread::Frozen));

    app.send(1, Start).await?;
    app.send(1, Add { amount: 2 }).await?;
    assert_eq!(app.load::<Counter>(1).await?.total, 2);
    Ok(())
}

#[test]
fn serde_attributes_of_the_enum_hold_for_each_struct() -> Result<(), Box<dyn std::error::Error>> {
    let made = spread::messages::Made {
        made_by: "Ada".into(),
    };
    assert_eq!(made.encode()?, r#"{"madeBy":"Ada"}"#);
    let make = spread::messages::Make::from_json(serde_json::json!({"madeBy": "Ada"}))?;
    assert_eq!(make.made_by, "Ada");
    let frozen = spread::Frozen {
        reason: "cold".into(),
    };
    assert_eq!(frozen.encode()?, r#"{"reason":"cold"}"#);
    Ok(())
}
