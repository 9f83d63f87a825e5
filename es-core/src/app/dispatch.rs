//! Commands by name: from JSON to the aggregate that handles them.

use std::future::ready;

use serde_json::Value;

use super::send::{self, OfSet};
use super::{App, CommandOptions, DispatchError};
use crate::aggregate::Aggregate;
use crate::command::{CommandCatalogue, CommandSet};
use crate::id::AggregateId;
use crate::store::{BoxFuture, Receipt};
use crate::stream::StreamName;

/// Looks the command up and sends it.
pub(super) fn by_name(
    app: App,
    name: String,
    id: String,
    data: Value,
    options: CommandOptions,
) -> BoxFuture<'static, Result<Receipt, DispatchError>> {
    let found = app
        .registry()
        .find(&name)
        .map(|(aggregate, place)| (aggregate.dispatch, place));
    match found {
        Some((dispatch, place)) => dispatch(app, place, id, data, options),
        None => {
            let similar = app.registry().similar(&name);
            Box::pin(ready(Err(DispatchError::UnknownCommand { name, similar })))
        }
    }
}

/// Reads id and data of the command at this place of the aggregate's commands, and sends it.
pub(crate) async fn dispatch<A: Aggregate>(
    app: App,
    place: usize,
    id: String,
    data: Value,
    options: CommandOptions,
) -> Result<Receipt, DispatchError> {
    let name = <A::Commands as CommandSet<A>>::HANDLERS
        .get(place)
        .map(|command| command.meta.name(A::NAME))
        .unwrap_or_default();
    let id = match A::Id::from_text(&id) {
        Ok(id) => id,
        Err(source) => {
            return Err(DispatchError::InvalidId {
                command: name,
                source,
            });
        }
    };
    let command = match A::Commands::from_json(place, data) {
        Some(Ok(command)) => command,
        Some(Err(source)) => {
            return Err(DispatchError::InvalidData {
                command: name,
                source,
            });
        }
        // The registry counts the same list of commands.
        None => {
            return Err(DispatchError::UnknownCommand {
                name,
                similar: None,
            });
        }
    };
    let stream = StreamName::new(A::NAME, id.to_text());
    send::send::<A, _>(&app, id, OfSet(command), options)
        .await
        .map_err(|error| DispatchError::of(error, name, stream))
}
