//! AsyncAPI 3.0.0.

use super::Catalogue;
use crate::generated;
use es_core::schema::DeclaredEvent;
use serde_json::{Map, Value, json};

pub(super) fn export(catalogue: &Catalogue) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    for (aggregate, events) in catalogue.aggregates() {
        let name = if aggregate.is_empty() {
            "unlisted"
        } else {
            aggregate
        };
        let channel = key(name);
        let messages: Map<_, _> = events
            .iter()
            .flat_map(|event| messages(event))
            .map(|message| {
                let component = json!({"$ref": format!("#/components/messages/{message}")});
                (message, component)
            })
            .collect();
        let refer =
            |message: &String| json!({"$ref": format!("#/channels/{channel}/messages/{message}")});
        let read: Vec<_> = messages.keys().map(refer).collect();
        let written: Vec<_> = events
            .iter()
            .filter(|event| event.retired_into.is_none())
            .map(|event| refer(&message(event, event.version)))
            .collect();
        let to = json!({"$ref": format!("#/channels/{channel}")});
        operations.insert(
            format!("{channel}.read"),
            json!({"action": "receive", "channel": to, "messages": read}),
        );
        if !written.is_empty() {
            operations.insert(
                format!("{channel}.write"),
                json!({"action": "send", "channel": to, "messages": written}),
            );
        }
        let described = match aggregate {
            "" => "Events that no aggregate lists.".to_owned(),
            name => format!("What happens to each `{name}`."),
        };
        channels.insert(
            channel,
            json!({"address": name, "description": described, "messages": messages}),
        );
    }
    let mut components = Components::default();
    for event in catalogue.events() {
        for version in &event.versions {
            components.add(catalogue, event, version.version);
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {"title": catalogue.title, "version": catalogue.version},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": components.messages, "schemas": components.schemas},
    })
}

#[derive(Default)]
struct Components {
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Components {
    fn add(&mut self, catalogue: &Catalogue, event: &DeclaredEvent, version: u32) {
        let name = message(event, version);
        let mut content = json!({
            "name": event.name,
            "title": format!("{} v{version}", event.name),
            "contentType": "application/json",
            "x-es-event": event.name,
            "x-es-version": version,
        });
        if !event.docs.is_empty() {
            content["description"] = event.docs.clone().into();
        }
        if !event.aliases.is_empty() {
            content["x-es-aliases"] = json!(event.aliases);
        }
        if let Some(into) = &event.retired_into {
            content["x-es-retired-into"] = json!(into);
        }
        let examples: Vec<_> = catalogue
            .examples(&event.name, version)
            .into_iter()
            .filter_map(generated::exactly)
            .map(|payload| json!({"payload": payload}))
            .collect();
        if !examples.is_empty() {
            content["examples"] = examples.into();
        }
        if let Some(document) = catalogue.document(&event.name, version) {
            content["payload"] = json!({"$ref": format!("#/components/schemas/{name}")});
            self.schema(&name, document.schema());
        }
        self.messages.insert(name, content);
    }

    /// Definitions stand beside the schema: a reference in this document is seen from its root.
    fn schema(&mut self, name: &str, schema: Value) {
        let mut schema = moved(schema, name);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        object.remove("$schema");
        if let Some(Value::Object(definitions)) = object.remove("$defs") {
            for (definition, content) in definitions {
                self.schemas
                    .insert(format!("{name}.{}", key(&definition)), content);
            }
        }
        self.schemas.insert(name.to_owned(), schema);
    }
}

fn moved(value: Value, name: &str) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| moved(item, name)).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(keyword, value)| match (keyword.as_str(), &value) {
                ("$ref", Value::String(target)) => {
                    let target = target_of(target, name);
                    (keyword, target.into())
                }
                ("const" | "default" | "enum" | "examples", _) => (keyword, value),
                _ => (keyword, moved(value, name)),
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

fn target_of(target: &str, name: &str) -> String {
    match target.strip_prefix("#/$defs/") {
        Some(definition) => {
            let definition = definition.replace("~1", "/").replace("~0", "~");
            format!("#/components/schemas/{name}.{}", key(&definition))
        }
        None if target == "#" => format!("#/components/schemas/{name}"),
        None => target.to_owned(),
    }
}

fn messages(event: &DeclaredEvent) -> impl Iterator<Item = String> {
    let versions = event.versions.iter();
    versions.map(|version| message(event, version.version))
}

fn message(event: &DeclaredEvent, version: u32) -> String {
    format!("{}.v{version}", key(&event.name))
}

/// A name of the letters that AsyncAPI allows as a key.
fn key(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "._-".contains(c) => c.to_string(),
            other => format!("_{:x}", u32::from(other)),
        })
        .collect()
}
