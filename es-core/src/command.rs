//! Commands: what may be asked of an aggregate, and who handles it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aggregate::Aggregate;
use crate::context::Inputs;
use crate::decision::{Emits, Handling};
use crate::event::Listed;
use crate::handler::To;
use crate::id::IntoId;

/// What is known of a command type at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandMeta {
    /// The struct's name in snake_case: the part of the command's name after the aggregate's.
    pub short_name: &'static str,
    /// The whole name, where `#[command(name = …)]` sets it.
    pub full_name: Option<&'static str>,
    /// The doc comment.
    pub docs: &'static str,
}

impl CommandMeta {
    /// The command's name for `dispatch_json`: `account.withdraw`.
    pub fn name(&self, aggregate: &str) -> String {
        match self.full_name {
            Some(name) => name.to_owned(),
            None => format!("{aggregate}.{}", self.short_name),
        }
    }
}

/// Something that may be asked: a struct with named fields or none. It does not carry its target.
///
/// Derive it: `#[derive(Command)]` on an enum writes a struct with this trait for each variant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "not a command",
    note = "list it as a variant of an enum with `#[derive(Command)]`, or derive `Command` on the struct"
)]
pub trait Command: Clone + Send + Sync + 'static {
    /// Name and docs.
    const META: &'static CommandMeta;

    /// Reads the command from JSON. A field it does not know is an error.
    ///
    /// # Errors
    /// A field is missing, wrong or unknown; the error names it.
    fn from_json(data: Value) -> Result<Self, InvalidCommand>;
}

/// A command belongs to an enum of commands: so it is for those that `#[derive(Command)]` on the
/// enum lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command of `{Catalogue}`",
    label = "`{Catalogue}` does not list it",
    note = "add it to `{Catalogue}`: as a variant `{Self} {{ … }}`, or `{Self}({Self})` for a struct that derives `Command`"
)]
pub trait CommandOf<Catalogue>: Command {}

#[diagnostic::do_not_recommend]
impl<C: Command + Listed<S>, S> CommandOf<S> for C {}

/// JSON that is not the command it is said to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", crate::event::place(path))]
pub struct InvalidCommand {
    /// The field, as a path; `.` for the whole.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

/// A command with fields, as it is read from JSON.
#[diagnostic::on_unimplemented(
    message = "the command `{Self}` cannot be read from JSON",
    label = "needs `Deserialize`",
    note = "add it to its derives: `#[derive(Command, Deserialize, Clone)]`"
)]
pub trait CommandData: Sized {
    /// Reads a command; unknown fields, nested ones included, are errors.
    ///
    /// # Errors
    /// A field is missing, wrong or unknown.
    fn read(data: Value) -> Result<Self, InvalidCommand>;
}

#[diagnostic::do_not_recommend]
impl<C: DeserializeOwned> CommandData for C {
    fn read(data: Value) -> Result<Self, InvalidCommand> {
        read_command(data)
    }
}

fn read_command<C: DeserializeOwned>(data: Value) -> Result<C, InvalidCommand> {
    let mut unknown = None;
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(data, &mut track);
    let read = serde_ignored::deserialize(tracked, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    match (read, unknown) {
        (Ok(command), None) => Ok(command),
        (Ok(_), Some(path)) => Err(InvalidCommand {
            path,
            reason: "the command has no such field".to_owned(),
        }),
        (Err(error), unknown) => {
            let error: serde_json::Error = error;
            // A misspelt field is a missing one and an unknown one.
            let reason = match unknown {
                Some(path) => format!("{error}; and the command has no field `{path}`"),
                None => error.to_string(),
            };
            Err(InvalidCommand {
                path: track.path().to_string(),
                reason,
            })
        }
    }
}

/// Reads a command without fields: `{}` or `null`.
///
/// # Errors
/// It is anything else.
pub fn read_fieldless<C>(data: &Value, command: C) -> Result<C, InvalidCommand> {
    match data {
        Value::Null => Ok(command),
        Value::Object(fields) => match fields.keys().next() {
            None => Ok(command),
            Some(field) => Err(InvalidCommand {
                path: field.clone(),
                reason: "the command has no such field; it has none".to_owned(),
            }),
        },
        _ => Err(InvalidCommand {
            path: ".".to_owned(),
            reason: "the command has no fields: expected `{}` or `null`".to_owned(),
        }),
    }
}

/// The aggregate `Self` handles the command `C`: written by `#[handlers]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` handles no command `{C}`",
    label = "no handler for `{C}`",
    note = "add one to the `#[handlers]` block: `fn …(&self, cmd: {C}) -> Result<…, …>`, or without `self` if it creates"
)]
pub trait Handle<C>: Aggregate {
    /// Which events it can decide.
    const EMITS: Emits;

