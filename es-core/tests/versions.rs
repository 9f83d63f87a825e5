//! Events of several versions: upcast, aliased, retired; and the schemas their derives provide.

use std::collections::BTreeMap;

use es_core::__private::serde_json;
use es_core::prelude::*;
use es_core::schema::{Declaration, DeclaredEvent, Payload, StoredPayload, declare};
use es_core::{DecodeError, EventCatalogue, StoredEvent};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Currency {
    Eur,
    Usd,
}

/// All that can happen to an account.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "ledger", retired(ToppedUp, Audited))]
pub enum LedgerEvent {
    /// An account was opened.
    #[event(version = 4, alias = "acct_created", alias = "acct_opened")]
    #[upcast(1 => 2, rename(holder => owner))]
    #[upcast(2 => 3, add(currency: Currency = Currency::Eur))]
    #[upcast(3 => 4, retype(limit: u32 => u64::from(limit) * 100), remove(branch: String),
        add(label: String = format!("{owner}/{branch}")))]
    Opened {
        /// Whose it is.
        owner: String,
        currency: Currency,
        limit: u64,
        label: String,
    },
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[event(version = 2)]
    #[upcast(1 => 2, rename("sum" => paid_cents))]
    Paid {
        paid_cents: u64,
        #[serde(default)]
        note: Option<String>,
    },
    #[event(version = 2)]
    #[upcast(1 => 2, remove(reason: String))]
    Closed,
    #[event(version = 3)]
    #[upcast(1 => 2, json = rate_from_text)]
    #[upcast(2 => 3, with = rate_from_percent, from = RatePercent)]
    Rated { basis_points: u32 },
    #[event(version = 2)]
    #[upcast(1 => 2, add(day: u8 = text.parse()?), remove(text: String))]
    Dated { day: u8 },
}

#[derive(Deserialize, JsonSchema)]
pub struct RatePercent {
    percent: u32,
}

fn rate_from_percent(old: RatePercent) -> Rated {
    Rated {
        basis_points: old.percent * 100,
    }
}

fn rate_from_text(old: serde_json::Value) -> Result<serde_json::Value, String> {
    let text = old["rate"].as_str().ok_or("`rate` is not text")?;
    let percent: u32 = text
        .trim_end_matches('%')
        .parse()
        .map_err(|_| "not a rate")?;
    Ok(json!({ "percent": percent }))
}

/// Money came in, and the account was opened by it.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "ledger.topped_up", version = 2, alias = "topped", retired(into = split_top_up))]
#[upcast(1 => 2, add(owner: String = String::from("nobody")))]
pub struct ToppedUp {
    cents: u64,
    owner: String,
}

fn split_top_up(e: ToppedUp) -> (Opened, Option<Paid>) {
    let opened = Opened {
        owner: e.owner,
        currency: Currency::Eur,
        limit: 0,
        label: String::new(),
    };
    let paid = (e.cents > 0).then_some(Paid {
        paid_cents: e.cents,
        note: None,
    });
    (opened, paid)
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "ledger.audited", retired(drop))]
pub struct Audited {
    by: String,
}

fn decode(
    name: &str,
    version: u32,
    payload: serde_json::Value,
) -> Result<Vec<LedgerEvent>, DecodeError> {
    let payload = payload.to_string();
    let mut events = Vec::new();
    LedgerEvent::decode(
        StoredEvent {
            name,
            version,
            payload: payload.as_bytes(),
        },
        &mut |event| events.push(event),
    )?;
    Ok(events)
}

fn opened(owner: &str, limit: u64, label: &str) -> LedgerEvent {
    LedgerEvent::Opened {
        owner: owner.into(),
        currency: Currency::Eur,
        limit,
        label: label.into(),
    }
}

#[test]
fn every_version_goes_up_the_chain() {
    let v1 = json!({"holder": "Ada", "limit": 7, "branch": "north"});
    let v2 = json!({"owner": "Ada", "limit": 7, "branch": "north"});
    let v3 = json!({"owner": "Ada", "limit": 7, "branch": "north", "currency": "Eur"});
    let v4 = json!({"owner": "Ada", "limit": 700, "label": "Ada/north", "currency": "Eur"});
    for (version, payload) in (1..).zip([v1, v2, v3, v4]) {
        let events = decode("ledger.opened", version, payload);
        assert_eq!(
            events,
            Ok(vec![opened("Ada", 700, "Ada/north")]),
            "{version}"
        );
    }
}

#[test]
fn serde_attributes_hold_back_to_the_step_that_changes_the_field() {
    let now = Ok(vec![LedgerEvent::Paid {
        paid_cents: 5,
        note: None,
    }]);
    assert_eq!(decode("ledger.paid", 2, json!({"paidCents": 5})), now);
    assert_eq!(decode("ledger.paid", 1, json!({"sum": 5})), now);
    assert!(decode("ledger.paid", 1, json!({"sum": 5, "more": 1})).is_err());
    assert!(decode("ledger.paid", 1, json!({"paidCents": 5})).is_err());
}

