//! Projections: read models, kept up to date event by event.

use std::error::Error;

use crate::handler::{Delivery, Handler, HandlerError, HandlerMeta};

/// A read model. `#[projection]` on an impl block writes this, with [`InMemory`] or
/// [`Durable`](crate::Durable).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "put `#[projection(name = \"…\")]` on an impl block of it whose methods are marked `#[on]`"
)]
pub trait Projection: Sized + Send + Sync + 'static {
    /// Name, version, events.
    const META: &'static HandlerMeta;

    /// For [`AppBuilder::projection`](crate::AppBuilder::projection).
    fn into_handler(self) -> Handler;
}

/// A projection that is a Rust value: rebuilt at every start, read with
/// [`App::read`](crate::App::read).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection in memory",
    label = "cannot be read with `app.read`",
    note = "a projection whose methods take `&mut self` is in memory; one with a transaction is read with SQL"
)]
pub trait InMemory: Projection {
    /// Handles the event at this place of [`HandlerMeta::on`].
    ///
    /// # Errors
    /// The handler's, or the event cannot be read.
    fn on(&mut self, place: usize, delivery: Delivery<'_>) -> Result<(), HandlerError>;
}

/// What a method of a projection returns.
#[diagnostic::on_unimplemented(
    message = "a projection's method cannot return `{Self}`",
    label = "not `()` or `Result<(), E>`",
    note = "return nothing, or `Result<(), E>` with an `E` that is a `std::error::Error + Send + Sync`"
)]
pub trait ReactionOutput {
    /// What came of it.
    ///
    /// # Errors
    /// The handler's.
    fn into_result(self) -> Result<(), HandlerError>;
}

impl ReactionOutput for () {
    #[inline]
    fn into_result(self) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> ReactionOutput for Result<(), E> {
    #[inline]
    fn into_result(self) -> Result<(), HandlerError> {
        self.map_err(|error| HandlerError::Failed(error.into()))
    }
}
