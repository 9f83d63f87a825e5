//! The promise of *reads*: where no change breaks or warns, today's reader decodes every payload
//! that was published. The reader here is a model of serde's, of its own making.

use std::cell::Cell;

use es_schema::compat::{Verdict, compare_reads};
use es_schema::sample::samples;
use es_schema::shape::Shape;
use proptest::prelude::*;
use serde_json::{Value, json};

fn leaf() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}),
        json!({"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535}),
        json!({"type": "integer", "format": "int32"}),
        json!({"type": "integer", "format": "uint8", "minimum": 1, "maximum": 255}),
        json!({"type": "number", "format": "double"}),
        json!({"type": "string"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": "string", "enum": ["A"]}),
        json!({"type": "string", "enum": ["A", "B"]}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!(true),
    ])
}

/// Schemas as schemars writes them.
pub fn schema() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let field = (prop::sample::select(vec!["a", "b", "c"]), inner.clone(), any::<bool>());
        let fields = prop::collection::vec(field, 0..3);
        prop_oneof![
            inner.clone().prop_map(|item| json!({"type": "array", "items": item})),
            inner.clone().prop_map(|item| json!({"type": "array", "items": item, "minItems": 2, "maxItems": 2})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|items| json!({"type": "array", "prefixItems": items, "minItems": items.len(), "maxItems": items.len()})),
            inner.clone().prop_map(|value| json!({"type": "object", "additionalProperties": value})),
            inner.clone().prop_map(|value| json!({"anyOf": [value, {"type": "null"}]})),
            (fields.clone(), any::<bool>()).prop_map(|(fields, closed)| object(fields, closed)),
            prop::collection::vec((prop::sample::select(vec!["V", "W", "X"]), inner.clone()), 1..3).prop_map(external),
            prop::collection::vec((prop::sample::select(vec!["V", "W", "X"]), fields), 1..3).prop_map(internal),
            prop::collection::vec(inner, 2..3).prop_map(|alternatives| json!({"anyOf": alternatives})),
        ]
    })
}

/// A field's name, its schema, and whether it must be there.
type Fields<'n> = Vec<(&'n str, Value, bool)>;