#[test]
fn a_version_without_fields_ignores_its_payload() {
    assert_eq!(
        decode("ledger.closed", 2, json!(null)),
        Ok(vec![LedgerEvent::Closed])
    );
    assert_eq!(
        decode("ledger.closed", 1, json!({"reason": "moved"})),
        Ok(vec![LedgerEvent::Closed])
    );
    assert!(decode("ledger.closed", 1, json!({})).is_err());
}

#[test]
fn functions_read_what_steps_cannot() {
    let rated = Ok(vec![LedgerEvent::Rated { basis_points: 300 }]);
    assert_eq!(
        decode("ledger.rated", 3, json!({"basis_points": 300})),
        rated
    );
    assert_eq!(decode("ledger.rated", 2, json!({"percent": 3})), rated);
    assert_eq!(decode("ledger.rated", 1, json!({"rate": "3%"})), rated);
    let error = decode("ledger.rated", 1, json!({"rate": 3})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the step from version 1 to 2 failed: `rate` is not text"
    );
}

#[test]
fn a_step_that_fails_says_which() {
    assert_eq!(
        decode("ledger.dated", 1, json!({"text": "7"})),
        Ok(vec![LedgerEvent::Dated { day: 7 }])
    );
    let error = decode("ledger.dated", 1, json!({"text": "x"})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the step from version 1 to 2 failed: invalid digit found in string"
    );
}

#[test]
fn an_alias_is_read_as_the_event() {
    for name in ["acct_created", "acct_opened"] {
        let events = decode(name, 1, json!({"holder": "Ada", "limit": 1, "branch": "b"}));
        assert_eq!(events, Ok(vec![opened("Ada", 100, "Ada/b")]));
    }
}

#[test]
fn a_retired_event_reads_as_what_replaces_it() {
    let paid = LedgerEvent::Paid {
        paid_cents: 5,
        note: None,
    };
    let both = Ok(vec![opened("Ada", 0, ""), paid]);
    assert_eq!(
        decode("ledger.topped_up", 2, json!({"cents": 5, "owner": "Ada"})),
        both
    );
    assert_eq!(
        decode("topped", 2, json!({"cents": 5, "owner": "Ada"})),
        both
    );
    assert_eq!(
        decode("ledger.topped_up", 1, json!({"cents": 0})),
        Ok(vec![opened("nobody", 0, "")])
    );
    assert_eq!(
        decode("ledger.audited", 1, json!({"by": "tax"})),
        Ok(vec![])
    );
    assert!(decode("ledger.audited", 1, json!({})).is_err());
}

#[test]
fn the_version_is_decided_before_the_payload_is_touched() {
    let rubbish = json!("rubbish");
    assert_eq!(
        decode("ledger.opened", 5, rubbish.clone()),
        Err(DecodeError::NewerVersion {
            stored: 5,
            known: 4
        })
    );
    assert_eq!(
        decode("ledger.opened", 0, rubbish.clone()),
        Err(DecodeError::UnknownVersion {
            stored: 0,
            known: 4
        })
    );
    assert_eq!(
        decode("ledger.gone", 1, rubbish),
        Err(DecodeError::UnknownEvent)
    );
}

