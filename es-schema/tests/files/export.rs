use super::kit::*;
use serde_json::{Value, json};

fn exported() -> (Folder, Fake) {
    let folder = Folder::new();
    std::fs::write(
        folder.path().join("Cargo.toml"),
        "[package]\nname = \"my-bank\"\nversion = \"1.2.0\"\n",
    )
    .unwrap();
    let mut topped = event("account.topped up", [version(1, &[("amount", "u64")], &[])]);
    topped.retired_into = Some(vec!["account.opened".to_owned()]);
    let mut lonely = event("seen", [version(1, &[], &[])]);
    lonely.aggregates.clear();
    let mut opened = opened_in(&["Eur", "Usd"]);
    opened.aliases = vec!["acct_created".to_owned()];
    let code = Fake::new([opened, topped, lonely]);
    folder.write(
        "samples/account.opened.v1.real.json",
        "{\"payload\": {\"owner\": \"Ada\", \"currency\": \"Eur\"}}",
    );
    folder.bless(&code);
    (folder, code)
}

#[test]
fn asyncapi_has_a_channel_an_aggregate_and_a_message_a_version() {
    let (folder, code) = exported();
    let api = folder.schemas().asyncapi(&code).unwrap();
    assert_eq!(api["asyncapi"], "3.0.0");
    assert_eq!(
        api["info"],
        json!({"title": "Events of package `my-bank`", "version": "1.2.0"})
    );
    let message = &api["components"]["messages"]["account.opened.v1"];
    assert_eq!(
        message["payload"],
        json!({"$ref": "#/components/schemas/account.opened.v1"})
    );
    assert_eq!(message["x-es-aliases"], json!(["acct_created"]));
    let currency = &api["components"]["schemas"]["account.opened.v1.Currency"];
    assert_eq!(currency["enum"], json!(["Eur", "Usd"]));
    let written = &api["operations"]["account.write"]["messages"];
    assert_eq!(
        *written,
        json!([{"$ref": "#/channels/account/messages/account.opened.v1"}])
    );
    let read = api["operations"]["account.read"]["messages"]
        .as_array()
        .unwrap();
    assert_eq!(read.len(), 2);
    assert!(api["channels"]["unlisted"]["messages"]["seen.v1"].is_object());
    references(&api, &api);
}

/// Every reference leads somewhere.
fn references(value: &Value, root: &Value) {
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                let found = target
                    .strip_prefix('#')
                    .and_then(|pointer| root.pointer(pointer));
                assert!(found.is_some(), "{target}");
            }
            map.values().for_each(|value| references(value, root));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, root)),
        _ => {}
    }
}

#[test]
fn the_catalogue_reads_well() {
    let (folder, code) = exported();
    let text = folder.schemas().markdown(&code).unwrap();
    for part in [
        "# Events of package `my-bank`\n",
        "## account\n\n### account.opened\n\nAn account was opened.\n\n- version 1, `my_bank::account::Opened`\n",
        "| `owner` | string | yes |  |",
        "| `currency` | Currency | yes |  |",
        "- `Currency` is \"Eur\" or \"Usd\"",
        "\"owner\": \"Ada\"",
        "- retired: it reads as account.opened",
        "| `amount` | integer (uint64) | yes |  |",
        "## Events that no aggregate lists\n\n### seen",
        "No fields.",
    ] {
        assert!(text.contains(part), "{part}\n\n{text}");
    }
}

#[test]
fn examples_have_every_digit_or_are_none() {
    let folder = Folder::new();
    let code = Fake::new([opened()]);
    let payload = format!("{{\"owner\": \"Ada\", \"paid\": {}}}", u128::MAX);
    folder.write(
        "samples/account.opened.v1.real.json",
        &format!("{{\"payload\": {payload}}}"),
    );
    folder.bless(&code);
    let document = folder.json("account.opened.v1.json");
    assert!(!document["examples"].as_array().unwrap().is_empty());
    assert!(!document.to_string().contains("e+38"), "{document}");
    let api = folder.schemas().asyncapi(&code).unwrap().to_string();
    assert!(!api.contains("e+38") && api.contains("examples"), "{api}");
    let markdown = folder.schemas().markdown(&code).unwrap();
    assert!(markdown.contains(&u128::MAX.to_string()), "{markdown}");
}
