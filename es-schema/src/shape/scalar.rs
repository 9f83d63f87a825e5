//! Scalars: the ranges that formats stand for, and annotations that serde does not enforce.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integer {
    /// The least value the Rust type holds.
    pub least: i128,
    /// The greatest value the Rust type holds.
    pub greatest: u128,
    /// Whether zero is refused: `NonZero`.
    pub nonzero: bool,
    /// A format that is no Rust integer type: a unit, say.
    pub unit: Option<String>,
}

/// A number, as precise as its bits of significand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// 24 for `f32`, 53 for `f64`.
    pub bits: u32,
    /// A format that is no Rust float type.
    pub unit: Option<String>,
}

/// A string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// A format its type enforces: `date-time`, `uuid`, and `char` for one character.
    pub format: Option<String>,
}

/// The range of a Rust integer type, by the name schemars gives it.
pub(crate) fn integer_range(format: &str) -> Option<(i128, u128)> {
    Some(match format {
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        "uint128" => (0, u128::MAX),
        "int8" => (i8::MIN.into(), 0x7f),
        "int16" => (i16::MIN.into(), 0x7fff),
        "int32" => (i32::MIN.into(), 0x7fff_ffff),
        "int64" | "int" => (i64::MIN.into(), 0x7fff_ffff_ffff_ffff),
        "int128" => (i128::MIN, u128::MAX >> 1),
        _ => return None,
    })
}

/// String formats that are annotations only: no type enforces them.
fn annotation_only(format: &str) -> bool {
    matches!(
        format,
        "email"
            | "idn-email"
            | "password"
            | "hostname"
            | "idn-hostname"
            | "regex"
            | "binary"
            | "byte"
    )
}

/// Annotations that serde does not enforce, by keyword.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints(BTreeMap<&'static str, Value>);

/// Keywords that only annotate, and the type they speak of.
const KEYWORDS: [(&str, &[&str]); 16] = [
    ("minLength", &["string"]),
    ("maxLength", &["string"]),
    ("pattern", &["string"]),
    ("contentEncoding", &["string"]),
    ("contentMediaType", &["string"]),
    ("minimum", &["integer", "number"]),
    ("maximum", &["integer", "number"]),
    ("exclusiveMinimum", &["integer", "number"]),
    ("exclusiveMaximum", &["integer", "number"]),
    ("multipleOf", &["integer", "number"]),
    ("minItems", &["array"]),
    ("maxItems", &["array"]),
    ("uniqueItems", &["array"]),
    ("minProperties", &["object"]),
    ("maxProperties", &["object"]),
    (
        "not",
        &["integer", "number", "string", "array", "object", "boolean"],
    ),
];

impl Constraints {
    pub(super) const NONE: Self = Self(BTreeMap::new());

    /// The constraints by keyword, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(keyword, value)| (*keyword, value))
    }

    /// The constraint of a keyword.
    pub fn get(&self, keyword: &str) -> Option<&Value> {
        self.0.get(keyword)
    }

    pub(super) fn of(keywords: &Map<String, Value>, json_type: &str) -> Self {
        let mut found = Self::default();
        for (keyword, types) in KEYWORDS {
            if let Some(value) = keywords.get(keyword)
                && types.contains(&json_type)
                && *value != Value::Bool(false)
            {
                found.0.insert(keyword, value.clone());
            }
        }
        found
    }

    pub(super) fn remove(&mut self, keyword: &str) {
        self.0.remove(keyword);
    }

    fn integer(&self, keyword: &str) -> Option<i128> {
        integral(self.0.get(keyword)?)
    }
}

fn integral(value: &Value) -> Option<i128> {
    if let Some(number) = value.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = value.as_u64() {
        return Some(number.into());
    }
    None
}

/// The integer a schema describes, with the bounds its format implies taken off the constraints.
pub(super) fn integer(keywords: &Map<String, Value>) -> (Integer, Constraints) {
    let mut constraints = Constraints::of(keywords, "integer");
    let format = keywords.get("format").and_then(Value::as_str);
    let range = format.and_then(integer_range);
    let (least, greatest) = range.unwrap_or((i128::MIN, u128::MAX));
    let mut nonzero = false;
    if range.is_some() {
        if constraints.integer("minimum") == Some(1) && least == 0 {
            nonzero = true;
            constraints.remove("minimum");
        }
        if constraints
            .integer("minimum")
            .is_some_and(|minimum| minimum <= least)
        {
            constraints.remove("minimum");
        }
        if constraints
            .integer("maximum")
            .is_some_and(|maximum| u128::try_from(maximum).is_ok_and(|maximum| maximum >= greatest))
        {
            constraints.remove("maximum");
        }
    }
    if constraints
        .get("not")
        .is_some_and(|not| *not == serde_json::json!({"const": 0}))
    {
        nonzero = true;
        constraints.remove("not");
    }
    let unit = format.filter(|_| range.is_none()).map(str::to_owned);
    (
        Integer {
            least,
            greatest,
            nonzero,
            unit,
        },
        constraints,
    )
}

/// The number a schema describes.
pub(super) fn number(keywords: &Map<String, Value>) -> (Number, Constraints) {
    let format = keywords.get("format").and_then(Value::as_str);
    let bits = if format == Some("float") { 24 } else { 53 };
    let unit = format
        .filter(|format| !matches!(*format, "float" | "double"))
        .map(str::to_owned);
    (Number { bits, unit }, Constraints::of(keywords, "number"))
}

/// The string a schema describes; one character exactly is a `char`.
pub(super) fn text(keywords: &Map<String, Value>) -> (Text, Constraints) {
    let mut constraints = Constraints::of(keywords, "string");
    let mut format = keywords
        .get("format")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if format.is_none()
        && constraints.integer("minLength") == Some(1)
        && constraints.integer("maxLength") == Some(1)
    {
        constraints.remove("minLength");
        constraints.remove("maxLength");
        format = Some("char".to_owned());
    }
    if constraints.integer("minLength") == Some(0) {
        constraints.remove("minLength");
    }
    if let Some(annotation) = format.take_if(|format| annotation_only(format)) {
        constraints.0.insert("format", Value::String(annotation));
    }
    (Text { format }, constraints)
}
