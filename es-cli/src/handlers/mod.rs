//! The commands on the event handlers of a store.

mod forget;
mod list;
mod table;
mod watch;

use crate::arguments::{Handlers, HandlersCommand};
use crate::store::{self, Error};

/// Runs a command on handlers.
///
/// # Errors
/// The store cannot be read, or has no such handler.
pub fn run(arguments: Handlers) -> Result<(), Error> {
    if let Some(HandlersCommand::Forget(forget)) = arguments.command {
        return store::with(&forget.store, async |store| {
            forget::forget(store, &forget).await
        });
    }
    let file = arguments.store.ok_or(Error::NoStore)?;
    store::with(&file, async |store| {
        if arguments.watch {
            watch::watch(store).await?;
        }
        list::list(store, arguments.format).await
    })
}
