//! One schema out of a `$ref`, its siblings and the parts of an `allOf`.

use serde_json::{Map, Value};

use super::error::Problem;

/// A schema without `$ref` and `allOf`: its keywords, and each set of alternatives by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Flat {
    pub(super) keywords: Map<String, Value>,
    pub(super) alternatives: Vec<Alternatives>,
    /// Whether some part of it is `false`.
    pub(super) never: bool,
}

/// The alternatives of a `oneOf` or an `anyOf`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alternatives {
    /// `oneOf`, which schemars writes for tagged enums, or `anyOf`, which it writes for untagged
    /// ones and for `Option`.
    pub(super) keyword: &'static str,
    pub(super) schemas: Vec<Value>,
}

/// Keywords that say things the normal form has no word for.
const UNSUPPORTED: [&str; 10] = [
    "$dynamicRef",
    "$recursiveRef",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "contains",
    "unevaluatedItems",
];

/// Keywords that hold other schemas, or nothing for the normal form.
const SKIPPED: [&str; 9] = [
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "$defs",
    "definitions",
    "$schema",
    "$id",
    "$comment",
];

/// Most parts one schema may be put together from.
const MOST_PARTS: usize = 1000;

/// Flattens a schema: outer keywords win over those of what a `$ref` or an `allOf` brings in.
pub(super) fn flatten(schema: &Value, document: &Value) -> Result<Flat, Problem> {
    let mut flat = Flat::default();
    // Refs on the way to each part: a part is inside of its ref's target, so meeting it again is a cycle.
    let mut parts: Vec<(&Value, Vec<&str>)> = vec![(schema, Vec::new())];
    let mut count = 0;
    while let Some((part, path)) = parts.pop() {
        count += 1;
        if count > MOST_PARTS {
            return Err(Problem::TooLarge);
        }
        let keywords = match part {
            Value::Bool(true) => continue,
            Value::Bool(false) => {
                flat.never = true;
                continue;
            }
            Value::Object(keywords) => keywords,
            _ => return Err(Problem::NotASchema),
        };
        if let Some(name) = UNSUPPORTED
            .iter()
            .find(|name| keywords.contains_key(**name))
        {
            return Err(Problem::Unsupported(name));
        }
        for (keyword, value) in keywords {
            if !SKIPPED.contains(&keyword.as_str()) {
                merge_keyword(&mut flat.keywords, keyword, value)?;
            }
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(alternatives) = keywords.get(keyword) {
                let schemas = alternatives
                    .as_array()
                    .ok_or(Problem::Malformed(keyword))?
                    .clone();
                let alternatives = Alternatives { keyword, schemas };
                if !flat.alternatives.contains(&alternatives) {
                    flat.alternatives.push(alternatives);
                }
            }
        }
        // Pushed last to first, since the last pushed is the next flattened.
        if let Some(all) = keywords.get("allOf") {
            let all = all.as_array().ok_or(Problem::Malformed("allOf"))?;
            parts.extend(all.iter().rev().map(|part| (part, path.clone())));
        }
        if let Some(reference) = keywords.get("$ref") {
            let reference = reference.as_str().ok_or(Problem::Malformed("$ref"))?;
            if path.contains(&reference) {
                return Err(Problem::CyclicReference(reference.to_owned()));
            }
            let mut path = path;
            path.push(reference);
            parts.push((resolve(reference, document)?, path));
        }
    }
    Ok(flat)
}

/// Keywords that a schema may have beside a `$ref` and still be no other type.
const ANNOTATIONS: [&str; 9] = [
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "x-es-aliases",
    "$comment",
];

/// The only part of a schema that is nothing but that part, annotated.
pub(super) fn only_reference(schema: &Value) -> Option<Value> {
    let keywords = schema.as_object()?;
    let mut rest = keywords.keys().filter(|keyword| {
        !ANNOTATIONS.contains(&keyword.as_str()) && !DEFINITIONS.contains(&keyword.as_str())
    });
    let (Some("$ref"), None) = (rest.next().map(String::as_str), rest.next()) else {
        return None;
    };
    Some(Value::Object(Map::from_iter([(
        "$ref".to_owned(),
        keywords.get("$ref")?.clone(),
    )])))
}

/// Whether a schema's keywords only annotate.
pub(super) fn annotates(keywords: &Map<String, Value>) -> bool {
    keywords
        .keys()
        .all(|keyword| ANNOTATIONS.contains(&keyword.as_str()))
}

/// Keywords that are not about the value.
const DEFINITIONS: [&str; 4] = ["$defs", "definitions", "$schema", "$id"];

