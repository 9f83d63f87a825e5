//! Names that the macros use, or that only a raw identifier can spell.

use es_core::{App, EventCatalogue, MemoryStore};

/// Fields are called what generated code calls its own.
mod of_fields {
    use es_core::prelude::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "fields")]
    pub enum FieldsEvent {
        Made {
            state: u32,
            record: u32,
            e: u32,
            this: u32,
            self_: u32,
            inputs: u32,
            command: u32,
            event: u32,
            payload: u32,
            version: u32,
            field_0: u32,
            it: u32,
            out: u32,
            each: u32,
            r#type: u32,
            r#async: u32,
        },
        Changed {
            this: u32,
            r#type: u32,
        },
    }

    #[derive(Command, Clone, Debug)]
    pub enum FieldsCommand {
        Make {
            state: u32,
            inputs: u32,
            command: u32,
            data: u32,
            place: u32,
            it: u32,
            field_0: u32,
            r#type: u32,
        },
        Change {
            this: u32,
        },
    }

    #[derive(Aggregate, Serialize, Deserialize, Debug, PartialEq)]
    #[aggregate(
        name = "fields", id = u64, error = std::convert::Infallible,
        commands = FieldsCommand, events = FieldsEvent, created_by(Made), snapshot(every = 1),
    )]
    pub struct Fields {
        #[apply(Made = state, Changed += this)]
        pub state: u32,
        #[apply(Made = e, Changed = e.this)]
        pub e: u32,
        #[apply(Made += this, Changed => |this, e| *this += e.this)]
        pub this: u32,
        #[apply(Made = r#type, Changed = r#type)]
        pub r#type: u32,
        #[apply(Made += self_)]
        pub self_: u32,
    }

    #[handlers]
    impl Fields {
        fn r#make(command: Make) -> Result<Made, std::convert::Infallible> {
            let Make {
                state,
                inputs,
                command,
                r#type,
                ..
            } = command;
            Ok(Made {
                state,
                record: 0,
                e: command,
                this: 1,
                self_: 2,
                inputs,
                command,
                event: 0,
                payload: 0,
                version: 0,
                field_0: 0,
                it: 0,
                out: 0,
                each: 0,
                r#type,
                r#async: 0,
            })
        }

        fn r#mod(&self, this: Change) -> Result<Changed, std::convert::Infallible> {
            Ok(Changed {
                this: this.this,
                r#type: self.r#type,
            })
        }
    }

    #[derive(Default)]
    pub struct r#Fn(pub u32);

    #[projection(name = "fields_view")]
    impl r#Fn {
        #[on]
        fn r#type(&mut self, delivery: &Changed, place: &u64, argument_0: &Metadata) {
            self.0 += delivery.r#type + u32::try_from(*place).unwrap_or(0);
            self.0 += u32::try_from(argument_0.version.0).unwrap_or(0);
        }

        #[on]
        fn on(&mut self, tx: &Made) {
            self.0 += tx.e;
        }
    }

    #[policy(name = "fields_policy", services = u32)]
    impl r#Fn {
        #[on]
        fn on_changed(&self, services: &Changed, commands: &u32, e: &u64) -> es_core::To<Change> {
            Change {
                this: services.this + commands,
            }
            .to(e)
        }

        #[refused]
        fn refused(&self, delivery: &es_core::RefusedCommand, services: &u32) {
            let _ = (delivery, services);
        }
    }
}

/// Types are called what generated code calls its own, or what the framework does.
mod of_types {
    use es_core::prelude::{Aggregate, handlers};

    #[derive(es_core::Event)]
    #[event(prefix = "types")]
    pub enum Event {
        A,
        S { value: u8 },
        E,
        Applied,
        Result,
        r#Type,
    }

    #[derive(es_core::Command, Clone)]
    pub enum Command {
        C,
        Do { value: u8 },
        r#Try,
    }

    #[derive(Aggregate)]
    #[aggregate(
        name = "types", id = u64, error = std::convert::Infallible,
        commands = Command, events = Event, created_by(A), ignores(A, E, Result, Type),
    )]
    pub struct T(#[apply(S += value)] pub u8, #[apply(Applied = true)] bool);

    type Decided<T> = std::result::Result<T, std::convert::Infallible>;

    #[handlers]
    impl T {
        fn c(_: C) -> Decided<A> {
            Ok(A)
        }

        fn handle(&self, command: Do) -> Decided<(S, [Applied; 1])> {
            Ok((
                S {
                    value: command.value,
                },
                [Applied],
            ))
        }

        fn evolve(&self, _: Try) -> Decided<Vec<Event>> {
            Ok(if self.1 {
                vec![Event::E, Event::Result, Event::Type]
            } else {
                vec![]
            })
        }
    }
}

#[tokio::test]
async fn a_domain_may_use_any_name() -> Result<(), Box<dyn std::error::Error>> {
    use of_fields::{Change, Fields, Make};
    use of_types::{C, Do, T, Try};

    let app = App::builder(MemoryStore::new())
        .aggregate::<Fields>()
        .aggregate::<T>()
        .start()
        .await?;
    let make = Make {
        state: 1,
        inputs: 0,
        command: 3,
        data: 0,
        place: 0,
        it: 0,
        field_0: 0,
        r#type: 4,
    };
    app.send(7, make).await?;
    app.send(7, Change { this: 10 }).await?;
    let fields = Fields {
        state: 11,
        e: 10,
        this: 11,
        r#type: 4,
        self_: 2,
    };
    assert_eq!(app.load::<Fields>(7).await?, fields);

    app.send(7, C).await?;
    app.send(7, Do { value: 9 }).await?;
    app.send(7, of_types::Command::Try).await?;
    app.send(7, Try).await?;
    assert_eq!(app.load::<T>(7).await?.0, 9);
    Ok(())
}

#[test]
fn raw_names_are_written_without_their_prefix() {
    let names: Vec<_> = of_types::Event::EVENTS
        .iter()
        .map(|event| event.name)
        .collect();
    assert_eq!(names.last(), Some(&"types.type"));
}
