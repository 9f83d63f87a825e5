//! A catalogue to read.

use super::{Catalogue, type_text::type_text};
use crate::document::Document;
use es_core::schema::DeclaredEvent;
use serde_json::Value;

pub(super) fn export(catalogue: &Catalogue) -> String {
    let mut blocks = vec![format!("# {}", catalogue.title)];
    for (aggregate, events) in catalogue.aggregates() {
        blocks.push(match aggregate {
            "" => "## Events that no aggregate lists".to_owned(),
            name => format!("## {name}"),
        });
        for event in events {
            describe(catalogue, event, aggregate, &mut blocks);
        }
    }
    blocks.join("\n\n") + "\n"
}

fn describe(
    catalogue: &Catalogue,
    event: &DeclaredEvent,
    aggregate: &str,
    blocks: &mut Vec<String>,
) {
    blocks.push(format!("### {}", event.name));
    if !event.docs.is_empty() {
        blocks.push(event.docs.trim().to_owned());
    }
    let mut facts = vec![format!(
        "- version {}, `{}`",
        event.version, event.type_path
    )];
    if !event.aliases.is_empty() {
        facts.push(format!("- formerly {}", event.aliases.join(", ")));
    }
    match event.retired_into.as_deref() {
        Some([]) => facts.push("- retired: it reads as nothing".to_owned()),
        Some(into) => facts.push(format!("- retired: it reads as {}", into.join(", "))),
        None => {}
    }
    let others: Vec<_> = event
        .aggregates
        .iter()
        .filter(|name| *name != aggregate)
        .collect();
    if !others.is_empty() {
        let names: Vec<_> = others.iter().map(|name| name.as_str()).collect();
        facts.push(format!("- also of {}", names.join(", ")));
    }
    blocks.push(facts.join("\n"));
    for version in event.versions.iter().rev() {
        let version = version.version;
        if version != event.version {
            blocks.push(format!("#### Version {version}"));
        }
        match catalogue.document(&event.name, version) {
            Some(document) => blocks.push(fields(document)),
            None => blocks.push("Its schema is not written yet.".to_owned()),
        }
        if let Some(payload) = catalogue.examples(&event.name, version).first() {
            blocks.push(format!("```json\n{payload:#}\n```"));
        }
    }
}

fn fields(document: &Document) -> String {
    let schema = document.schema();
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let Some(properties) = schema["properties"]
        .as_object()
        .filter(|fields| !fields.is_empty())
    else {
        return match schema.get("anyOf").or(schema.get("oneOf")) {
            Some(_) => cell(&type_text(&schema)),
            None => "No fields.".to_owned(),
        };
    };
    let mut rows = vec![
        "| field | type | required | |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for (name, property) in properties {
        let needed = required.iter().any(|required| *required == name);
        rows.push(format!(
            "| `{}` | {} | {} | {} |",
            cell(name),
            cell(&type_text(property)),
            if needed { "yes" } else { "no" },
            cell(property["description"].as_str().unwrap_or_default()),
        ));
    }
    let definitions = definitions(&schema["$defs"]);
    match definitions.is_empty() {
        true => rows.join("\n"),
        false => format!("{}\n\n{definitions}", rows.join("\n")),
    }
}

fn definitions(definitions: &Value) -> String {
    let definitions = definitions.as_object().into_iter().flatten();
    let lines: Vec<_> = definitions
        .map(|(name, schema)| {
            let described = schema["description"].as_str().unwrap_or_default();
            let colon = if described.is_empty() { "" } else { ": " };
            format!(
                "- `{name}` is {}{colon}{}",
                type_text(schema),
                cell(described)
            )
        })
        .collect();
    lines.join("\n")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
