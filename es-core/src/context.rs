//! What a command handler sees beside the command and the state.

use jiff::Timestamp;

use crate::aggregate::Aggregate;
use crate::metadata::Origin;

/// Time, actor and correlation of the command: the only clock a handler sees.
#[derive(Clone, Debug)]
pub struct Context {
    now: Timestamp,
    origin: Origin,
}

impl Context {
    /// A context, for calling handlers by hand.
    pub fn new(now: Timestamp, origin: Origin) -> Self {
        Self { now, origin }
    }

    /// When the command is decided; its events are recorded with this time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who asked.
    pub fn actor(&self) -> Option<&str> {
        self.origin.actor.as_deref()
    }

    /// Groups all that follows from one request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.origin.correlation_id.as_deref()
    }

    /// The event or message that caused the command.
    pub fn causation_id(&self) -> Option<&str> {
        self.origin.causation_id.as_deref()
    }

    /// A header that was given with the command.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.origin.headers.get(name).map(String::as_str)
    }

    /// All that will be recorded of why and by whom.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn into_origin(self) -> Origin {
        self.origin
    }
}

/// What a handler's arguments are taken from.
#[derive(Debug)]
pub struct Inputs<'a, A: Aggregate> {
    /// The aggregate's id.
    pub id: &'a A::Id,
    /// Time, actor, correlation.
    pub context: &'a Context,
    /// What `#[aggregate(services = …)]` asks for.
    pub services: &'a A::Services,
}

impl<A: Aggregate> Clone for Inputs<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Aggregate> Copy for Inputs<'_, A> {}

/// What a command handler of `A` may ask for after the command.
#[diagnostic::on_unimplemented(
    message = "a command handler of `{A}` cannot ask for `{Self}`",
    label = "not an argument of a handler",
    note = "after the command a handler may take its id `&<Id>`, `&Context`, and `&S` where the aggregate says `#[aggregate(services = S)]`"
)]
pub trait HandlerArgument<'a, A: Aggregate> {
    /// The argument.
    fn from_inputs(inputs: &Inputs<'a, A>) -> Self;
}

impl<'a, A: Aggregate> HandlerArgument<'a, A> for &'a Context {
    #[inline]
    fn from_inputs(inputs: &Inputs<'a, A>) -> Self {
        inputs.context
    }
}
