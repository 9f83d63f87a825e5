//! What an application is made of, and why it does not start.

use es_core::prelude::*;
use es_core::*;

use crate::account::*;

#[tokio::test]
async fn discovered_and_named_are_the_same() {
    let discovered = App::builder(MemoryStore::new())
        .discover()
        .services(crate::handlers::Price(1));
    let discovered = discovered.start().await.unwrap();
    let names: Vec<_> = discovered.registry().aggregates().map(|a| a.name).collect();
    assert!(names.is_sorted() && names.contains(&"account"), "{names:?}");

    let named = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .aggregate::<Account>();
    let named = named.start().await.unwrap();
    let of = |app: &App| {
        let entry = app
            .registry()
            .aggregates()
            .find(|a| a.name == "account")
            .copied()
            .unwrap();
        format!(
            "{:?} {:?} {:?}",
            entry.commands, entry.events, entry.created_by
        )
    };
    assert_eq!(of(&discovered), of(&named));
    assert_eq!(
        named.registry().command_names().collect::<Vec<_>>(),
        [
            "account.close",
            "account.deposit",
            "account.open",
            "account.withdraw"
        ]
    );
}

#[tokio::test]
async fn the_registry_knows_which_command_emits_what() {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    let emits = |command| {
        let (_, entry) = app.registry().command(command).unwrap();
        entry
            .emits
            .events()
            .iter()
            .map(|event| event.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(emits("account.open"), ["account.opened"]);
    assert_eq!(emits("account.close"), ["account.closed"]);
    let (aggregate, _) = app.registry().command("account.open").unwrap();
    assert_eq!(aggregate.docs, "");
    assert_eq!(aggregate.events[0].docs, "An account was opened.");
    assert_eq!(aggregate.created_by[0].name, "account.opened");
    assert!(app.registry().command("account.nothing").is_none());
}

#[tokio::test]
async fn an_aggregate_that_is_not_part_of_the_app_is_named() {
    let app = App::builder(MemoryStore::new()).start().await.unwrap();
    let error = app.send("a", Close).await.unwrap_err().to_string();
    assert!(error.starts_with("aggregate account is not part of this App: add `.aggregate::<"));
    assert!(matches!(
        app.load::<Account>("a").await,
        Err(LoadError::NotRegistered(_))
    ));
    assert!(matches!(
        app.history::<Account>("a").await,
        Err(LoadError::NotRegistered(_))
    ));
}

mod rival {
    use super::*;

    #[derive(Event, Clone, Debug)]
    #[event(prefix = "account")]
    pub enum RivalEvent {
        Opened { by: String },
    }
    #[derive(Command, Clone, Debug)]
    pub enum RivalCommand {
        #[command(name = "account.close")]
        Shut,
    }
    #[derive(thiserror::Error, Debug)]
    #[error("never")]
    pub struct Never;
    /// Services of a type that is given to no app here.
    pub struct Oracle;

    // Not linked into `discover()`: it is only built where no two apps meet.
    #[derive(Debug)]
    pub struct Rival;
    impl Evolve<Opened> for Rival {
        fn evolve(state: &mut Option<Self>, _: &Opened) -> Result<(), EvolveError> {
            *state = Some(Rival);
            Ok(())
        }
    }
    impl Handle<Shut> for Rival {
        const EMITS: Emits = Emits::Nothing;
        fn handle<'a>(_: Option<&'a Self>, _: Shut, _: Inputs<'a, Self>) -> Handling<'a, Self> {
            Handling::Nothing
        }
    }
    /// Written by hand, as the documentation of the traits allows.
    impl Aggregate for Rival {
        type Id = String;
        type Error = Never;
        type Commands = RivalCommand;
        type Events = RivalEvent;
        type Services = Oracle;
        const NAME: &'static str = "account";
        const DOCS: &'static str = "";
        const CREATED_BY: &'static [&'static EventMeta] = &[];
        const SNAPSHOTS: Option<SnapshotPolicy<Self>> = None;
    }

    #[derive(Debug)]
    pub struct Other;
    impl Evolve<Opened> for Other {
        fn evolve(_: &mut Option<Self>, _: &Opened) -> Result<(), EvolveError> {
            Ok(())
        }
    }
    impl Handle<Shut> for Other {
        const EMITS: Emits = Emits::Nothing;
        fn handle<'a>(_: Option<&'a Self>, _: Shut, _: Inputs<'a, Self>) -> Handling<'a, Self> {
            Handling::Nothing
        }
    }
    impl Aggregate for Other {
        type Id = String;
        type Error = Never;
        type Commands = RivalCommand;
        type Events = RivalEvent;
        type Services = Oracle;
        const NAME: &'static str = "other";
        const DOCS: &'static str = "";
        const CREATED_BY: &'static [&'static EventMeta] = &[];
        const SNAPSHOTS: Option<SnapshotPolicy<Self>> = None;
    }
}

#[tokio::test]
async fn all_reasons_not_to_start_are_told_at_once() {
    let error = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .aggregate::<rival::Rival>()
        .aggregate::<rival::Other>()
        .start()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the application cannot start:\n\
         - aggregates `main::account::Account` and `main::registry::rival::Rival` are both named account: rename one\n\
         - aggregates account and other both have a command named account.close: give one `#[command(name = …)]`\n\
         - events `main::account::Opened` and `main::registry::rival::Opened` are both named account.opened: give one `#[event(name = …)]`\n\
         - aggregate other needs services of type `main::registry::rival::Oracle`: give them with `.services(…)`"
    );
    assert_eq!(error.problems.len(), 4);
}
