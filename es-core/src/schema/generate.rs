//! JSON Schema 2020-12 of a version of an event, made by schemars from what the derive wrote down.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::declared::{DeclaredField, DeclaredVersion};
use super::field::{EventVersion, FieldMeta, VersionForm};
use crate::event::EventMeta;

/// Reading and writing differ: a field with a default may be missing from what is read, and is
/// there in what is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contract {
    Reads,
    Writes,
}

pub(super) fn declared_version(event: &EventMeta, version: &EventVersion) -> DeclaredVersion {
    let fields = match version.form {
        VersionForm::Fields { fields, .. } => Some(fields.iter().map(declared_field).collect()),
        VersionForm::Shape(_) | VersionForm::Json => None,
    };
    let is_written = version.version == event.version && event.retired.is_none();
    DeclaredVersion {
        version: version.version,
        fields,
        reads: schema(event, version, Contract::Reads),
        writes: is_written
            .then(|| schema(event, version, Contract::Writes))
            .flatten(),
    }
}

fn declared_field(field: &FieldMeta) -> DeclaredField {
    DeclaredField {
        rust_name: field.name.to_owned(),
        name: field.wire.to_owned(),
        type_tokens: field.type_tokens.to_owned(),
        required: is_required(field, Contract::Reads),
        default: field.default.is_some(),
        flatten: field.flatten,
        aliases: field.aliases.iter().map(|a| (*a).to_owned()).collect(),
    }
}

fn is_required(field: &FieldMeta, contract: Contract) -> bool {
    match contract {
        _ if field.flatten => false,
        Contract::Reads => field.default.is_none() && !(field.may_be_missing)(),
        Contract::Writes => !field.may_be_left_out,
    }
}

fn schema(event: &EventMeta, version: &EventVersion, contract: Contract) -> Option<Value> {
    let settings = SchemaSettings::draft2020_12();
    let settings = match contract {
        Contract::Reads => settings.for_deserialize(),
        Contract::Writes => settings.for_serialize(),
    };
    let mut generator = settings.into_generator();
    let mut schema = match version.form {
        VersionForm::Fields { fields, closed } => {
            of_fields(&mut generator, fields, closed, contract)
        }
        VersionForm::Shape(of) => match of(&mut generator).to_value() {
            Value::Object(schema) => schema,
            other => Map::from_iter([("not".to_owned(), json!(other == json!(false)))]),
        },
        VersionForm::Json => return None,
    };
    schema.insert("title".to_owned(), json!(event.name));
    if !event.docs.is_empty() {
        schema.insert("description".to_owned(), json!(event.docs));
    }
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(definitions));
    }
    Some(Value::Object(schema))
}

fn of_fields(
    generator: &mut SchemaGenerator,
    fields: &[FieldMeta],
    closed: bool,
    contract: Contract,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut flattened = Vec::new();
    for field in fields {
        let mut schema = (field.schema)(generator);
        if field.flatten {
            flattened.push(schema.to_value());
            continue;
        }
        if !field.docs.is_empty() {
            schema.insert("description".to_owned(), json!(field.docs));
        }
        if !field.aliases.is_empty() {
            // A schema does not say it otherwise.
            schema.insert("x-es-aliases".to_owned(), json!(field.aliases));
        }
        if contract == Contract::Reads
            && let Some(value) = field.default.and_then(|default| default())
        {
            schema.insert("default".to_owned(), value);
        }
        if is_required(field, contract) {
            required.push(json!(field.wire));
        }
        properties.insert(field.wire.to_owned(), schema.to_value());
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    if !properties.is_empty() {
        schema.insert("properties".to_owned(), Value::Object(properties));
    }
    if !required.is_empty() {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    if !flattened.is_empty() {
        schema.insert("allOf".to_owned(), Value::Array(flattened));
    }
    // A version without fields ignores its payload.
    if closed && !fields.is_empty() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    schema
}
