//! JSON in one form only: keys sorted, so that equal values are equal text.

use es_core::schema::Payload;
use serde::Serialize;
use serde_json::{Map, Value};

/// Two-space indent, keys sorted, a final newline.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{:#}\n", sorted(value))
}

/// As [`pretty`], of what holds payloads.
pub(crate) fn pretty_exactly(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let sorted: Result<Payload, _> = text.parse();
    sorted.map_or(text, |sorted| format!("{sorted:#}\n"))
}

/// No spaces, keys sorted.
pub(crate) fn compact(value: &Value) -> String {
    sorted(value).to_string()
}

/// FNV-1a, 64 bits, as 16 hex digits.
pub(crate) fn fingerprint(value: &Value) -> String {
    let hash = compact(value)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// Sorts by itself: serde_json keeps the order of insertion where some crate turns that on.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            entries
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}
