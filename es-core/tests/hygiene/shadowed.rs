//! Modules without the prelude, or in which its names mean something else.

use es_core::{App, MemoryStore};

/// Nothing of the standard prelude is in scope.
#[no_implicit_prelude]
mod without_prelude {
    use ::core::prelude::v1::derive;
    use ::es_core::{Aggregate, AggregateId, Command, Event, handlers};

    #[derive(Event)]
    #[event(prefix = "bare")]
    pub enum BareEvent {
        Opened {
            owner: ::std::string::String,
            limit: ::core::option::Option<u64>,
        },
        Deposited {
            amount: u64,
        },
        Renamed {
            owner: ::std::string::String,
        },
        Closed,
    }

    #[derive(Command, ::core::clone::Clone)]
    pub enum BareCommand {
        Open { owner: ::std::string::String },
        Deposit { amount: u64 },
        Close {},
    }

    #[derive(AggregateId, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct BareId(::std::string::String);

    #[derive(::core::fmt::Debug)]
    pub struct Refused;

    impl ::core::fmt::Display for Refused {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            f.write_str("refused")
        }
    }

    impl ::core::error::Error for Refused {}

    #[derive(
        Aggregate, ::es_core::__private::serde::Serialize, ::es_core::__private::serde::Deserialize,
    )]
    #[aggregate(
        name = "bare", id = BareId, error = Refused,
        commands = BareCommand, events = BareEvent, created_by(Opened),
        snapshot(every = 2),
    )]
    pub struct Bare {
        #[apply(Opened = owner, Renamed => |owner, e| owner.clone_from(&e.owner))]
        owner: ::std::string::String,
        #[apply(Deposited += amount)]
        pub balance: u64,
        #[apply(Opened = limit)]
        limit: ::core::option::Option<u64>,
        closed: bool,
    }

    use ::core::clone::Clone;

    #[handlers]
    impl Bare {
        fn open(cmd: Open) -> ::core::result::Result<Opened, Refused> {
            ::core::result::Result::Ok(Opened {
                owner: cmd.owner,
                limit: ::core::option::Option::None,
            })
        }

        async fn deposit(
            this: ::core::option::Option<&Self>,
            cmd: Deposit,
        ) -> ::core::result::Result<::core::option::Option<Deposited>, <Self as Aggregate>::Error>
        {
            ::core::result::Result::Ok(this.map(|_| Deposited { amount: cmd.amount }))
        }

        #[emits(Closed)]
        fn close(&self, _: Close) -> ::core::result::Result<BareEvent, Refused> {
            if self.closed || self.limit.is_some() || self.owner.is_empty() {
                return ::core::result::Result::Err(Refused);
            }
            ::core::result::Result::Ok(BareEvent::Closed)
        }

        #[apply]
        fn closed(&mut self, _: &Closed) {
            self.closed = true;
        }
    }

    #[derive(::core::default::Default)]
    pub struct Total(pub u64);

    #[::es_core::projection(name = "bare_total")]
    impl Total {
        #[on]
        fn deposited(&mut self, e: &Deposited, _: &BareId) -> ::core::result::Result<(), Refused> {
            self.0 += e.amount;
            ::core::result::Result::Ok(())
        }
    }

    #[derive(::core::default::Default)]
    pub struct Rows;

    #[::es_core::projection(name = "bare_rows")]
    impl Rows {
        #[init]
        async fn create(tx: &mut crate::transactions::Tx<'_>) {
            tx.0.clear();
        }

        #[on]
        async fn deposited(&self, e: &Deposited, tx: &mut crate::transactions::Tx<'_>) {
            tx.0.push(e.amount);
        }
    }

    #[derive(::core::default::Default)]
    pub struct Closing;

    #[::es_core::policy(name = "bare_closing", refused = ignore)]
    impl Closing {
        #[on]
        async fn deposited(&self, _: &Deposited, id: &BareId) -> ::es_core::To<Close> {
            ::es_core::To::new(id.clone(), Close {})
        }
    }
}

/// The names of the prelude are the domain's own.
mod with_other_meanings {
    #![allow(dead_code, non_snake_case)]

    use ::std::string::String as Text;

