//! Shutting down while a command's handler is about to send another command.

use std::convert::Infallible;
use std::future::IntoFuture;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use es_core::prelude::*;
use es_core::{MemoryStore, StoreErrorKind};
use tokio::sync::Notify;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "relay")]
pub enum RelayEvent {
    Passed,
}

#[derive(Command, Clone, Debug)]
pub enum RelayCommand {
    Pass { further: bool },
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "relay", id = String, error = Infallible, services = Next,
    commands = RelayCommand, events = RelayEvent, created_by(Passed), ignores(Passed),
)]
pub struct Relay {}

/// Where a command is passed on.
#[derive(Clone, Default)]
pub struct Next {
    app: Arc<OnceLock<App>>,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    refused_as: Arc<OnceLock<StoreErrorKind>>,
}

#[handlers]
impl Relay {
    async fn pass(_: Option<&Self>, cmd: Pass, next: &Next) -> Result<Passed, Infallible> {
        if let Some(app) = next.app.get()
            && cmd.further
        {
            next.begun.notify_one();
            next.go_on.notified().await;
            if let Err(CommandError::Store(error)) = app.send("last", Pass { further: false }).await
            {
                let _ = next.refused_as.set(error.kind());
            }
        }
        Ok(Passed)
    }
}

#[tokio::test]
async fn a_command_sent_by_a_handler_does_not_hold_up_the_shutdown() {
    let next = Next::default();
    let app = App::builder(MemoryStore::new())
        .aggregate::<Relay>()
        .services(next.clone())
        .start()
        .await
        .unwrap();
    next.app.set(app.clone()).ok().unwrap();
    let first = tokio::spawn(app.send("first", Pass { further: true }).into_future());
    next.begun.notified().await;
    let shutting_down = tokio::spawn({
        let app = app.clone();
        async move { app.shutdown().await }
    });
    // It waits for the first command now, which goes on.
    tokio::task::yield_now().await;
    next.go_on.notify_one();
    tokio::time::timeout(Duration::from_secs(20), shutting_down)
        .await
        .expect("the shutdown comes to its end")
        .unwrap();
    assert_eq!(first.await.unwrap().unwrap().version, Version(1));
    assert_eq!(next.refused_as.get(), Some(&StoreErrorKind::Closed));
}