#[test]
fn every_version_has_a_schema() {
    let event = DeclaredEvent::of(Opened::META);
    assert_eq!(event.versions.len(), 4);
    let fields = |version: usize| -> Vec<String> {
        let fields = event.versions[version - 1].fields.as_ref().unwrap();
        fields
            .iter()
            .map(|f| format!("{}: {}", f.name, f.type_tokens))
            .collect()
    };
    assert_eq!(
        fields(1),
        ["holder: String", "limit: u32", "branch: String"]
    );
    assert_eq!(
        fields(4),
        [
            "owner: String",
            "currency: Currency",
            "limit: u64",
            "label: String"
        ]
    );
    let v4 = event.versions[3].reads.as_ref().unwrap();
    assert_eq!(v4["description"], "An account was opened.");
    assert_eq!(v4["properties"]["owner"]["description"], "Whose it is.");
    assert_eq!(
        v4["required"],
        json!(["owner", "currency", "limit", "label"])
    );
    assert_eq!(v4["$defs"]["Currency"]["enum"], json!(["Eur", "Usd"]));
    let paid = DeclaredEvent::of(Paid::META);
    let schema = paid.versions[1].reads.as_ref().unwrap();
    assert_eq!(schema["required"], json!(["paidCents"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    let rated = DeclaredEvent::of(Rated::META);
    assert_eq!(rated.versions[0].reads, None);
    assert_eq!(
        rated.versions[1].reads.as_ref().unwrap()["required"],
        json!(["percent"])
    );
}

#[test]
fn what_is_linked_in_declares_itself_and_reads_payloads() {
    let stored = |event: &str, version, payload: serde_json::Value| StoredPayload {
        event: event.into(),
        version,
        payload: payload.into(),
    };
    let payloads = [
        stored("ledger.topped_up", 1, json!({"cents": 5})),
        stored("ledger.opened", 9, json!({})),
        stored(
            "acct_created",
            2,
            json!({"owner": "Ada", "limit": 7, "branch": "b"}),
        ),
    ];
    let told = declare(&payloads);
    let find = |name: &str| told.events.iter().find(|event| event.name == name).unwrap();
    assert_eq!(
        find("ledger.topped_up").retired_into,
        Some(vec!["ledger.opened".into(), "ledger.paid".into()])
    );
    assert_eq!(find("ledger.audited").retired_into, Some(vec![]));
    assert_eq!(
        find("ledger.opened").aliases,
        ["acct_created", "acct_opened"]
    );
    assert_eq!(find("ledger.opened").package, "es-core");
    assert_eq!(told.readings[0].as_ref().unwrap().len(), 2);
    assert!(
        told.readings[1]
            .as_ref()
            .unwrap_err()
            .contains("newer code")
    );
    assert_eq!(told.readings[2].as_ref().unwrap()[0].version, 4);
}

/// Integers that neither `u64` nor `i64` holds, in what a retired event reads as.
mod long_integers {
    use super::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "vault", retired(Weighed))]
    pub enum VaultEvent {
        Counted {
            grains: u128,
            owed: i128,
            by_name: BTreeMap<String, Vec<i128>>,
            #[serde(default)]
            share: Option<f64>,
        },
    }

    #[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[event(name = "vault.weighed", retired(into = counted))]
    pub struct Weighed {
        grains: u128,
    }

    fn counted(e: Weighed) -> Counted {
        Counted {
            grains: e.grains,
            owed: i128::MIN,
            by_name: [("a".to_owned(), vec![-1, i128::MAX])].into(),
            share: None,
        }
    }

    fn reread(event: &str, payload: &str) -> Payload {
        let stored = StoredPayload {
            event: event.into(),
            version: 1,
            payload: payload.parse().unwrap(),
        };
        // As `cargo es schema` asks: payloads and readings pass between two processes.
        let asked = serde_json::to_vec(&[stored]).unwrap();
        let asked: Vec<StoredPayload> = serde_json::from_reader(asked.as_slice()).unwrap();
        let told = serde_json::to_vec(&declare(&asked)).unwrap();
        let told: Declaration = serde_json::from_slice(&told).unwrap();
        let [reading] = told.readings.try_into().unwrap();
        let [read] = reading.unwrap().try_into().unwrap();
        assert_eq!((read.event.as_str(), read.version), ("vault.counted", 1));
        read.payload
    }

    #[test]
    fn keep_every_digit_when_they_are_written_again() {
        let (max, min) = (u128::MAX, i128::MIN);
        let counted = format!(
            r#"{{"by_name":{{"a":[-1,{}]}},"grains":{max},"owed":{min},"share":null}}"#,
            i128::MAX
        );
        let read = reread("vault.weighed", &format!(r#"{{"grains": {max}}}"#));
        assert_eq!(read.to_string(), counted);
        assert_eq!(reread("vault.counted", &counted), read);
        let other = counted.replace(&max.to_string(), &(max - 1).to_string());
        assert_ne!(reread("vault.counted", &other), read);
    }

    #[test]
    fn payloads_are_equal_that_say_the_same() {
        let payload = |text: &str| text.parse::<Payload>().unwrap();
        let one = payload(r#"{"a": [1, 2.50, {"c": null, "b": "x"}], "d": 18446744073709551616}"#);
        let same = payload(r#" {"d":18446744073709551616,"a":[1,2.5,{"b":"\u0078","c":null}]} "#);
        assert_eq!(one, same);
        assert_eq!(one.to_value()["a"], json!([1, 2.5, {"b": "x", "c": null}]));
        assert_eq!(
            Payload::from(json!({"a": [-1, 1.5, u64::MAX]})),
            payload(r#"{"a":[-1,1.5,18446744073709551615]}"#)
        );
        assert_ne!(
            payload("18446744073709551616"),
            payload("18446744073709551617")
        );
        assert_eq!(
            format!("{:#}", payload(r#"{"a":[-9223372036854775809],"b":{}}"#)),
            "{\n  \"a\": [\n    -9223372036854775809\n  ],\n  \"b\": {}\n}"
        );
        for wrong in ["", "{", "nul", "01", "{\"a\":}", &"[".repeat(200_000)] {
            assert!(wrong.parse::<Payload>().is_err(), "{}", wrong.len());
        }
    }
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "panicking.halved", version = 2)]
#[upcast(1 => 2, retype(half: u32 => u32::MAX.checked_div(half).unwrap()))]
struct Halved {
    half: u32,
}

#[test]
fn a_step_that_panics_is_an_error_of_its_payload() {
    let asked = [0, 1].map(|half| StoredPayload {
        event: "panicking.halved".to_owned(),
        version: 1,
        payload: serde_json::json!({ "half": half }).into(),
    });
    let readings = declare(&asked).readings;
    let error = readings[0].as_ref().unwrap_err();
    assert!(
        error.starts_with(
            "the code panicked on the way from version 1 to 2: called `Option::unwrap()`"
        ),
        "{error}"
    );
    assert!(readings[1].is_ok());
}