    use ::es_core::{Aggregate, AggregateId, Command, Event, handlers};

    pub struct Result;
    pub struct Option;
    pub struct Vec;
    pub struct String;
    pub struct Box;
    pub struct Some;
    pub struct Default;
    pub trait Clone {}
    pub trait From {}
    pub trait Into {}
    pub trait Send {}
    pub fn None() {}
    pub fn Ok() {}
    pub fn Err() {}
    pub mod core {}
    pub mod std {}
    pub mod serde {}
    pub mod es_core {}

    #[derive(Event)]
    #[event(prefix = "shadow")]
    pub enum ShadowEvent {
        Opened { owner: Text },
        Deposited { amount: u64 },
        Closed,
    }

    #[derive(Command, ::core::clone::Clone)]
    pub enum ShadowCommand {
        Open { owner: Text },
        Deposit { amount: u64 },
        Close,
    }

    #[derive(AggregateId, ::core::clone::Clone, PartialEq)]
    pub struct ShadowId(::std::string::String);

    #[derive(Aggregate)]
    #[aggregate(
        name = "shadow", id = ShadowId, error = ::core::convert::Infallible,
        commands = ShadowCommand, events = ShadowEvent, created_by(Opened),
    )]
    pub struct Shadow {
        #[apply(Opened = owner)]
        owner: Text,
        #[apply(Deposited += amount)]
        pub balance: u64,
        #[apply(Closed = true)]
        closed: bool,
    }

    type Decided<T> = ::core::result::Result<T, ::core::convert::Infallible>;

    #[handlers]
    impl Shadow {
        fn open(cmd: Open) -> Decided<Opened> {
            Decided::Ok(Opened { owner: cmd.owner })
        }

        fn deposit(&self, cmd: Deposit) -> Decided<(Deposited,)> {
            Decided::Ok((Deposited { amount: cmd.amount },))
        }

        fn close(&self, _: Close, id: &ShadowId) -> Decided<::std::vec::Vec<Closed>> {
            Decided::Ok(if id.0 == self.owner {
                ::std::vec![]
            } else {
                ::std::vec![Closed]
            })
        }
    }

    #[derive(::core::default::Default)]
    pub struct Total(pub u64);

    #[::es_core::projection(name = "shadow_total")]
    impl Total {
        #[on]
        fn deposited(&mut self, e: &Deposited, _: &ShadowId) -> Decided<()> {
            self.0 += e.amount;
            Decided::Ok(())
        }
    }

    #[derive(::core::default::Default)]
    pub struct Rows;

    #[::es_core::projection(name = "shadow_rows")]
    impl Rows {
        #[on]
        async fn deposited(&self, e: &Deposited, tx: &mut crate::transactions::Tx<'_>) {
            tx.0.push(e.amount);
        }
    }

    #[::es_core::policy(name = "shadow_policy", services = Result, from = start)]
    impl Rows {
        #[on]
        async fn on_deposited(&self, _: &Deposited, _: &Result) -> [::es_core::To<Close>; 0] {
            []
        }

        #[refused]
        async fn refused(&self, _: &::es_core::RefusedCommand, _: &Result) {}
    }
}

#[tokio::test]
async fn domains_run_without_the_prelude() -> Result<(), Box<dyn std::error::Error>> {
    use with_other_meanings::{self as shadow, Shadow};
    use without_prelude::{self as bare, Bare};

    let app = App::builder(MemoryStore::new())
        .aggregate::<Bare>()
        .aggregate::<Shadow>()
        .start()
        .await?;
    app.send(
        "1",
        bare::Open {
            owner: "Ada".into(),
        },
    )
    .await?;
    app.send("1", bare::Deposit { amount: 5 }).await?;
    app.send("1", bare::Close {}).await?;
    assert_eq!(app.load::<Bare>("1").await?.balance, 5);
    app.send(
        "1",
        shadow::Open {
            owner: "Ada".into(),
        },
    )
    .await?;
    app.send("1", shadow::Deposit { amount: 5 }).await?;
    app.send("1", shadow::Close).await?;
    assert_eq!(app.load::<Shadow>("1").await?.balance, 5);
    Ok(())
}
