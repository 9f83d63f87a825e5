//! What a derive writes down of an event's versions and fields: constants, and functions that make
//! a schema when one is asked for.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde_json::Value;

/// A version of an event, as its derive knows it.
#[derive(Clone, Copy, Debug)]
pub struct EventVersion {
    /// The version.
    pub version: u32,
    /// What a payload of this version is.
    pub form: VersionForm,
}

/// What a payload of a version is.
#[derive(Clone, Copy, Debug)]
pub enum VersionForm {
    /// These fields.
    Fields {
        /// The fields, as they are declared.
        fields: &'static [FieldMeta],
        /// Whether `#[serde(deny_unknown_fields)]` stands on the event.
        closed: bool,
    },
    /// A type that a `with` step names in its `from`.
    Shape(SchemaOf),
    /// Any JSON: a `json` step reads it.
    Json,
}

/// Makes the schema of a type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A field of an event.
#[derive(Clone, Copy, Debug)]
pub struct FieldMeta {
    pub(super) name: &'static str,
    pub(super) wire: &'static str,
    pub(super) type_tokens: &'static str,
    pub(super) docs: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) default: Option<fn() -> Option<Value>>,
    pub(super) may_be_left_out: bool,
    pub(super) flatten: bool,
    pub(super) schema: SchemaOf,
    pub(super) may_be_missing: fn() -> bool,
}

impl FieldMeta {
    /// A field of the type `T`: its Rust name, its key in the payload, its type as written.
    pub const fn of<T: FieldType>(
        name: &'static str,
        wire: &'static str,
        type_tokens: &'static str,
    ) -> Self {
        Self {
            name,
            wire,
            type_tokens,
            docs: "",
            aliases: &[],
            default: None,
            may_be_left_out: false,
            flatten: false,
            schema: T::schema,
            may_be_missing: T::may_be_missing,
        }
    }

    /// With this doc comment.
    pub const fn docs(self, docs: &'static str) -> Self {
        Self { docs, ..self }
    }

    /// Also read from these keys.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// With `#[serde(default)]`.
    pub const fn default(self, value: fn() -> Option<Value>) -> Self {
        Self {
            default: Some(value),
            ..self
        }
    }

    /// With `#[serde(skip_serializing_if = …)]`.
    pub const fn may_be_left_out(self) -> Self {
        Self {
            may_be_left_out: true,
            ..self
        }
    }

    /// With `#[serde(flatten)]`.
    pub const fn flatten(self) -> Self {
        Self {
            flatten: true,
            ..self
        }
    }

    /// With schemars' attributes: the schema is that of the only field of `M`, a struct with them.
    pub const fn schema_of<M: JsonSchema>(self) -> Self {
        Self {
            schema: only_property::<M>,
            ..self
        }
    }
}

fn only_property<M: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let whole = M::json_schema(generator);
    whole
        .get("properties")
        .and_then(Value::as_object)
        .and_then(|properties| properties.values().next())
        .and_then(|property| Schema::try_from(property.clone()).ok())
        .unwrap_or_default()
}

/// A type that can be the type of an event's field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in an event: it needs serde's traits and a schema",
    label = "needs `Serialize`, `Deserialize` and `JsonSchema`",
    note = "derive all three: `#[derive(Serialize, Deserialize, JsonSchema)]`"
)]
pub trait FieldType {
    /// Its schema.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// Whether a field of this type may be missing from a payload.
    fn may_be_missing() -> bool;
}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema + DeserializeOwned> FieldType for T {
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }

    fn may_be_missing() -> bool {
        T::deserialize(Missing).is_ok()
    }
}

/// The value of a field's default as JSON.
pub fn default_json<T: Serialize>(value: T) -> Option<Value> {
    serde_json::to_value(value).ok()
}

/// A field that is not there: serde's own rule is that only what asks for an option gets an answer.
struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::missing_field(""))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl IntoDeserializer<'_> for Missing {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
