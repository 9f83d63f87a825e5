//! The commands a policy sends.

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::aggregate::Aggregate;
use crate::app::{App, CommandError, CommandOptions};
use crate::command::{CommandMeta, Handled};
use crate::handler::{HandlerError, RefusedCommand};
use crate::id::AggregateId;
use crate::store::{BoxFuture, Receipt};
use crate::stream::StreamName;

/// A command and the aggregate it is for: `Deposit { amount: 10 }.to(id)`.
pub struct To<C: Handled> {
    id: <C::Aggregate as Aggregate>::Id,
    command: C,
}

impl<C: Handled> To<C> {
    /// `command` for the aggregate `id`.
    pub fn new(id: <C::Aggregate as Aggregate>::Id, command: C) -> Self {
        Self { id, command }
    }

    /// The aggregate's id.
    pub fn id(&self) -> &<C::Aggregate as Aggregate>::Id {
        &self.id
    }

    /// The command.
    pub fn command(&self) -> &C {
        &self.command
    }

    fn stream(&self) -> StreamName {
        StreamName::new(C::Aggregate::NAME, self.id.to_text())
    }
}

impl<C: Handled> Clone for To<C> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone(), self.command.clone())
    }
}

impl<C: Handled + PartialEq> PartialEq for To<C> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.command == other.command
    }
}

impl<C: Handled + fmt::Debug> fmt::Debug for To<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} to {}", self.command, self.stream())
    }
}

/// A command of any type on its way from a policy.
pub struct PolicyCommand {
    outgoing: Box<dyn Outgoing>,
    /// Where it stands in what the method returned: indexes of tuples and lists, from the outside.
    place: Vec<usize>,
}

trait Outgoing: Send + Sync {
    fn name(&self) -> String;
    fn target(&self) -> StreamName;
    fn as_any(&self) -> &dyn Any;
    fn send(
        self: Box<Self>,
        app: App,
        options: CommandOptions,
    ) -> BoxFuture<'static, Result<Receipt, HandlerError>>;
}

impl<C: Handled> Outgoing for To<C> {
    fn name(&self) -> String {
        format!("{}.{}", C::Aggregate::NAME, self.command.short_name())
    }

    fn target(&self) -> StreamName {
        self.stream()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn send(
        self: Box<Self>,
        app: App,
        options: CommandOptions,
    ) -> BoxFuture<'static, Result<Receipt, HandlerError>> {
        let (name, target) = (self.name(), self.stream());
        let Self { id, command } = *self;
        Box::pin(async move {
            match crate::app::send_typed(&app, id, command, options).await {
                Ok(receipt) => Ok(receipt),
                Err(CommandError::Domain(error)) => Err(HandlerError::Refused(
                    RefusedCommand::new(name, target, error),
                )),
                Err(CommandError::NotFound) => Err(HandlerError::Refused(
                    RefusedCommand::not_found(name, target),
                )),
                Err(CommandError::AlreadyExists) => Err(HandlerError::Refused(
                    RefusedCommand::already_exists(name, target),
                )),
                Err(CommandError::Conflict(conflict)) => Err(HandlerError::Conflict(conflict)),
                Err(CommandError::Store(error)) => Err(HandlerError::Store(error)),
                Err(CommandError::Replay(error)) => Err(HandlerError::Replay(error)),
                Err(CommandError::NotRegistered(error)) => {
                    Err(HandlerError::Failed(Box::new(error)))
                }
            }
        })
    }
}

impl PolicyCommand {
    /// The command's name: `account.deposit`.
    pub fn name(&self) -> String {
        self.outgoing.name()
    }

    /// The stream it is for.
    pub fn target(&self) -> StreamName {
        self.outgoing.target()
    }

    /// The command and its aggregate's id, if it is one of this type.
    pub fn downcast_ref<C: Handled>(&self) -> Option<&To<C>> {
        self.outgoing.as_any().downcast_ref()
    }

    /// Its place in what the method returned, and its name: `account.deposit` alone, `1:…` as the
    /// second of a tuple or list, `1.0:…` as the first of a list there. A part of a tuple keeps its
    /// place whether those before it are there or not.
    pub(crate) fn place(&self) -> String {
        let place: Vec<_> = self.place.iter().map(ToString::to_string).collect();
        if place.is_empty() {
            self.name()
        } else {
            format!("{}:{}", place.join("."), self.name())
        }
    }

