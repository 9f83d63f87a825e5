//! Names for places and types in sentences.

use crate::shape::{Integer, Kind, Map, Node, Number, Tagging, Text};

/// What a pointer points at: `` `owner` ``, `` an element of `lines` ``.
pub(crate) fn place(pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let unescape = |step: &str| step.replace("~1", "/").replace("~0", "~");
    let mut words = String::new();
    let mut index = steps.len();
    while index > 0 {
        let step = steps.get(index - 1).copied().unwrap_or_default();
        let before = index
            .checked_sub(2)
            .and_then(|before| steps.get(before))
            .copied()
            .unwrap_or_default();
        match before {
            "properties" => return format!("{words}`{}`", unescape(step)),
            "oneOf" => return format!("{words}variant `{}`", unescape(step)),
            "anyOf" => {
                words.push_str(&format!("alternative {step} of "));
                index -= 2;
            }
            "prefixItems" => {
                words.push_str(&format!("element {step} of "));
                index -= 2;
            }
            _ => {
                words.push_str(match step {
                    "items" => "the elements of ",
                    "additionalProperties" => "the values of ",
                    "propertyNames" => "the keys of ",
                    "oneOf" => "the flattened enum of ",
                    _ => "",
                });
                index -= 1;
            }
        }
    }
    format!("{words}the payload")
}

/// A pointer one step further, escaped.
pub(crate) fn below(pointer: &str, keyword: &str, name: &str) -> String {
    format!(
        "{pointer}/{keyword}/{}",
        name.replace('~', "~0").replace('/', "~1")
    )
}

/// A type, as Rust or JSON calls it.
pub(crate) fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Any => "anything".to_owned(),
        Kind::Never => "nothing".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::Integer(integer) => integer_name(integer),
        Kind::Number(Number {
            unit: Some(unit), ..
        }) => format!("number of format {unit}"),
        Kind::Number(number) => if number.bits == 24 { "f32" } else { "f64" }.to_owned(),
        Kind::Text(Text {
            format: Some(format),
        }) if format == "char" => "char".to_owned(),
        Kind::Text(Text {
            format: Some(format),
        }) => format!("string of format {format}"),
        Kind::Text(_) => "string".to_owned(),
        Kind::Enum(_) => "enum".to_owned(),
        Kind::Object(_) => "object".to_owned(),
        Kind::Map(Map { keys: Some(_), .. }) => "map with patterned keys".to_owned(),
        Kind::Map(_) => "map".to_owned(),
        Kind::Seq(_) => "list".to_owned(),
        Kind::Tuple(elements) => format!("tuple of {}", elements.len()),
        Kind::Array(_, length) => format!("array of {length}"),
        Kind::Union(union) => match &union.tagging {
            Tagging::External => "externally tagged enum".to_owned(),
            Tagging::Internal(tag) => format!("enum tagged by {tag}"),
            Tagging::Adjacent(tag, content) => format!("enum tagged by {tag} beside {content}"),
            Tagging::Untagged => "untagged enum".to_owned(),
        },
    }
}

fn integer_name(integer: &Integer) -> String {
    if let Some(unit) = &integer.unit {
        return format!("integer of format {unit}");
    }
    let bits = 128 - integer.greatest.leading_zeros();
    let name = match (integer.least, integer.greatest) {
        (i128::MIN, u128::MAX) => "integer".to_owned(),
        (0, _) => format!("u{bits}"),
        _ => format!("i{}", bits + 1),
    };
    if integer.nonzero {
        format!("nonzero {name}")
    } else {
        name
    }
}
