//! Whether a reading still holds what one before it held.

use crate::{compat::Finding, pointed};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Whether every value is there, at its place and equal, or under a new key beside it: a field or a
/// variant renamed with an alias. `gone` are findings; a variant that they say is gone reads as
/// another one. What `schema`, today's, has as optional need not be written where it is zero or empty.
pub(crate) fn all<'f>(
    then: &Value,
    now: &Value,
    gone: impl IntoIterator<Item = &'f Finding>,
    schema: &Value,
) -> bool {
    let renamed = gone
        .into_iter()
        .flat_map(|finding| pointed::names_of_what_is_gone(finding, then))
        .collect();
    let mut optional = BTreeSet::new();
    optional_fields(schema, &mut optional);
    let keep = Keep {
        values: true,
        renamed,
        optional,
    };
    keep.all(then, now)
}

/// Whether no object has lost a key: steps may change the values.
pub(crate) fn keys(then: &Value, now: &Value) -> bool {
    let keep = Keep {
        values: false,
        renamed: Vec::new(),
        optional: BTreeSet::new(),
    };
    keep.all(then, now)
}

struct Keep<'v> {
    /// Whether the values must be equal.
    values: bool,
    /// Names of variants, which may read as others.
    renamed: Vec<&'v Value>,
    /// Fields that may be missing.
    optional: BTreeSet<&'v str>,
}

impl Keep<'_> {
    fn all(&self, then: &Value, now: &Value) -> bool {
        match (then, now) {
            (then, now) if is_nothing(then) && is_nothing(now) => true,
            (Value::Null, _) => true,
            (Value::Object(then), Value::Object(now)) => self.object(then, now),
            (Value::Array(then), Value::Array(now)) => {
                then.len() <= now.len()
                    && then.iter().zip(now).all(|(then, now)| self.all(then, now))
            }
            (then, now) if !self.values => is_nothing(then) || !is_nothing(now),
            (Value::Number(then), Value::Number(now)) => {
                then == now
                    // An integer that became a float; the schema's comparison tells of its digits.
                    || (then.is_f64() || now.is_f64()) && then.as_f64() == now.as_f64()
            }
            (then, now) => then == now || self.is_renamed(then) && !is_nothing(now),
        }
    }

    fn object(&self, then: &Map<String, Value>, now: &Map<String, Value>) -> bool {
        let mut taken = BTreeSet::new();
        then.iter()
            .filter(|(_, value)| !is_nothing(value))
            .all(|(key, value)| match now.get(key) {
                Some(same) if !same.is_null() => self.all(value, same),
                _ if self.optional.contains(&**key) && is_zero(value) => true,
                _ => {
                    let mut new = now.iter().filter(|(other, _)| !then.contains_key(*other));
                    let moved = new.find(|(other, now)| {
                        !taken.contains(*other) && !is_nothing(now) && self.all(value, now)
                    });
                    moved.is_some_and(|(other, _)| taken.insert(other))
                }
            })
    }

    /// By its place: another value of the same text is none.
    fn is_renamed(&self, value: &Value) -> bool {
        self.renamed.iter().any(|name| std::ptr::eq(*name, value))
    }
}

/// The fields of all objects in a schema that may be missing.
fn optional_fields<'s>(schema: &'s Value, names: &mut BTreeSet<&'s str>) {
    match schema {
        Value::Object(map) => {
            let required = map.get("required").and_then(Value::as_array);
            let is_required = |name: &String| {
                required.is_some_and(|required| required.iter().any(|one| one == name))
            };
            if let Some(Value::Object(properties)) = map.get("properties") {
                let optional = properties.keys().filter(|name| !is_required(name));
                names.extend(optional.map(String::as_str));
            }
            map.values().for_each(|part| optional_fields(part, names));
        }
        Value::Array(items) => items.iter().for_each(|part| optional_fields(part, names)),
        _ => {}
    }
}

/// What `skip_serializing_if` leaves out, for most types.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        other => is_nothing(other),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}
