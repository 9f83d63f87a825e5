//! What an application is made of: aggregates, their commands and events, sorted by name.

use std::any::TypeId;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::aggregate::Aggregate;
use crate::app::{App, CommandOptions, DispatchError, StartProblem};
use crate::command::{CommandEntry, CommandSet};
use crate::event::{EventCatalogue, EventMeta};
use crate::handler::HandlerMeta;
use crate::store::{BoxFuture, Receipt};

/// An aggregate as the registry knows it: names and functions, no type parameters.
///
/// `#[derive(Aggregate)]` submits one for `discover()`.
#[derive(Clone, Copy, Debug)]
pub struct AggregateEntry {
    /// The aggregate's name.
    pub name: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// Its commands, with the events each can emit.
    pub commands: &'static [CommandEntry],
    /// Its events.
    pub events: &'static [&'static EventMeta],
    /// Events that are no longer written, and still read.
    pub retired: &'static [&'static EventMeta],
    /// The events that bring it into being.
    pub created_by: &'static [&'static EventMeta],
    pub(crate) type_id: fn() -> TypeId,
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) id: fn() -> (TypeId, &'static str),
    pub(crate) services: fn() -> (TypeId, &'static str),
    pub(crate) dispatch: Dispatch,
}

type Dispatch = fn(
    App,
    usize,
    String,
    Value,
    CommandOptions,
) -> BoxFuture<'static, Result<Receipt, DispatchError>>;

impl AggregateEntry {
    /// The entry of `A`.
    pub const fn of<A: Aggregate>() -> Self {
        Self {
            name: A::NAME,
            docs: A::DOCS,
            commands: <A::Commands as CommandSet<A>>::HANDLERS,
            events: <A::Events as EventCatalogue>::EVENTS,
            retired: <A::Events as EventCatalogue>::RETIRED,
            created_by: A::CREATED_BY,
            type_id: TypeId::of::<A>,
            type_name: std::any::type_name::<A>,
            id: || (TypeId::of::<A::Id>(), std::any::type_name::<A::Id>()),
            services: || {
                (
                    TypeId::of::<A::Services>(),
                    std::any::type_name::<A::Services>(),
                )
            },
            dispatch: |app, place, id, data, options| {
                Box::pin(crate::app::dispatch::<A>(app, place, id, data, options))
            },
        }
    }

    /// The Rust type.
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(AggregateEntry);

/// The aggregates of an application and its event handlers, by name.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    aggregates: BTreeMap<&'static str, AggregateEntry>,
    commands: BTreeMap<String, (&'static str, usize)>,
    handlers: BTreeMap<&'static str, &'static HandlerMeta>,
}

impl Registry {
    /// Checks that names are told apart, and sorts.
    pub(crate) fn new(entries: Vec<AggregateEntry>, problems: &mut Vec<StartProblem>) -> Self {
        let mut registry = Self::default();
        let mut events: BTreeMap<&'static str, &'static EventMeta> = BTreeMap::new();
        for entry in entries {
            if let Some(known) = registry.aggregates.get(entry.name) {
                // The same aggregate may be both discovered and named.
                if (known.type_id)() != (entry.type_id)() {
                    problems.push(StartProblem::DuplicateAggregate {
                        name: entry.name,
                        first: known.type_name(),
                        second: entry.type_name(),
                    });
                }
                continue;
            }
            for (place, command) in entry.commands.iter().enumerate() {
                let name = command.meta.name(entry.name);
                if let Some((first, _)) = registry.commands.get(&name) {
                    problems.push(StartProblem::DuplicateCommand {
                        name,
                        first,
                        second: entry.name,
                    });
                } else {
                    registry.commands.insert(name, (entry.name, place));
                }
            }
            for event in entry.events.iter().chain(entry.retired) {
                for name in [&event.name].into_iter().chain(event.aliases) {
                    match events.insert(name, event) {
                        // An event may be shared between aggregates.
                        Some(known) if known.type_path != event.type_path => {
                            problems.push(StartProblem::DuplicateEvent {
                                name,
                                first: known.type_path,
                                second: event.type_path,
                            });
                        }
                        _ => {}
                    }
                }
            }
            registry.aggregates.insert(entry.name, entry);
        }
        registry
    }

    /// The aggregates, sorted by name.
    pub fn aggregates(&self) -> impl Iterator<Item = &AggregateEntry> {
        self.aggregates.values()
    }

    /// The projections and policies, sorted by name.
    pub fn handlers(&self) -> impl Iterator<Item = &'static HandlerMeta> {
        self.handlers.values().copied()
    }

    pub(crate) fn add_handlers(&mut self, handlers: impl Iterator<Item = &'static HandlerMeta>) {
        self.handlers.extend(handlers.map(|meta| (meta.name, meta)));
    }

    /// The names of all commands, sorted.
    pub fn command_names(&self) -> impl Iterator<Item = &str> {
        self.commands.keys().map(String::as_str)
    }

    /// The aggregate and the command of this name.
    pub fn command(&self, name: &str) -> Option<(&AggregateEntry, &CommandEntry)> {
        let (aggregate, place) = self.find(name)?;
        Some((aggregate, aggregate.commands.get(place)?))
    }

    pub(crate) fn find(&self, command: &str) -> Option<(&AggregateEntry, usize)> {
        let (aggregate, place) = self.commands.get(command)?;
        Some((self.aggregates.get(aggregate)?, *place))
    }

    pub(crate) fn knows<A: Aggregate>(&self) -> bool {
        self.aggregates
            .get(A::NAME)
            .is_some_and(|entry| (entry.type_id)() == TypeId::of::<A>())
    }

    /// The command name nearest to one that does not exist.
    pub(crate) fn similar(&self, name: &str) -> Option<String> {
        let without_aggregate = |known: &&str| {
            known
                .rsplit_once('.')
                .is_some_and(|(_, short)| short == name)
        };
        if let Some(known) = self.command_names().find(without_aggregate) {
            return Some(known.to_owned());
        }
        self.command_names()
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(similarity, _)| *similarity > 0.8)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, known)| known.to_owned())
    }
}