/// A schema without definitions, and behind references that stand alone: what is the same type has
/// the same text, by whatever name it is called.
pub(super) fn canonical(schema: &Value, document: &Value) -> Value {
    let mut schema = schema;
    for _ in 0..MOST_PARTS {
        let reference = match schema {
            Value::Object(keywords)
                if keywords.keys().all(|keyword| {
                    keyword == "$ref" || DEFINITIONS.contains(&keyword.as_str())
                }) =>
            {
                keywords.get("$ref").and_then(Value::as_str)
            }
            _ => None,
        };
        match reference.map(|reference| resolve(reference, document)) {
            Some(Ok(target)) => schema = target,
            Some(Err(_)) | None => break,
        }
    }
    match schema {
        Value::Object(keywords) => {
            let kept = keywords
                .iter()
                .filter(|(keyword, _)| !DEFINITIONS.contains(&keyword.as_str()));
            Value::Object(
                kept.map(|(keyword, value)| (keyword.clone(), value.clone()))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn resolve<'d>(reference: &str, document: &'d Value) -> Result<&'d Value, Problem> {
    let missing = || Problem::MissingReference(reference.to_owned());
    let pointer = percent_decoded(reference.strip_prefix('#').ok_or_else(missing)?);
    document.pointer(&pointer).ok_or_else(missing)
}

/// A fragment is a URI's part, so `$defs/A%20B` is `$defs/A B`.
fn percent_decoded(fragment: &str) -> String {
    let bytes = fragment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = (byte == b'%')
            .then(|| fragment.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Adds a keyword of a part to what is there: what is there is the outer part's.
fn merge_keyword(
    into: &mut Map<String, Value>,
    keyword: &str,
    value: &Value,
) -> Result<(), Problem> {
    let Some(present) = into.get_mut(keyword) else {
        into.insert(keyword.to_owned(), value.clone());
        return Ok(());
    };
    if present == value {
        return Ok(());
    }
    match keyword {
        "properties" | "patternProperties" => {
            let (Value::Object(present), Value::Object(more)) = (present, value) else {
                return Err(Problem::Malformed("properties"));
            };
            for (name, schema) in more {
                match present.get_mut(name) {
                    Some(there) => *there = both(there, schema),
                    None => {
                        present.insert(name.clone(), schema.clone());
                    }
                }
            }
        }
        "required" => {
            let (Value::Array(present), Value::Array(more)) = (present, value) else {
                return Err(Problem::Malformed("required"));
            };
            for name in more {
                if !present.contains(name) {
                    present.push(name.clone());
                }
            }
        }
        "type" => {
            let kept: Vec<Value> = listed(present)
                .into_iter()
                .filter(|name| {
                    listed(value).contains(name)
                        || (*name == "integer" && listed(value).contains(&Value::from("number")))
                })
                .collect();
            let kept = if kept.is_empty()
                && listed(value).contains(&Value::from("integer"))
                && listed(present).contains(&Value::from("number"))
            {
                vec![Value::from("integer")]
            } else {
                kept
            };
            *present = Value::Array(kept);
        }
        "enum" => {
            let (Value::Array(present), Value::Array(other)) = (present, value) else {
                return Err(Problem::Malformed("enum"));
            };
            present.retain(|constant| other.contains(constant));
        }
        "additionalProperties" | "unevaluatedProperties" | "items" | "propertyNames" => {
            *present = both(present, value)
        }
        "minimum" | "minLength" | "minItems" | "minProperties" | "exclusiveMinimum"
            if value.as_f64() > present.as_f64() =>
        {
            *present = value.clone();
        }
        "maximum" | "maxLength" | "maxItems" | "maxProperties" | "exclusiveMaximum"
            if value.as_f64() < present.as_f64() =>
        {
            *present = value.clone();
        }
        _ => {}
    }
    Ok(())
}

/// A value that may be a list, as one.
pub(super) fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.clone(),
        other => vec![other.clone()],
    }
}

/// The schema of what both describe, each part named once.
fn both(one: &Value, other: &Value) -> Value {
    let parts = |schema: &Value| match schema {
        Value::Object(keywords) if keywords.len() == 1 => match keywords.get("allOf") {
            Some(Value::Array(parts)) => parts.clone(),
            _ => vec![schema.clone()],
        },
        _ => vec![schema.clone()],
    };
    if *one == Value::Bool(false) || *other == Value::Bool(false) {
        return Value::Bool(false);
    }
    let mut all = parts(one);
    for part in parts(other) {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    all.retain(|part| *part != Value::Bool(true));
    if all.is_empty() {
        return Value::Bool(true);
    }
    if all.len() == 1 {
        return all.swap_remove(0);
    }
    Value::Object(Map::from_iter([("allOf".to_owned(), Value::Array(all))]))
}
