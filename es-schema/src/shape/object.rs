//! Structs and maps: what an `object` schema is.

use std::collections::BTreeMap;

use serde_json::{Map as Keywords, Value};

use super::error::{Problem, SchemaError};
use super::merge::{flatten, listed};
use super::model::{Field, Kind, Map, NodeId, Object, Rest};
use super::read::{Reader, below, fail, text};

impl Reader<'_> {
    /// An object without fields of its own is a map, if it says what its values are.
    pub(super) fn map(
        &mut self,
        keywords: &Keywords<String, Value>,
        at: &str,
    ) -> Result<Option<Kind>, SchemaError> {
        let named = |keyword: &str| match keywords.get(keyword) {
            Some(Value::Object(names)) => !names.is_empty(),
            Some(Value::Array(names)) => !names.is_empty(),
            _ => false,
        };
        if named("properties") || named("required") {
            return Ok(None);
        }
        if let Some((pattern, value)) = self.pattern_properties(keywords, at)? {
            return Ok(Some(Kind::Map(Map {
                keys: Some(pattern),
                value,
            })));
        }
        let Some(values) = keywords
            .get("additionalProperties")
            .filter(|values| **values != Value::Bool(false))
        else {
            return Ok(None);
        };
        let value = self.node(values, &format!("{at}/additionalProperties"))?;
        let keys = match keywords.get("propertyNames") {
            None => None,
            Some(names) => {
                let names = flatten(names, self.document).map_err(|problem| fail(at, problem))?;
                match (names.keywords.get("enum"), names.keywords.get("const")) {
                    (None, None) => text(&names.keywords, "pattern"),
                    (Some(constants), _) | (None, Some(constants)) => {
                        let names = listed(constants);
                        let fields = names.iter().filter_map(Value::as_str).map(|name| {
                            let field = Field {
                                node: value,
                                required: false,
                            };
                            (name.to_owned(), field)
                        });
                        return Ok(Some(Kind::Object(Object {
                            fields: fields.collect(),
                            rest: Rest::Closed,
                            unions: Vec::new(),
                        })));
                    }
                }
            }
        };
        Ok(Some(Kind::Map(Map { keys, value })))
    }

    fn pattern_properties(
        &mut self,
        keywords: &Keywords<String, Value>,
        at: &str,
    ) -> Result<Option<(String, NodeId)>, SchemaError> {
        match keywords.get("patternProperties") {
            None => Ok(None),
            Some(Value::Object(patterns)) => {
                let mut patterns = patterns.iter();
                match (patterns.next(), patterns.next()) {
                    (None, _) => Ok(None),
                    (Some((pattern, value)), None) => {
                        let value = self.node(value, &below(at, "patternProperties", pattern))?;
                        Ok(Some((pattern.clone(), value)))
                    }
                    _ => Err(fail(at, Problem::Unsupported("patternProperties"))),
                }
            }
            Some(_) => Err(fail(at, Problem::Malformed("patternProperties"))),
        }
    }

    pub(super) fn object_fields(
        &mut self,
        keywords: &Keywords<String, Value>,
        at: &str,
    ) -> Result<Object, SchemaError> {
        let mut fields = BTreeMap::new();
        match keywords.get("properties") {
            None => {}
            Some(Value::Object(properties)) => {
                for (name, schema) in properties {
                    let node = self.node(schema, &below(at, "properties", name))?;
                    fields.insert(
                        name.clone(),
                        Field {
                            node,
                            required: false,
                        },
                    );
                }
            }
            Some(_) => return Err(fail(at, Problem::Malformed("properties"))),
        }
        match keywords.get("required") {
            None => {}
            Some(Value::Array(names)) => {
                for name in names {
                    let name = name
                        .as_str()
                        .ok_or_else(|| fail(at, Problem::Malformed("required")))?;
                    match fields.get_mut(name) {
                        Some(field) => field.required = true,
                        None => {
                            let node = self.node(&Value::Bool(true), at)?;
                            fields.insert(
                                name.to_owned(),
                                Field {
                                    node,
                                    required: true,
                                },
                            );
                        }
                    }
                }
            }
            Some(_) => return Err(fail(at, Problem::Malformed("required"))),
        }
        let rest = match (
            self.pattern_properties(keywords, at)?,
            keywords.get("additionalProperties"),
        ) {
            (Some((_, value)), _) => Rest::Map(value),
            (None, Some(Value::Bool(false))) => Rest::Closed,
            (None, Some(Value::Object(schema))) if !schema.is_empty() => Rest::Map(self.node(
                &Value::Object(schema.clone()),
                &format!("{at}/additionalProperties"),
            )?),
            (None, _) if keywords.get("unevaluatedProperties") == Some(&Value::Bool(false)) => {
                Rest::Closed
            }
            (None, _) => Rest::Open,
        };
        Ok(Object {
            fields,
            rest,
            unions: Vec::new(),
        })
    }
}
