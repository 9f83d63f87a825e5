//! The file of one event version: a JSON Schema, and beside it what es knows of the event.

use crate::{canonical, error::FileError, file_name};
use es_core::schema::{DeclaredEvent, DeclaredField, DeclaredVersion};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of one version of an event, as it is or will be in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    event: String,
    version: u32,
    value: Map<String, Value>,
}

/// A field of an event's own, as `x-es-fields` holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnField {
    /// The key in the payload; empty for a flattened field.
    pub name: String,
    /// The Rust type as it is written.
    #[serde(rename = "type")]
    pub type_tokens: String,
    /// Whether `#[serde(default)]` stands on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Whether `#[serde(flatten)]` stands on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flatten: bool,
}

impl Document {
    /// The document of a declared version, with example payloads; `None` for a version that a
    /// `json` step reads, whose file is written by hand.
    pub fn of(
        event: &DeclaredEvent,
        version: &DeclaredVersion,
        examples: &[Value],
    ) -> Option<Self> {
        let Value::Object(mut value) = version.reads.clone()? else {
            return None;
        };
        let mut set = |key: &str, content: Value| {
            value.insert(key.to_owned(), content);
        };
        set("$schema", DIALECT.into());
        set(
            "$id",
            format!("urn:es:event:{}:v{}", event.name, version.version).into(),
        );
        set("x-es-event", event.name.clone().into());
        set("x-es-version", version.version.into());
        set("x-es-package", event.package.clone().into());
        set("x-es-crate", event.crate_name().into());
        match event.aggregates.as_slice() {
            [] => {}
            [one] => set("x-es-aggregate", one.clone().into()),
            several => set("x-es-aggregate", json!(several)),
        }
        if let Some(fields) = &version.fields {
            set("x-es-fields", own_fields(fields));
        }
        if !examples.is_empty() {
            set("examples", json!(examples));
        }
        if !value.contains_key("title") {
            let name = event.type_path.rsplit("::").next().unwrap_or(&event.name);
            value.insert("title".to_owned(), name.into());
        }
        if !value.contains_key("description") && !event.docs.is_empty() {
            value.insert("description".to_owned(), event.docs.clone().into());
        }
        let mut document = Self {
            event: event.name.clone(),
            version: version.version,
            value,
        };
        let fingerprint = document.fingerprint();
        document
            .value
            .insert("x-es-fingerprint".to_owned(), fingerprint.into());
        Some(document)
    }

    /// Reads a file's text; `path` is for its name and for messages.
    ///
    /// # Errors
    /// It is not JSON, half merged, edited by hand, not written by es, or its name says something
    /// else than it does.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let value = crate::json_file::parse(path, text)?;
        let Value::Object(value) = value else {
            return Err(FileError::NotADocument { path: path.into() });
        };
        let event = value.get("x-es-event").and_then(Value::as_str);
        let version = value.get("x-es-version").and_then(Value::as_u64);
        let (Some(event), Some(version)) = (event, version.and_then(|v| u32::try_from(v).ok()))
        else {
            return Err(FileError::NotADocument { path: path.into() });
        };
        let expected = file_name::document(event, version);
        if path.file_name().and_then(|name| name.to_str()) != Some(&*expected) {
            return Err(FileError::OtherName {
                path: path.into(),
                expected,
            });
        }
        if let Some(fields) = value.get("x-es-fields")
            && let Err(error) = Vec::<OwnField>::deserialize(fields)
        {
            return Err(FileError::Edited {
                path: path.into(),
                what: format!("`x-es-fields` cannot be read: {error}"),
            });
        }
        let document = Self {
            event: event.to_owned(),
            version,
            value,
        };
        match document.value.get("x-es-fingerprint") {
            Some(recorded)
                if recorded.as_str() != Some(&document.fingerprint())
                    && recorded.as_str() != document.fingerprint_of_fields().as_deref() =>
            {
                Err(FileError::Edited {
                    path: path.into(),
                    what: "it does not match its `x-es-fingerprint`".to_owned(),
                })
            }
            _ => Ok(document),
        }
    }

    /// The event's name on the wire.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Event and version.
    pub fn key(&self) -> (String, u32) {
        (self.event.clone(), self.version)
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        file_name::document(&self.event, self.version)
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        canonical::pretty(&Value::Object(self.value.clone()))
    }

    /// The event's own fields, by name; `None` where the version has no field list.
    pub fn fields(&self) -> Option<Vec<OwnField>> {
        Vec::deserialize(self.value.get("x-es-fields")?).ok()
    }

    /// The JSON Schema alone: without what es adds, and without examples.
    pub fn schema(&self) -> Value {
        let mut schema = self.value.clone();
        schema.retain(|key, _| {
            !key.starts_with("x-es-") && !matches!(key.as_str(), "examples" | "$id")
        });
        schema.into()
    }

    /// The example payloads.
    pub fn examples(&self) -> &[Value] {
        match self.value.get("examples") {
            Some(Value::Array(examples)) => examples,
            _ => &[],
        }
    }

    /// Whether both say the same, examples aside.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let told = |document: &Self| {
            let mut value = document.value.clone();
            value.remove("examples");
            canonical::sorted(&value.into())
        };
        told(self) == told(other)
    }

    /// The same document with other examples.
    pub fn with_examples(mut self, examples: &[Value]) -> Self {
        if examples.is_empty() {
            self.value.remove("examples");
        } else {
            self.value.insert("examples".to_owned(), json!(examples));
        }
        self
    }

    /// Of all that decides which payloads fit.
    fn fingerprint(&self) -> String {
        let schema = without_annotations(&self.schema());
        match self.value.get("x-es-fields") {
            Some(fields) => canonical::fingerprint(&json!([fields, schema])),
            None => canonical::fingerprint(&schema),
        }
    }

    /// What was written before the schema was in it: bless writes it anew.
    fn fingerprint_of_fields(&self) -> Option<String> {
        self.value.get("x-es-fields").map(canonical::fingerprint)
    }
}

fn own_fields(fields: &[DeclaredField]) -> Value {
    let mut own: Vec<_> = fields
        .iter()
        .map(|field| OwnField {
            name: match field.flatten {
                true => String::new(),
                false => field.name.clone(),
            },
            type_tokens: field.type_tokens.clone(),
            default: field.default,
            flatten: field.flatten,
        })
        .collect();
    own.sort();
    json!(own)
}

/// The schema without what does not change which payloads fit.
fn without_annotations(schema: &Value) -> Value {
    const ANNOTATIONS: [&str; 9] = [
        "$comment",
        "$id",
        "$schema",
        "default",
        "deprecated",
        "description",
        "examples",
        "readOnly",
        "title",
    ];
    match schema {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !ANNOTATIONS.contains(&key.as_str()))
            .map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    // Their keys are names, not keywords.
                    ("properties" | "patternProperties" | "$defs", Value::Object(named)) => named
                        .iter()
                        .map(|(name, schema)| (name.clone(), without_annotations(schema)))
                        .collect::<Map<_, _>>()
                        .into(),
                    ("const" | "enum" | "required", value) => value.clone(),
                    (_, value) => without_annotations(value),
                };
                (key.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_annotations).collect(),
        other => other.clone(),
    }
}