    /// Decides. `None` is an aggregate that does not exist.
    fn handle<'a>(
        state: Option<&'a Self>,
        command: C,
        inputs: Inputs<'a, Self>,
    ) -> Handling<'a, Self>;
}

/// A command, or an enum of commands, that one aggregate handles: what `App::send` takes.
#[diagnostic::on_unimplemented(
    message = "no aggregate handles `{Self}`",
    label = "not a handled command",
    note = "a command is handled by a fn in the `#[handlers]` block of its aggregate"
)]
pub trait Handled: Clone + Send + Sync + 'static {
    /// The aggregate.
    type Aggregate: Aggregate;

    /// The commands a value may be, where they are known: one for a command, all for an enum.
    const COMMANDS: &'static [&'static CommandMeta] = &[];

    /// The command's short name.
    fn short_name(&self) -> &'static str;

    /// The command for this aggregate, as a policy returns it.
    fn to(self, id: impl IntoId<<Self::Aggregate as Aggregate>::Id>) -> To<Self> {
        To::new(id.into_id(), self)
    }

    /// Decides. `None` is an aggregate that does not exist.
    fn handle<'a>(
        self,
        state: Option<&'a Self::Aggregate>,
        inputs: Inputs<'a, Self::Aggregate>,
    ) -> Handling<'a, Self::Aggregate>;
}

/// A command of a catalogue and what its handler can emit.
#[derive(Clone, Copy, Debug)]
pub struct CommandEntry {
    /// Name and docs.
    pub meta: &'static CommandMeta,
    /// Which events its handler can decide.
    pub emits: Emits,
}

/// An enum of commands.
///
/// Derive it: `#[derive(Command)]` on the enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of commands",
    note = "`commands = …` names an enum with `#[derive(Command)]`"
)]
pub trait CommandCatalogue: Sized {
    /// The commands, in the order of the enum.
    const COMMANDS: &'static [&'static CommandMeta];

    /// Which command this is.
    fn meta(&self) -> &'static CommandMeta;

    /// Reads the command at this place of [`CommandCatalogue::COMMANDS`] from JSON; `None` if
    /// there is no such place.
    fn from_json(place: usize, data: Value) -> Option<Result<Self, InvalidCommand>>;
}

/// The commands of a catalogue, each with its handler in the aggregate `A`.
///
/// Written by `#[derive(Command)]` on the catalogue, for every aggregate that handles all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of commands",
    label = "not an enum of commands",
    note = "`commands = …` names an enum with `#[derive(Command, Clone)]`"
)]
pub trait CommandSet<A: Aggregate>: CommandCatalogue + Clone + Send + Sync + 'static {
    /// The commands with what their handlers can emit, in the order of the enum.
    const HANDLERS: &'static [CommandEntry];

    /// Decides. `None` is an aggregate that does not exist.
    fn handle<'a>(self, state: Option<&'a A>, inputs: Inputs<'a, A>) -> Handling<'a, A>;
}

/// The commands of the aggregate's enum.
pub const fn commands_of<A: Aggregate>() -> &'static [&'static CommandMeta] {
    <A::Commands as CommandCatalogue>::COMMANDS
}

/// The short name of a command of the aggregate's enum.
pub fn short_name<A: Aggregate>(command: &A::Commands) -> &'static str {
    command.meta().short_name
}

/// Decides a command of the aggregate's enum.
#[inline]
pub fn handle_any<'a, A: Aggregate>(
    command: A::Commands,
    state: Option<&'a A>,
    inputs: Inputs<'a, A>,
) -> Handling<'a, A> {
    command.handle(state, inputs)
}
