//! A schema in a few words.

use serde_json::Value;

/// `string`, `array of Currency`, `integer (uint64) or null`.
pub(super) fn type_text(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap_or(reference).to_owned();
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    for keyword in ["enum", "oneOf", "anyOf", "allOf"] {
        if let Some(branches) = schema[keyword].as_array() {
            let texts: Vec<_> = match keyword {
                "enum" => branches.iter().map(ToString::to_string).collect(),
                _ => branches.iter().map(type_text).collect(),
            };
            return texts.join(if keyword == "allOf" { " and " } else { " or " });
        }
    }
    let mut text = match &schema["type"] {
        Value::String(one) => named(one, schema),
        Value::Array(several) => {
            let names = several.iter().filter_map(Value::as_str);
            let texts: Vec<_> = names.map(|name| named(name, schema)).collect();
            texts.join(" or ")
        }
        _ => "anything".to_owned(),
    };
    if let Some(format) = schema["format"].as_str() {
        text = text.replacen("string", &format!("string ({format})"), 1);
        text = text.replacen("integer", &format!("integer ({format})"), 1);
        text = text.replacen("number", &format!("number ({format})"), 1);
    }
    text
}

fn named(name: &str, schema: &Value) -> String {
    match (
        name,
        schema.get("items"),
        schema.get("additionalProperties"),
    ) {
        ("array", Some(items), _) if items.is_object() => format!("array of {}", type_text(items)),
        ("object", _, Some(values)) if values.is_object() => {
            format!("map to {}", type_text(values))
        }
        (name, _, _) => name.to_owned(),
    }
}
