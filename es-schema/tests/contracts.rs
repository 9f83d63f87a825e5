//! The schemas of a Rust type, by both contracts, as schemars writes them.

use es_schema::compat::{Change, compare};
use es_schema::shape::Shape;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// What a type reads.
pub fn read<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .into()
}

/// What a type writes.
pub fn written<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .into()
}

/// What changed from a type to another, but for their names.
pub fn changes<Before: JsonSchema, Now: JsonSchema>() -> Vec<Change> {
    let shape = |mut schema: Value| {
        schema["title"] = Value::from("Payload");
        Shape::parse(&schema).unwrap()
    };
    compare(
        &shape(read::<Before>()),
        &shape(read::<Now>()),
        &shape(written::<Now>()),
    )
}

/// The changes, a line each.
pub fn lines<Before: JsonSchema, Now: JsonSchema>() -> Vec<String> {
    let line = |change: Change| {
        format!(
            "{} {} {} {}",
            change.rule, change.pointer, change.reads, change.read_by
        )
    };
    changes::<Before, Now>().into_iter().map(line).collect()
}
