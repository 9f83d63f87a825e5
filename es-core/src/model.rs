//! The application as a map: commands lead to events, events to projections and policies, policies
//! to commands. All of it is in the types already.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::handler::{HandlerKind, HandlerMeta};
use crate::registry::{AggregateEntry, Registry};

/// How commands, events and handlers lead to each other.
///
/// It is exact: which events a command may record and which commands a policy may send is read from
/// the signatures of the handlers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventModel {
    /// The aggregates, by name.
    pub aggregates: Vec<AggregateModel>,
    /// The projections and policies, by name.
    pub handlers: Vec<HandlerModel>,
}

/// An aggregate of an [`EventModel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateModel {
    /// The name.
    pub name: String,
    /// The doc comment.
    pub docs: String,
    /// The commands it handles.
    pub commands: Vec<CommandModel>,
    /// The events it records, and those it recorded once.
    pub events: Vec<StoredEventModel>,
}

/// A command of an [`EventModel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandModel {
    /// The name.
    pub name: String,
    /// The doc comment.
    pub docs: String,
    /// The events it may record.
    pub emits: Vec<String>,
}

/// An event of an [`EventModel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEventModel {
    /// The name on the wire.
    pub name: String,
    /// The version that is written.
    pub version: u32,
    /// The doc comment.
    pub docs: String,
    /// What it reads as, if it is no longer written.
    pub retired_into: Option<Vec<String>>,
}

/// A projection or a policy of an [`EventModel`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerModel {
    /// The name.
    pub name: String,
    /// `projection` or `policy`.
    pub kind: String,
    /// The version of a projection; 1 for a policy.
    pub version: u32,
    /// The doc comment.
    pub docs: String,
    /// What it does on which event.
    pub on: Vec<ReactionModel>,
    /// The commands it may send when one of its commands is refused.
    pub sends_when_refused: Vec<String>,
}

/// What a handler does on an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionModel {
    /// The event.
    pub event: String,
    /// The commands it may send.
    pub sends: Vec<String>,
}

impl EventModel {
    /// The model of a registry.
    pub fn of(registry: &Registry) -> Self {
        Self {
            aggregates: registry.aggregates().map(AggregateModel::of).collect(),
            handlers: registry.handlers().map(HandlerModel::of).collect(),
        }
    }

    /// The model of all that is annotated and linked in, fitting together or not.
    #[cfg(feature = "inventory")]
    pub fn discovered() -> Self {
        let entries = inventory::iter::<AggregateEntry>.into_iter().copied();
        let mut registry = Registry::new(entries.collect(), &mut Vec::new());
        let handlers = inventory::iter::<crate::handler::HandlerEntry>.into_iter();
        registry.add_handlers(handlers.map(|entry| entry.meta));
        Self::of(&registry)
    }

