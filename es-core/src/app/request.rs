//! A command on its way: who asks for it, and the terms it is sent under.

use std::fmt;
use std::future::IntoFuture;

use serde_json::Value;

use super::{App, CommandError, DispatchError, dispatch, send};
use crate::aggregate::Aggregate;
use crate::command::Handled;
use crate::metadata::Origin;
use crate::store::{BoxFuture, Receipt};
use crate::stream::Version;

/// A command that is sent when it is awaited.
#[must_use = "a command is sent when its request is awaited"]
pub struct Request<C> {
    app: App,
    command: C,
    options: CommandOptions,
}

/// The terms a command is sent under.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandOptions {
    pub(crate) origin: Origin,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) expected_version: Option<Version>,
}

impl<C> Request<C> {
    pub(super) fn new(app: App, command: C) -> Self {
        Self {
            app,
            command,
            options: CommandOptions::default(),
        }
    }

    /// Who asks. Recorded with the events.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.options.origin.actor = Some(actor.into());
        self
    }

    /// Groups all that follows from one request; recorded with the events. A fresh one is made
    /// where none is given.
    pub fn correlation_id(mut self, id: impl Into<String>) -> Self {
        self.options.origin.correlation_id = Some(id.into());
        self
    }

    /// The event or message that causes this command. Recorded with the events.
    pub fn causation_id(mut self, id: impl Into<String>) -> Self {
        self.options.origin.causation_id = Some(id.into());
        self
    }

    /// Anything else to record with the events; the last value of a name counts.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options
            .origin
            .headers
            .insert(name.into(), value.into());
        self
    }

    /// Makes sending it again harmless: a command with the same key to the same aggregate is
    /// answered with the first receipt, whatever the state is by then. Refusals and decisions that
    /// wrote nothing are not remembered.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.options.idempotency_key = Some(key.into());
        self
    }

    /// Carries the command out only if the aggregate's last record is this one; else it is a
    /// conflict, which is not retried.
    pub fn expected_version(mut self, version: Version) -> Self {
        self.options.expected_version = Some(version);
        self
    }
}

/// A command of a Rust type; see [`App::send`].
pub struct TypedCommand<C: Handled> {
    id: <C::Aggregate as Aggregate>::Id,
    command: C,
}

impl<C: Handled> TypedCommand<C> {
    pub(super) fn new(id: <C::Aggregate as Aggregate>::Id, command: C) -> Self {
        Self { id, command }
    }
}

impl<C: Handled> IntoFuture for Request<TypedCommand<C>> {
    type Output = Result<Receipt, CommandError<<C::Aggregate as Aggregate>::Error>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            app,
            command: TypedCommand { id, command },
            options,
        } = self;
        Box::pin(async move { send::send_typed(&app, id, command, options).await })
    }
}

/// A command given by name and JSON; see [`App::dispatch_json`].
#[derive(Debug)]
pub struct JsonCommand {
    name: String,
    id: String,
    data: Value,
}

impl JsonCommand {
    pub(super) fn new(name: String, id: String, data: Value) -> Self {
        Self { name, id, data }
    }
}

impl IntoFuture for Request<JsonCommand> {
    type Output = Result<Receipt, DispatchError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            app,
            command: JsonCommand { name, id, data },
            options,
        } = self;
        dispatch::by_name(app, name, id, data, options)
    }
}

impl<C> fmt::Debug for Request<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
