//! Whatever is given as a schema, the answer is a shape or an error: never a panic, never endless.

use es_schema::compat::{compare, compare_reads};
use es_schema::sample::samples;
use es_schema::shape::{Problem, Shape};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const KEYWORDS: &[&str] = &[
    "$ref",
    "$defs",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "oneOf",
    "anyOf",
    "allOf",
    "const",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "pattern",
    "not",
    "default",
    "description",
    "title",
    "unevaluatedProperties",
    "multipleOf",
    "if",
    "contains",
    "x-es-aliases",
    "exclusiveMinimum",
];

fn arbitrary() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "#",
        "#/$defs/a",
        "#/properties/a",
        "#/anyOf/0",
        "nowhere",
        "#/allOf/0",
        "a",
        "b",
        "object",
        "string",
        "integer",
        "null",
        "array",
        "uint8",
        "uuid",
        "^a+$",
        "(",
    ]);
    let leaf = prop_oneof![
        words.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_i64..5).prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        let keyword = prop_oneof![5 => prop::sample::select(KEYWORDS), 1 => prop::sample::select(&["a", "b"][..])];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((keyword, inner), 0..5).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(keyword, value)| (keyword.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn any_value_is_a_shape_or_an_error(one in arbitrary(), other in arbitrary()) {
        let _ = samples(&one);
        if let (Ok(one), Ok(other)) = (Shape::parse(&one), Shape::parse(&other)) {
            let _ = compare(&one, &other, &one);
            prop_assert_eq!(compare_reads(&one, &one), []);
        }
    }
}

fn problem(schema: &Value) -> Problem {
    Shape::parse(schema).unwrap_err().problem
}

#[test]
fn errors_name_the_place_and_the_problem() {
    let error = Shape::parse(&json!({"properties": {"a/b": {"items": {"type": 5}}}})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the schema at `/properties/a~1b/items`: `type` has a value it cannot have"
    );
    assert_eq!(
        problem(&json!({"$ref": "#"})),
        Problem::CyclicReference("#".into())
    );
    assert!(matches!(
        problem(
            &json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}})
        ),
        Problem::CyclicReference(_)
    ));
    assert!(matches!(
        problem(
            &json!({"$ref": "#/$defs/a", "description": "d", "$defs": {"a": {"$ref": "#/$defs/a", "description": "d"}}})
        ),
        Problem::CyclicReference(_)
    ));
    assert_eq!(
        problem(&json!({"$ref": "https://example.com/s"})),
        Problem::MissingReference("https://example.com/s".into())
    );
    assert_eq!(problem(&json!({"if": true})), Problem::Unsupported("if"));
    assert_eq!(problem(&json!([])), Problem::NotASchema);
    assert_eq!(
        problem(&json!({"required": [1]})),
        Problem::Malformed("required")
    );
}

#[test]
fn deep_and_wide_schemas_end() {
    let mut deep = json!(true);
    for _ in 0..200 {
        deep = json!({"items": deep});
    }
    assert_eq!(problem(&deep), Problem::TooDeep);
    // Twice as many paths with every level, and one definition a level.
    let mut wide = json!({"$ref": "#/$defs/d0", "$defs": {}});
    for level in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        wide["$defs"][format!("d{level}")] =
            json!({"type": "object", "properties": {"a": next, "b": next}});
    }
    wide["$defs"]["d40"] = json!({"type": "string"});
    let mut other = wide.clone();
    other["$defs"]["d40"] = json!({"type": "boolean"});
    let (wide, other) = (Shape::parse(&wide).unwrap(), Shape::parse(&other).unwrap());
    assert!(!compare_reads(&wide, &other).is_empty());
}