    /// As a flow chart of [Mermaid](https://mermaid.js.org/syntax/flowchart.html): commands are
    /// slanted, events have round ends, projections are cylinders, policies hexagons.
    pub fn to_mermaid(&self) -> String {
        let mut text = "flowchart LR\n".to_owned();
        let mut lines = BTreeSet::new();
        for aggregate in &self.aggregates {
            let name = &aggregate.name;
            line(
                &mut text,
                format_args!("  subgraph {}[\"{name}\"]", node("aggregate", name)),
            );
            for command in &aggregate.commands {
                let id = node("command", &command.name);
                line(
                    &mut text,
                    format_args!("    {id}[/\"{}\"/]:::command", command.name),
                );
            }
            for event in &aggregate.events {
                let id = node("event", &event.name);
                // An event may be shared between aggregates; it stands in the first.
                if lines.insert(id.clone()) {
                    let class = if event.retired_into.is_some() {
                        "retired"
                    } else {
                        "event"
                    };
                    line(
                        &mut text,
                        format_args!(
                            "    {id}([\"{} v{}\"]):::{class}",
                            event.name, event.version
                        ),
                    );
                }
            }
            for command in &aggregate.commands {
                for event in &command.emits {
                    let (from, to) = (node("command", &command.name), node("event", event));
                    line(&mut text, format_args!("    {from} --> {to}"));
                }
            }
            for event in &aggregate.events {
                for into in event.retired_into.iter().flatten() {
                    let (from, to) = (node("event", &event.name), node("event", into));
                    line(&mut text, format_args!("    {from} -. reads as .-> {to}"));
                }
            }
            text.push_str("  end\n");
        }
        for handler in &self.handlers {
            let id = node(&handler.kind, &handler.name);
            let name = &handler.name;
            if handler.kind == "policy" {
                line(&mut text, format_args!("  {id}{{{{\"{name}\"}}}}:::policy"));
            } else {
                line(&mut text, format_args!("  {id}[(\"{name}\")]:::projection"));
            }
            let mut sends = BTreeSet::new();
            for on in &handler.on {
                line(
                    &mut text,
                    format_args!("  {} --> {id}", node("event", &on.event)),
                );
                sends.extend(&on.sends);
            }
            for command in sends {
                line(
                    &mut text,
                    format_args!("  {id} --> {}", node("command", command)),
                );
            }
            for command in &handler.sends_when_refused {
                line(
                    &mut text,
                    format_args!("  {id} -. when refused .-> {}", node("command", command)),
                );
            }
        }
        text.push_str(
            "  classDef command fill:#a9d0f5,stroke:#2b6cb0,color:#000\n\
             \x20 classDef event fill:#fbd38d,stroke:#c05621,color:#000\n\
             \x20 classDef retired fill:#eee,stroke:#999,color:#555\n\
             \x20 classDef projection fill:#c6f6d5,stroke:#2f855a,color:#000\n\
             \x20 classDef policy fill:#e9d8fd,stroke:#6b46c1,color:#000\n",
        );
        text
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists: there is no way for it to fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` does not fail.
    let _ = text.write_fmt(arguments);
    text.push('\n');
}

/// A name as Mermaid takes it: letters, digits and `_`.
fn node(kind: &str, name: &str) -> String {
    let mut id = format!("{kind}_");
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            id.push(character);
        } else if character == '_' || character == '.' {
            id.push('_');
            // `a.b` and `a_b` are two names.
            if character == '.' {
                id.push('_');
            }
        } else {
            let _ = write!(id, "_{:x}_", u32::from(character));
        }
    }
    id
}

impl AggregateModel {
    fn of(entry: &AggregateEntry) -> Self {
        let stored = |event: &crate::EventMeta| StoredEventModel {
            name: event.name.to_owned(),
            version: event.version,
            docs: event.docs.to_owned(),
            retired_into: event.retired.map(|into| {
                into.events()
                    .iter()
                    .map(|event| event.name.to_owned())
                    .collect()
            }),
        };
        Self {
            name: entry.name.to_owned(),
            docs: entry.docs.to_owned(),
            commands: entry
                .commands
                .iter()
                .map(|command| CommandModel {
                    name: command.meta.name(entry.name),
                    docs: command.meta.docs.to_owned(),
                    emits: command
                        .emits
                        .events()
                        .iter()
                        .map(|event| event.name.to_owned())
                        .collect(),
                })
                .collect(),
            events: entry
                .events
                .iter()
                .chain(entry.retired)
                .map(|event| stored(event))
                .collect(),
        }
    }
}

impl HandlerModel {
    fn of(meta: &'static HandlerMeta) -> Self {
        Self {
            name: meta.name.to_owned(),
            kind: match meta.kind {
                HandlerKind::Policy(_) => "policy",
                HandlerKind::InMemory | HandlerKind::Durable { .. } => "projection",
            }
            .to_owned(),
            version: meta.version,
            docs: meta.docs.to_owned(),
            on: meta
                .on
                .iter()
                .map(|on| ReactionModel {
                    event: on.event.name.to_owned(),
                    sends: on.sends.commands(),
                })
                .collect(),
            sends_when_refused: meta.refused_sends.commands(),
        }
    }
}