fn object(fields: Fields<'_>, closed: bool) -> Value {
    let mut schema = json!({"type": "object", "properties": {}, "required": []});
    for (name, field, required) in fields {
        if schema["properties"].get(name).is_none() && required {
            schema["required"].as_array_mut().unwrap().push(json!(name));
        }
        if schema["properties"].get(name).is_none() {
            schema["properties"][name] = field;
        }
    }
    if closed {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn external(variants: Vec<(&str, Value)>) -> Value {
    let mut alternatives: Vec<Value> = vec![json!({"type": "string", "const": "Unit"})];
    for (name, content) in variants {
        let variant = object(vec![(name, content, true)], true);
        if !alternatives
            .iter()
            .any(|other| other["required"] == variant["required"])
        {
            alternatives.push(variant);
        }
    }
    json!({"oneOf": alternatives})
}

fn internal(variants: Vec<(&str, Fields<'_>)>) -> Value {
    let mut alternatives: Vec<Value> = Vec::new();
    for (name, mut fields) in variants {
        fields.push(("kind", json!({"type": "string", "const": name}), true));
        let variant = object(fields, false);
        if !alternatives
            .iter()
            .any(|other| other["properties"]["kind"] == variant["properties"]["kind"])
        {
            alternatives.push(variant);
        }
    }
    json!({"oneOf": alternatives})
}

/// Whether a reader of the schema's type decodes a payload: serde's rules, not JSON Schema's.
fn decodes(schema: &Value, payload: &Value) -> bool {
    if *schema == json!(true) {
        return true;
    }
    if let Some(alternatives) = schema.get("anyOf").or(schema.get("oneOf")) {
        return alternatives
            .as_array()
            .unwrap()
            .iter()
            .any(|alternative| decodes(alternative, payload));
    }
    if let Some(constant) = schema.get("const") {
        return constant == payload;
    }
    if let Some(constants) = schema.get("enum") {
        return constants.as_array().unwrap().contains(payload);
    }
    let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    match schema["type"].as_str().unwrap() {
        "null" => payload.is_null(),
        "boolean" => payload.is_boolean(),
        "number" => payload.is_number(),
        "integer" => {
            let whole = payload.is_i64() || payload.is_u64();
            let (least, most) = match schema["format"].as_str() {
                Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
                _ => (bound("minimum").unwrap(), bound("maximum").unwrap()),
            };
            whole
                && payload
                    .as_f64()
                    .is_some_and(|value| value >= least && value <= most)
        }
        "string" => payload.as_str().is_some_and(|text| {
            schema["format"] != "uuid" || (text.len() == 36 && text.contains('-'))
        }),
        "array" => payload
            .as_array()
            .is_some_and(|items| match schema.get("prefixItems") {
                Some(elements) => {
                    let elements = elements.as_array().unwrap();
                    elements.len() == items.len()
                        && elements
                            .iter()
                            .zip(items)
                            .all(|(element, item)| decodes(element, item))
                }
                None => {
                    bound("minItems").is_none_or(|length| items.len() as f64 == length)
                        && items.iter().all(|item| decodes(&schema["items"], item))
                }
            }),
        "object" => payload
            .as_object()
            .is_some_and(|fields| match schema.get("properties") {
                Some(properties) => {
                    let properties = properties.as_object().unwrap();
                    let required = schema["required"].as_array().unwrap();
                    let known = fields.keys().all(|name| properties.contains_key(name))
                        || schema.get("additionalProperties").is_none();
                    known
                        && required
                            .iter()
                            .all(|name| fields.contains_key(name.as_str().unwrap()))
                        && properties.iter().all(|(name, schema)| {
                            fields.get(name).is_none_or(|field| decodes(schema, field))
                        })
                }
                None => fields
                    .values()
                    .all(|value| decodes(&schema["additionalProperties"], value)),
            }),
        other => panic!("{other}"),
    }
}

/// A schema, and one that is like it but for a change or two.
fn changed() -> impl Strategy<Value = (Value, Value)> {
    let change = (any::<prop::sample::Index>(), schema());
    (schema(), prop::collection::vec(change, 1..3)).prop_map(|(before, changes)| {
        let mut now = before.clone();
        for (at, with) in changes {
            let mut places = Vec::new();
            collect(&now, String::new(), &mut places);
            let place = &places[at.index(places.len())];
            *now.pointer_mut(place).unwrap() = with;
        }
        (before, now)
    })
}

/// Pointers to all schemas in a schema, except for tags.
fn collect(schema: &Value, at: String, places: &mut Vec<String>) {
    for keyword in ["items", "additionalProperties"] {
        if schema
            .get(keyword)
            .is_some_and(|inner| *inner != json!(false))
        {
            collect(&schema[keyword], format!("{at}/{keyword}"), places);
        }
    }
    for keyword in ["oneOf", "anyOf", "prefixItems"] {
        for (index, inner) in schema
            .get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            collect(inner, format!("{at}/{keyword}/{index}"), places);
        }
    }
    for (name, inner) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        collect(inner, format!("{at}/properties/{name}"), places);
    }
    places.push(at);
}

fn holds(before: &Value, now: &Value) -> Result<bool, TestCaseError> {
    let (published, today) = (Shape::parse(before).unwrap(), Shape::parse(now).unwrap());
    let changes = compare_reads(&published, &today);
    if changes
        .iter()
        .any(|change| change.reads > Verdict::Compatible)
    {
        return Ok(false);
    }
    for sample in samples(before).unwrap() {
        prop_assert!(
            decodes(before, &sample.payload),
            "the model is wrong: {} in {before}",
            sample.payload
        );
        prop_assert!(
            decodes(now, &sample.payload),
            "{} of {before}\nis not read by {now}\n{changes:?}",
            sample.payload
        );
    }
    Ok(true)
}

#[test]
fn what_is_called_compatible_decodes() {
    let (compatible, broken) = (Cell::new(0), Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(6000)
    });
    let judged = runner.run(&changed(), |(before, now)| {
        let count = if holds(&before, &now)? {
            &compatible
        } else {
            &broken
        };
        count.set(count.get() + 1);
        Ok(())
    });
    if let Err(error) = judged {
        panic!("{error}");
    }
    // Both answers must be given often, or nothing was tried.
    assert!(
        compatible.get() > 300 && broken.get() > 300,
        "{compatible:?} compatible, {broken:?} broken"
    );
}

#[test]
fn a_schema_is_compatible_with_itself() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    });
    let judged = runner.run(&schema(), |schema| {
        let shape = Shape::parse(&schema).unwrap();
        prop_assert_eq!(compare_reads(&shape, &shape), []);
        Ok(())
    });
    if let Err(error) = judged {
        panic!("{error}");
    }
}