    pub(crate) async fn send(
        self,
        app: App,
        options: CommandOptions,
    ) -> Result<Receipt, HandlerError> {
        self.outgoing.send(app, options).await
    }
}

impl fmt::Debug for PolicyCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.name(), self.target())
    }
}

impl<C: Handled> From<To<C>> for PolicyCommand {
    fn from(to: To<C>) -> Self {
        Self {
            outgoing: Box::new(to),
            place: Vec::new(),
        }
    }
}

/// Which commands a method of a policy may send, known at compile time.
#[derive(Clone, Copy, Debug)]
pub enum Sends {
    /// None.
    Nothing,
    /// One of these.
    OneOf {
        /// The aggregate they are for.
        aggregate: &'static str,
        /// The commands.
        commands: &'static [&'static CommandMeta],
    },
    /// All that these send.
    All(&'static [Sends]),
}

impl Sends {
    /// The commands' names, each once, in order of first mention.
    pub fn commands(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.collect(&mut names);
        names
    }

    fn collect(&self, names: &mut Vec<String>) {
        match self {
            Self::Nothing => {}
            Self::OneOf {
                aggregate,
                commands,
            } => {
                for command in *commands {
                    let name = command.name(aggregate);
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            Self::All(parts) => parts.iter().for_each(|part| part.collect(names)),
        }
    }
}

/// What a method of a policy returns: `To<C>`, or an `Option`, `Vec`, array, tuple or `Result` of
/// such.
#[diagnostic::on_unimplemented(
    message = "a policy's method cannot return `{Self}`",
    label = "not commands",
    note = "return `To<Command>` (`Deposit {{ amount: 10 }}.to(id)`), `()`, or an `Option`, `Vec`, array, tuple or `Result` of them"
)]
pub trait PolicyOutput {
    /// Which commands.
    const SENDS: Sends;

    /// Adds the commands at the end of `out`, in order.
    ///
    /// # Errors
    /// The handler's.
    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError>;
}

impl<C: Handled> PolicyOutput for To<C> {
    const SENDS: Sends = Sends::OneOf {
        aggregate: C::Aggregate::NAME,
        commands: C::COMMANDS,
    };

    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        out.push(self.into());
        Ok(())
    }
}

impl PolicyOutput for () {
    const SENDS: Sends = Sends::Nothing;

    fn add_to(self, _: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl<T: PolicyOutput> PolicyOutput for Option<T> {
    const SENDS: Sends = T::SENDS;

    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        self.map_or(Ok(()), |commands| commands.add_to(out))
    }
}

/// Adds the commands of a part, and says which part it is.
fn add_part(
    part: usize,
    commands: impl PolicyOutput,
    out: &mut Vec<PolicyCommand>,
) -> Result<(), HandlerError> {
    let before = out.len();
    commands.add_to(out)?;
    out.iter_mut()
        .skip(before)
        .for_each(|command| command.place.insert(0, part));
    Ok(())
}

impl<T: PolicyOutput> PolicyOutput for Vec<T> {
    const SENDS: Sends = T::SENDS;

    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        let mut parts = self.into_iter().enumerate();
        parts.try_for_each(|(part, commands)| add_part(part, commands, out))
    }
}

impl<T: PolicyOutput, const N: usize> PolicyOutput for [T; N] {
    const SENDS: Sends = T::SENDS;

    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        let mut parts = self.into_iter().enumerate();
        parts.try_for_each(|(part, commands)| add_part(part, commands, out))
    }
}

impl<T: PolicyOutput, E: Into<Box<dyn Error + Send + Sync>>> PolicyOutput for Result<T, E> {
    const SENDS: Sends = T::SENDS;

    fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
        match self {
            Ok(commands) => commands.add_to(out),
            Err(error) => Err(HandlerError::Failed(error.into())),
        }
    }
}

macro_rules! tuples {
    ($(($($T:ident)+))+) => {$(
        impl<$($T: PolicyOutput),+> PolicyOutput for ($($T,)+) {
            const SENDS: Sends = Sends::All(&[$($T::SENDS),+]);

            fn add_to(self, out: &mut Vec<PolicyCommand>) -> Result<(), HandlerError> {
                #[allow(non_snake_case)] // the type parameters' names serve for the values
                let ($($T,)+) = self;
                let mut parts = 0..;
                $(add_part(parts.next().unwrap_or_default(), $T, out)?;)+
                Ok(())
            }
        }
    )+};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
}
