//! A payload as JSON, with every digit of it.
//!
//! `serde_json::Value` holds integers of 64 bits; a longer one becomes a float, and is then neither
//! the same nor readable as the integer it was. Events may hold `u128` and `i128`, so what is compared
//! with what was stored must not go through it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A payload as JSON, with every digit of it: also of integers of more than 64 bits. Two are equal that
/// say the same; the order of keys and the space between do not count. Its text has its keys sorted.
///
/// ```
/// use es_core::schema::Payload;
///
/// let payload: Payload = r#"{"b": 340282366920938463463374607431768211455, "a": 1.50}"#.parse().unwrap();
/// assert_eq!(payload.to_string(), r#"{"a":1.5,"b":340282366920938463463374607431768211455}"#);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Payload(Json);

#[derive(Clone, Debug, PartialEq)]
enum Json {
    /// What has no parts, and `Value` holds as it is.
    Plain(Value),
    /// The digits of an integer of more than 64 bits.
    Long(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Payload {
    /// The nearest value: integers of more than 64 bits are floats there.
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(Json::of(value))
    }
}

impl std::str::FromStr for Payload {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // First as a value: it says of any part where it is wrong, and how deep it may go.
        let _: Value = serde_json::from_str(text)?;
        Json::read(text).map(Self)
    }
}

impl fmt::Display for Payload {
    /// The alternate form, `{:#}`, has a line for each part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if f.alternate() {
            serde_json::to_string_pretty(self)
        } else {
            serde_json::to_string(self)
        };
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        text.get().parse().map_err(D::Error::custom)
    }
}

impl Json {
    fn of(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::List(items.into_iter().map(Self::of).collect()),
            Value::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| (key, Self::of(value)))
                    .collect(),
            ),
            plain => Self::Plain(plain),
        }
    }

    /// Reads text that is known to be JSON.
    fn read(text: &str) -> Result<Self, serde_json::Error> {
        let text = text.trim();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
                let fields = fields
                    .into_iter()
                    .map(|(key, part)| Ok((key, Self::read(part.get())?)));
                Self::Object(fields.collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                let items = items.into_iter().map(|part| Self::read(part.get()));
                Self::List(items.collect::<Result<_, _>>()?)
            }
            _ if is_long(text) => Self::Long(text.to_owned()),
            _ => Self::Plain(serde_json::from_str(text)?),
        })
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            // Beyond what a float holds there is no number.
            Self::Long(digits) => digits
                .parse()
                .unwrap_or_else(|_| Value::String(digits.clone())),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), value.to_value()))
                .collect(),
        }
    }
}

/// Whether it is an integer of more than 64 bits.
fn is_long(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && number.parse::<u64>().is_err()
        && number.parse::<i64>().is_err()
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Long(digits) => RawValue::from_string(digits.clone())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(fields) => serializer.collect_map(fields),
        }
    }
}
