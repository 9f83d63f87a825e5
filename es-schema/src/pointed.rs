//! What a finding's pointer, which leads through a schema, means in a payload.

use crate::compat::{Finding, Rule};
use serde_json::Value;

/// Whether a payload has what a finding says is gone, at the place it says: a value or a variant
/// that no code of today reads.
pub(crate) fn holds_what_is_gone(finding: &Finding, payload: &Value) -> bool {
    let pointer = &*finding.change.pointer;
    match finding.change.rule {
        Rule::EnumValueRemoved => {
            // The last thing that is said of it.
            let gone = finding.change.what.rsplit('`').nth(1);
            let mut places = at(payload, pointer).into_iter();
            places.any(|value| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                Some(&*text) == gone
            })
        }
        Rule::VariantRemoved => {
            let Some((union, name)) = pointer.rsplit_once("/oneOf/") else {
                return false;
            };
            let name = unescaped(name);
            at(payload, union)
                .into_iter()
                .any(|value| is_variant(value, &name))
        }
        _ => false,
    }
}

/// The values in a payload that name what a finding says is gone: the value, the variant where it
/// has no data, or its tag.
pub(crate) fn names_of_what_is_gone<'v>(finding: &Finding, payload: &'v Value) -> Vec<&'v Value> {
    let pointer = &*finding.change.pointer;
    match finding.change.rule {
        Rule::EnumValueRemoved => match holds_what_is_gone(finding, payload) {
            true => {
                let gone = finding.change.what.rsplit('`').nth(1);
                let values = at(payload, pointer).into_iter();
                values.filter(|value| value.as_str() == gone).collect()
            }
            false => Vec::new(),
        },
        Rule::VariantRemoved => {
            let Some((union, name)) = pointer.rsplit_once("/oneOf/") else {
                return Vec::new();
            };
            let name = unescaped(name);
            each(at(payload, union), |value| match value {
                Value::Object(fields) => fields.values().filter(|tag| **tag == *name).collect(),
                value if *value == *name => vec![value],
                _ => Vec::new(),
            })
        }
        _ => Vec::new(),
    }
}

/// Whether a payload has a value at a place, and not `null`.
pub(crate) fn holds(payload: &Value, pointer: &str) -> bool {
    at(payload, pointer)
        .into_iter()
        .any(|value| !value.is_null())
}

/// All values at a place of the schema.
fn at<'v>(payload: &'v Value, pointer: &str) -> Vec<&'v Value> {
    let mut values = vec![payload];
    let mut steps = pointer.split('/').skip(1);
    while let Some(keyword) = steps.next() {
        let mut named = || steps.next().map(unescaped).unwrap_or_default();
        values = match keyword {
            "properties" => {
                let name = named();
                each(values, |value| value.get(&name).into_iter().collect())
            }
            "items" | "additionalProperties" => each(values, |value| match value {
                Value::Array(items) => items.iter().collect(),
                Value::Object(entries) => entries.values().collect(),
                _ => Vec::new(),
            }),
            "prefixItems" => {
                let place = named().parse().unwrap_or(usize::MAX);
                each(values, |value| value.get(place).into_iter().collect())
            }
            "oneOf" => {
                let name = named();
                each(values, |value| match value.get(&name) {
                    Some(content) => vec![content],
                    // Told by a tag, beside the content or within it.
                    None if is_variant(value, &name) => vec![value],
                    None => Vec::new(),
                })
            }
            // Keys, and alternatives without a name.
            _ => Vec::new(),
        };
    }
    values
}

fn each<'v>(values: Vec<&'v Value>, step: impl Fn(&'v Value) -> Vec<&'v Value>) -> Vec<&'v Value> {
    values.into_iter().flat_map(step).collect()
}

/// Whether a value is of an enum's variant: its name, or an object with its name as key or as tag.
fn is_variant(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Object(fields) => {
            fields.contains_key(name) || fields.values().any(|field| field == name)
        }
        _ => false,
    }
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
