//! Which enum a set of alternatives is: tagged externally, internally, adjacently or not at all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Keywords, Value};

use super::error::SchemaError;
use super::merge::{Alternatives, Flat, flatten};
use super::model::{Kind, Tagging, Union, Variant};
use super::read::{Reader, below, fail, text, unflatten};

impl Reader<'_> {
    /// The kind of alternatives without `null`; `keywords` are those beside them.
    pub(super) fn union(
        &mut self,
        alternatives: &Alternatives,
        keywords: &Keywords<String, Value>,
        at: &str,
    ) -> Result<Kind, SchemaError> {
        let closed = keywords.get("additionalProperties") == Some(&Value::Bool(false))
            || keywords.get("unevaluatedProperties") == Some(&Value::Bool(false));
        let mut flats = Vec::new();
        for alternative in &alternatives.schemas {
            let mut flat =
                flatten(alternative, self.document).map_err(|problem| fail(at, problem))?;
            if closed && object_like(&flat) {
                flat.keywords
                    .insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            flats.push(flat);
        }
        if let Some(constants) = flats.iter().map(constants).collect::<Option<Vec<_>>>() {
            let named: BTreeMap<_, _> = constants
                .into_iter()
                .flatten()
                .map(|value| (value.to_string(), value))
                .collect();
            return Ok(Kind::Enum(named));
        }
        if let Some(variants) = self.external(&flats, alternatives.keyword == "oneOf", at)? {
            return Ok(union(Tagging::External, variants));
        }
        if let Some(tag) = tag(&flats) {
            let tagging = match content(&flats, &tag) {
                Some(content) => Tagging::Adjacent(tag.clone(), content),
                None => Tagging::Internal(tag.clone()),
            };
            let mut variants = Vec::new();
            for flat in flats {
                let Some(name) = tag_value(&flat, &tag) else {
                    continue;
                };
                let description = text(&flat.keywords, "description");
                let rest = Value::Object(without_tag(flat, &tag));
                let content = Some(self.node(&rest, &below(at, "oneOf", &name))?);
                variants.push(Variant {
                    name,
                    content,
                    description,
                });
            }
            return Ok(union(tagging, variants));
        }
        let mut variants = Vec::new();
        for (index, alternative) in alternatives.schemas.iter().enumerate() {
            let name = index.to_string();
            let content = Some(self.node(alternative, &below(at, "anyOf", &name))?);
            variants.push(Variant {
                name,
                content,
                description: None,
            });
        }
        Ok(union(Tagging::Untagged, variants))
    }

    /// The variants, if each alternative is a string or an object of one key, all different.
    fn external(
        &mut self,
        flats: &[Flat],
        exclusive: bool,
        at: &str,
    ) -> Result<Option<Vec<Variant>>, SchemaError> {
        let mut variants = Vec::new();
        let mut names = BTreeSet::new();
        for flat in flats {
            let description = text(&flat.keywords, "description");
            if let Some(constants) = constants(flat) {
                for constant in constants {
                    let Some(name) = constant.as_str() else {
                        return Ok(None);
                    };
                    if !names.insert(name.to_owned()) {
                        return Ok(None);
                    }
                    variants.push(Variant {
                        name: name.to_owned(),
                        content: None,
                        description: description.clone(),
                    });
                }
                continue;
            }
            let Some((name, schema)) = only_property(flat) else {
                return Ok(None);
            };
            let closed = flat.keywords.get("additionalProperties") == Some(&Value::Bool(false));
            if !names.insert(name.to_owned()) || (!closed && (flats.len() == 1 || !exclusive)) {
                return Ok(None);
            }
            let content = Some(self.node(schema, &below(at, "oneOf", name))?);
            variants.push(Variant {
                name: name.to_owned(),
                content,
                description,
            });
        }
        Ok(Some(variants))
    }
}

fn union(tagging: Tagging, variants: Vec<Variant>) -> Kind {
    Kind::Union(Union { tagging, variants })
}

fn object_like(flat: &Flat) -> bool {
    flat.keywords.contains_key("properties")
        || flat.keywords.get("type") == Some(&Value::from("object"))
}

/// The constants of an alternative that is nothing but strings.
fn constants(flat: &Flat) -> Option<Vec<Value>> {
    if !flat.alternatives.is_empty() {
        return None;
    }
    let constants = match (flat.keywords.get("const"), flat.keywords.get("enum")) {
        (Some(constant), _) => vec![constant.clone()],
        (None, Some(Value::Array(constants))) => constants.clone(),
        _ => return None,
    };
    (!constants
        .iter()
        .any(|constant| constant.is_null() || constant.is_object() || constant.is_array()))
    .then_some(constants)
}

/// The property of an object that has just one, and requires it.
fn only_property(flat: &Flat) -> Option<(&str, &Value)> {
    if !flat.alternatives.is_empty() {
        return None;
    }
    let properties = flat.keywords.get("properties")?.as_object()?;
    let mut each = properties.iter();
    let (Some((name, schema)), None) = (each.next(), each.next()) else {
        return None;
    };
    required(flat, name).then_some((name.as_str(), schema))
}

fn required(flat: &Flat, name: &str) -> bool {
    let required = flat.keywords.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|other| other == name))
}

/// The one string an alternative requires in a field.
fn tag_value(flat: &Flat, tag: &str) -> Option<String> {
    let schema = flat
        .keywords
        .get("properties")?
        .as_object()?
        .get(tag)?
        .as_object()?;
    let constant = match (schema.get("const"), schema.get("enum")) {
        (Some(constant), _) => constant,
        (None, Some(Value::Array(constants))) if constants.len() == 1 => constants.first()?,
        _ => return None,
    };
    required(flat, tag).then_some(constant.as_str()?.to_owned())
}

/// The field that tells each alternative from the others.
fn tag(flats: &[Flat]) -> Option<String> {
    let candidates = flats
        .first()?
        .keywords
        .get("properties")?
        .as_object()?
        .keys();
    let distinct = |name: &&String| {
        let values: BTreeSet<String> = flats
            .iter()
            .filter_map(|flat| tag_value(flat, name))
            .collect();
        values.len() == flats.len()
    };
    candidates.into_iter().find(distinct).cloned()
}

/// The field that holds the content, if no alternative has any other beside its tag.
fn content(flats: &[Flat], tag: &str) -> Option<String> {
    let mut content = None;
    for flat in flats {
        if !flat.alternatives.is_empty() {
            return None;
        }
        for name in flat
            .keywords
            .get("properties")?
            .as_object()?
            .keys()
            .filter(|name| *name != tag)
        {
            if content.is_some_and(|content: &String| content != name) {
                return None;
            }
            content = Some(name);
        }
    }
    content.cloned()
}

/// An alternative without its tag and its documentation, which are the variant's.
fn without_tag(mut flat: Flat, tag: &str) -> Keywords<String, Value> {
    flat.keywords.remove("description");
    flat.keywords.remove("title");
    if let Some(Value::Object(properties)) = flat.keywords.get_mut("properties") {
        properties.remove(tag);
    }
    if let Some(Value::Array(required)) = flat.keywords.get_mut("required") {
        required.retain(|name| name != tag);
    }
    flat.keywords
        .insert("type".to_owned(), Value::from("object"));
    unflatten(flat)
}
