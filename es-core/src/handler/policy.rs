//! Policies: they react to events with commands.

use crate::handler::{Delivery, Handler, HandlerMeta, PolicyCommand, Reaction, RefusedCommand};

/// Reacts to events with commands. `#[policy]` on an impl block writes this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "not a policy",
    note = "put `#[policy(name = \"…\")]` on an impl block of it whose methods are marked `#[on]`"
)]
pub trait Policy: Sized + Send + Sync + 'static {
    /// What its methods may call on; `()` for nothing.
    type Services: Send + Sync + 'static;

    /// Name, events, terms.
    const META: &'static HandlerMeta;

    /// For [`AppBuilder::policy`](crate::AppBuilder::policy).
    fn into_handler(self) -> Handler {
        crate::handler::policy(self)
    }

    /// Handles the event at this place of [`HandlerMeta::on`].
    fn on<'a>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        services: &'a Self::Services,
    ) -> Reaction<'a, Vec<PolicyCommand>>;

    /// Asked when a command was refused, where the policy has a `#[refused]` method.
    fn refused<'a>(
        &'a self,
        refusal: RefusedCommand,
        delivery: Delivery<'_>,
        services: &'a Self::Services,
    ) -> Reaction<'a, Vec<PolicyCommand>> {
        let _ = (delivery, services);
        Reaction::Done(Err(crate::HandlerError::Refused(refusal)))
    }
}
