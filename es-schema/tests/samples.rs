//! Samples: each is what its schema allows, and a validator of another's making agrees.

use std::collections::BTreeSet;

use es_schema::sample::samples;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::contracts::{read, written};
use crate::sound::schema;

fn all_valid(schema: &Value) -> usize {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    let samples = samples(schema).unwrap();
    let mut names = BTreeSet::new();
    let mut payloads = BTreeSet::new();
    for sample in &samples {
        if let Err(error) = validator.validate(&sample.payload) {
            panic!(
                "`{}` is not allowed: {error}\n{}\n{schema}",
                sample.name, sample.payload
            );
        }
        assert!(
            names.insert(&sample.name),
            "two samples are `{}`",
            sample.name
        );
        assert!(
            payloads.insert(sample.payload.to_string()),
            "{} is there twice",
            sample.payload
        );
        assert!(
            sample.name.chars().all(|letter| letter.is_ascii_lowercase()
                || letter.is_ascii_digit()
                || letter == '-'),
            "{}",
            sample.name
        );
    }
    samples.len()
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Payment {
    #[schemars(length(min = 2, max = 5), regex(pattern = "^[A-Z]{2}\\d{2}$"))]
    code: String,
    #[schemars(range(min = 3, max = 9))]
    count: u32,
    at: jiff::Timestamp,
    id: uuid::Uuid,
    letter: char,
    limit: std::num::NonZeroI16,
    method: Method,
    nested: Option<Box<Payment>>,
    tree: Vec<Payment>,
    rates: std::collections::BTreeMap<u16, f32>,
    pair: (Method, [bool; 2]),
    #[serde(flatten)]
    kind: Kind,
    set: std::collections::BTreeSet<u8>,
    #[schemars(length(min = 3))]
    tags: std::collections::BTreeSet<u64>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Method {
    Cash,
    Card {
        number: String,
        expires: Option<u16>,
    },
    Gift(u64),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    Once,
    Monthly { day: u8 },
}

#[test]
fn samples_of_real_types_are_valid_and_decode() {
    for schema in [read::<Payment>(), written::<Payment>()] {
        assert!(all_valid(&schema) > 8);
    }
    for sample in samples(&read::<Payment>()).unwrap() {
        let text = sample.payload.to_string();
        let read = serde_json::from_str::<Payment>(&text);
        assert!(read.is_ok(), "{}: {:?} in {text}", sample.name, read.err());
    }
}

#[test]
fn every_variant_has_a_sample() {
    let samples = samples(&read::<Method>()).unwrap();
    let names: Vec<&str> = samples.iter().map(|sample| sample.name.as_str()).collect();
    assert_eq!(names, ["smallest", "fullest", "gift", "card-expires-null"]);
}

#[test]
fn samples_are_the_same_each_time() {
    assert_eq!(
        samples(&read::<Payment>()).unwrap(),
        samples(&read::<Payment>()).unwrap()
    );
}

#[test]
fn a_type_without_finite_values_has_no_sample() {
    let endless = json!({"$ref": "#/$defs/T", "$defs": {"T": {"type": "object", "properties": {"t": {"$ref": "#/$defs/T"}}, "required": ["t"]}}});
    assert_eq!(samples(&endless).unwrap(), []);
    assert_eq!(samples(&json!(false)).unwrap(), []);
}

#[test]
fn their_number_is_bounded() {
    let wide: Vec<String> = (0..500).map(|number| format!("V{number}")).collect();
    assert_eq!(all_valid(&json!({"enum": wide})), 64);
}

#[test]
fn the_tables_schemas_have_valid_samples() {
    let mut count = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat")).unwrap() {
        let cases: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for schema in cases
            .iter()
            .flat_map(|case| [case.get("published"), case.get("today")])
            .flatten()
        {
            count += all_valid(schema);
        }
    }
    assert!(count > 500, "{count} samples");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn samples_of_any_schema_are_valid(schema in schema()) {
        all_valid(&schema);
    }
}
