use super::kit::*;
use es_schema::Document;
use serde_json::json;
use std::path::Path;

#[test]
fn a_document_is_sorted_and_says_where_it_belongs() {
    let mut event = event(
        "account.opened",
        [version(2, &[("owner", "String"), ("at", "u64")], &[])],
    );
    event.versions[0].fields.as_mut().unwrap()[1].default = true;
    let document = Document::of(
        &event,
        &event.versions[0],
        &[json!({"owner": "Ada", "at": 1})],
    )
    .unwrap();
    let expected = r##"{
  "$id": "urn:es:event:account.opened:v2",
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "description": "An account was opened.",
  "examples": [
    {
      "at": 1,
      "owner": "Ada"
    }
  ],
  "properties": {
    "at": {
      "format": "uint64",
      "minimum": 0,
      "type": "integer"
    },
    "owner": {
      "type": "string"
    }
  },
  "required": [
    "owner",
    "at"
  ],
  "title": "Opened",
  "type": "object",
  "x-es-aggregate": "account",
  "x-es-crate": "my_bank",
  "x-es-event": "account.opened",
  "x-es-fields": [
    {
      "default": true,
      "name": "at",
      "type": "u64"
    },
    {
      "name": "owner",
      "type": "String"
    }
  ],
  "x-es-fingerprint": "FINGERPRINT",
  "x-es-package": "my-bank",
  "x-es-version": 2
}
"##;
    let text = document.text();
    let fingerprint = document_key(&text, "x-es-fingerprint");
    assert_eq!(fingerprint.len(), 16);
    assert_eq!(text, expected.replace("FINGERPRINT", &fingerprint));
    let back = Document::parse(Path::new("schemas/account.opened.v2.json"), &text).unwrap();
    assert_eq!(back, document);
    assert_eq!(back.text(), text);
}

fn document_key(text: &str, key: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value[key].as_str().unwrap().to_owned()
}

#[test]
fn the_fingerprint_is_fnv_1a() {
    // Of `{}`, computed by hand: ((basis ^ 0x7b) * prime ^ 0x7d) * prime.
    let mut event = event("closed", [version(1, &[], &[])]);
    event.versions[0].fields = None;
    event.versions[0].reads = Some(json!({}));
    let document = Document::of(&event, &event.versions[0], &[]).unwrap();
    let prime = 0x100000001b3_u64;
    let hash = (0xcbf29ce484222325_u64 ^ 0x7b).wrapping_mul(prime);
    let hash = (hash ^ 0x7d).wrapping_mul(prime);
    assert_eq!(
        document_key(&document.text(), "x-es-fingerprint"),
        format!("{hash:016x}")
    );
}

#[test]
fn the_fingerprint_is_of_the_fields_and_of_the_schema() {
    let print = |event: &es_core::schema::DeclaredEvent| {
        let document = Document::of(event, &event.versions[0], &[]).unwrap();
        document_key(&document.text(), "x-es-fingerprint")
    };
    let event = opened_in(&["Eur"]);
    let mut other = event.clone();
    other.versions[0].fields.as_mut().unwrap()[0].type_tokens = "Owner".to_owned();
    assert_ne!(print(&event), print(&other));
    assert_ne!(print(&event), print(&opened_in(&["Eur", "Usd"])));
    other = event.clone();
    other.docs = "Another.".to_owned();
    assert_eq!(print(&event), print(&other));
}

#[test]
fn without_a_field_list_the_fingerprint_is_of_the_schema_without_annotations() {
    let mut event = opened();
    event.versions[0].fields = None;
    let document = |event: &es_core::schema::DeclaredEvent| {
        Document::of(event, &event.versions[0], &[]).unwrap().text()
    };
    let one = document(&event);
    assert!(!one.contains("x-es-fields"));
    event.versions[0].reads.as_mut().unwrap()["description"] = "Another.".into();
    let two = document(&event);
    event.versions[0].reads.as_mut().unwrap()["properties"]["title"] = json!({"type": "string"});
    let three = document(&event);
    let print = |text: &str| document_key(text, "x-es-fingerprint");
    assert_eq!(print(&one), print(&two));
    assert_ne!(
        print(&two),
        print(&three),
        "a property named `title` is no annotation"
    );
}

#[test]
fn flattened_fields_have_no_name_and_several_aggregates_are_a_list() {
    let mut event = opened();
    event.aggregates.push("audit".to_owned());
    event.versions[0].fields.as_mut().unwrap()[0].flatten = true;
    let document = Document::of(&event, &event.versions[0], &[]).unwrap();
    let value: serde_json::Value = serde_json::from_str(&document.text()).unwrap();
    assert_eq!(value["x-es-aggregate"], json!(["account", "audit"]));
    assert_eq!(
        value["x-es-fields"],
        json!([{"flatten": true, "name": "", "type": "String"}])
    );
    event.aggregates.clear();
    let document = Document::of(&event, &event.versions[0], &[]).unwrap();
    assert!(!document.text().contains("x-es-aggregate"));
}
