use super::kit::*;
use es_core::schema::{DeclaredEvent, Reading, StoredPayload};
use es_schema::Outcome;
use serde_json::json;

const SAMPLE: &str = "samples/account.opened.v1.real.json";

fn with_sample() -> Folder {
    let folder = Folder::new();
    folder.write(SAMPLE, "{\"payload\": {\"owner\": \"Ada\"}}");
    folder
}

#[test]
fn a_payload_is_tried_at_once_and_filled_in_by_bless() {
    let folder = with_sample();
    let code = Fake::new([opened()]);
    let report = folder.check(&code);
    assert_eq!(report.outcome(), Outcome::Unpublished);
    assert!(
        report.notices[0].contains("does not say what it reads as"),
        "{report}"
    );
    let blessed = folder.bless(&code);
    assert!(blessed.updated.contains(&folder.file(SAMPLE)));
    assert_eq!(
        folder.json(SAMPLE),
        json!({
            "payload": {"owner": "Ada"},
            "reads_as": [{"event": "account.opened", "version": 1, "payload": {"owner": "Ada"}}]
        })
    );
    assert_eq!(
        folder.json("account.opened.v1.json")["examples"][0],
        json!({"owner": "Ada"})
    );
    let before = folder.all();
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
    folder.bless(&code);
    assert_eq!(folder.all(), before, "a second bless changes nothing");
}

#[test]
fn a_newer_version_is_no_false_alarm() {
    let folder = with_sample();
    folder.bless(&Fake::new([opened()]));
    let versions = [
        version(1, &[("owner", "String")], &[]),
        version(2, &[("owner", "String"), ("currency", "String")], &[]),
    ];
    let code = Fake::new([event("account.opened", versions)]).reading(|_, stored| {
        let mut payload = stored.payload.to_value();
        if stored.version == 1 {
            payload["currency"] = "EUR".into();
        }
        Ok(vec![StoredPayload {
            event: stored.event.clone(),
            version: 2,
            payload: payload.into(),
        }])
    });
    let report = folder.check(&code);
    assert_eq!(report.outcome(), Outcome::Unpublished, "{report}");
}

#[test]
fn decoding_to_something_else_breaks_with_the_difference() {
    let folder = with_sample();
    folder.bless(&Fake::new([opened()]));
    // Stored version 1 reads with another owner, recorded readings stay.
    let code = Fake::new([opened()]).reading(|_, stored| {
        let mut stored = stored.clone();
        let payload = stored.payload.to_value();
        if payload["owner"] == "Ada" && payload.get("read").is_none() {
            stored.payload = json!({"owner": "ADA", "read": true}).into();
        }
        Ok(vec![stored])
    });
    let report = folder.check(&code).to_string();
    assert!(
        report.contains("-   \"owner\": \"Ada\"") && report.contains("+   \"owner\": \"ADA\""),
        "the recording itself is compared: {report}"
    );
    folder.write(
        SAMPLE,
        "{\"payload\": {\"owner\": \"Ada\"}, \"reads_as\": [{\"event\": \"account.opened\", \
         \"version\": 1, \"payload\": {\"owner\": \"Eve\"}}]}",
    );
    let report = folder.check(&Fake::new([opened()]));
    assert_eq!(report.outcome(), Outcome::Broken);
    let text = report.to_string();
    assert!(
        text.contains("SAMPLE_CHANGED account.opened v1, samples/account.opened.v1.real.json"),
        "{text}"
    );
    assert!(
        text.contains("-   \"owner\": \"Eve\"") && text.contains("+   \"owner\": \"Ada\""),
        "{text}"
    );
    assert!(text.contains("(- then, + now)"), "{text}");
    let repair =
        "undo the change; if the new meaning is meant, delete the sample's `reads_as` and bless";
    let what = report.samples[0].what();
    assert_eq!(
        report.json()["samples"],
        json!([{
            "file": "samples/account.opened.v1.real.json", "event": "account.opened", "version": 1,
            "rule": "SAMPLE_CHANGED", "what": what, "repair": repair,
        }])
    );
    assert_eq!(
        report.github("bank/schemas"),
        format!(
            "::error file=bank/schemas/samples/account.opened.v1.real.json,title=SAMPLE_CHANGED account.opened \
             version 1::{}%0Arepair: {repair}\n",
            what.replace('\n', "%0A")
        )
    );
    let blessed = folder.bless(&Fake::new([opened()]));
    assert!(blessed.is_refused(), "{blessed}");
    let allow =
        "[[allow]]\nrule = \"SAMPLE_CHANGED\"\nevent = \"account.opened\"\nreason = \"meant\"\n";
    folder.write("es.toml", allow);
    assert_eq!(
        folder.check(&Fake::new([opened()])).outcome(),
        Outcome::Compatible
    );
}

#[test]
fn what_is_not_decodable_is_broken() {
    let folder = with_sample();
    folder.bless(&Fake::new([opened()]));
    let code = Fake::new([opened()]).reading(|_, _| Err("missing field `holder`".to_owned()));
    let report = folder.check(&code);
    assert_eq!(report.outcome(), Outcome::Broken);
    assert!(
        report.to_string().contains("missing field `holder`"),
        "{report}"
    );
    let code = Fake::new([opened()]).reading(|_, _| Ok(Vec::new()));
    assert_eq!(
        folder.check(&code).outcome(),
        Outcome::Compatible,
        "dropped, as what was recorded"
    );
}

#[test]
fn a_null_payload_is_a_payload_and_a_missing_one_is_not() {
    let folder = Folder::new();
    folder.write("samples/account.opened.v1.null.json", "{\"payload\": null}");
    let report = folder.check(&Fake::new([opened()]));
    assert_eq!(report.samples.len(), 1, "{report}");
    folder.write("samples/account.opened.v1.null.json", "{}");
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(error.contains("missing field `payload`"), "{error}");
}

#[test]
fn a_sample_of_an_unknown_event_is_noted() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder.write("samples/account.opend.v1.real.json", "{\"payload\": {}}");
    let report = folder.check(&Fake::new([opened()]));
    assert_eq!(report.outcome(), Outcome::Compatible);
    assert!(
        report
            .to_string()
            .contains("samples/account.opend.v1.real.json is of an event"),
        "{report}"
    );
}

#[test]
fn integers_of_more_than_64_bits_keep_their_digits() {
    let folder = Folder::new();
    let (max, min) = (u128::MAX, i128::MIN);
    folder.write(
        SAMPLE,
        &format!("{{\"payload\": {{\"owner\": \"Ada\", \"paid\": [{max}, {min}]}}}}"),
    );
    let code = Fake::new([opened()]);
    folder.bless(&code);
    let text = std::fs::read_to_string(folder.file(SAMPLE)).unwrap();
    let digits = format!("        {max},\n          {min}\n");
    assert!(text.contains(&digits), "{text}");
    assert_eq!(text.matches(&max.to_string()).count(), 2, "{text}");
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
    // One less is something else.
    folder.write(
        SAMPLE,
        &text.replacen(&max.to_string(), &(max - 1).to_string(), 1),
    );
    let report = folder.check(&code).to_string();
    assert!(
        report.contains("SAMPLE_CHANGED account.opened v1"),
        "{report}"
    );
    assert!(report.contains(&format!("-     {max},")), "{report}");
}

/// An account with a value type that has optional fields, as the code has it.
fn nested(fields: &[&str]) -> DeclaredEvent {
    let properties: serde_json::Map<_, _> = fields
        .iter()
        .map(|name| (name.to_string(), json!({"type": ["string", "null"]})))
        .collect();
    let mut version = version(1, &[("vitals", "Vitals")], &[]);
    let schema = version.reads.as_mut().unwrap();
    schema["properties"]["vitals"] = json!({"type": "object", "properties": properties});
    version.writes = version.reads.clone();
    event("account.opened", [version])
}

/// As serde reads it: a key is kept, is the other name of one, or is lost.
fn reading_nested(events: &[DeclaredEvent], stored: &StoredPayload, alias: bool) -> Reading {
    let mut payload = stored.payload.to_value();
    let declared = &events[0].versions[0].reads.as_ref().unwrap()["properties"]["vitals"];
    let declared = declared["properties"].as_object().unwrap();
    let read = payload["vitals"].as_object().unwrap();
    let vitals: serde_json::Map<_, _> = declared
        .keys()
        .map(|key| {
            let other = read.get("note").filter(|_| alias && key == "remark");
            let value = read.get(key).or(other).cloned();
            (key.clone(), value.unwrap_or_default())
        })
        .collect();
    payload["vitals"] = vitals.into();
    as_it_is(
        events,
        &StoredPayload {
            payload: payload.into(),
            ..stored.clone()
        },
    )
}

fn vitals(fields: &[&str]) -> Fake {
    Fake::new([nested(fields)]).reading(|events, stored| reading_nested(events, stored, false))
}

fn aliased(fields: &[&str]) -> Fake {
    Fake::new([nested(fields)]).reading(|events, stored| reading_nested(events, stored, true))
}

fn with_vitals() -> Folder {
    let folder = Folder::new();
    folder.write(
        SAMPLE,
        "{\"payload\": {\"vitals\": {\"note\": \"well\", \"pulse\": \"70\"}}}",
    );
    folder.bless(&vitals(&["note", "pulse"]));
    assert_eq!(
        folder.check(&vitals(&["note", "pulse"])).outcome(),
        Outcome::Compatible
    );
    folder
}

#[test]
fn an_optional_value_that_is_lost_is_a_change() {
    let folder = with_vitals();
    for fields in [&["pulse"][..], &["pulse", "remark"]] {
        let report = folder.check(&vitals(fields));
        assert_eq!(report.outcome(), Outcome::Broken, "{report}");
        let text = report.to_string();
        assert!(text.contains("SAMPLE_CHANGED"), "{text}");
        assert!(text.contains("-     \"note\": \"well\","), "{text}");
        assert!(folder.bless(&vitals(fields)).is_refused());
    }
}

#[test]
fn an_optional_value_under_another_name_is_none() {
    let folder = with_vitals();
    let code = aliased(&["pulse", "remark"]);
    let report = folder.check(&code);
    assert!(report.samples.is_empty(), "{report}");
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    // A field that is only added is none, either.
    let more = aliased(&["note", "pulse", "since"]);
    assert_eq!(folder.check(&more).outcome(), Outcome::Compatible);
    // What it reads as from now on is held: the value under its new name.
    folder.bless(&code);
    assert_eq!(
        folder.json(SAMPLE)["reads_as"][0]["payload"]["vitals"]["remark"],
        "well"
    );
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
    let report = folder.check(&vitals(&["pulse", "remark"]));
    assert_eq!(report.outcome(), Outcome::Broken, "without the alias");
}

#[test]
fn a_value_lost_together_with_a_new_version_is_a_change() {
    let folder = with_vitals();
    let mut event = nested(&["pulse"]);
    let mut second = event.versions[0].clone();
    second.version = 2;
    second
        .fields
        .as_mut()
        .unwrap()
        .push(field("since", "String"));
    event.version = 2;
    event.versions.push(second);
    let code = Fake::new([event]).reading(|events, stored| reading_nested(events, stored, false));
    let report = folder.check(&code);
    let text = report.to_string();
    assert_eq!(report.outcome(), Outcome::Broken, "{text}");
    assert!(text.contains("-     \"note\": \"well\","), "{text}");
    assert!(text.contains("- account.opened v1"), "as recorded: {text}");
}

#[test]
fn made_samples_that_a_step_fails_on_go_with_one_command() {
    let folder = Folder::new();
    folder.write(SAMPLE, "{\"payload\": {\"owner\": \"7\"}}");
    folder.bless(&Fake::new([opened()]));
    let versions = [
        version(1, &[("owner", "String")], &[]),
        version(2, &[("owner", "u64")], &[]),
    ];
    let code = Fake::new([event("account.opened", versions)]).reading(|_, stored| {
        match stored.payload.to_value()["owner"].as_str() {
            Some("7") => Ok(vec![StoredPayload {
                version: 2,
                payload: json!({"owner": 7}).into(),
                ..stored.clone()
            }]),
            _ => Err("the step from version 1 failed: no number".to_owned()),
        }
    });
    let command = format!(
        "put a real one in their place: rm '{}' '{}'\n",
        folder
            .file("samples/account.opened.v1.fullest.json")
            .display(),
        folder
            .file("samples/account.opened.v1.smallest.json")
            .display()
    );
    let report = folder.check(&code).to_string();
    assert!(report.contains(&command), "{report}");
    assert!(report.contains(" (2 samples fail; "), "{report}");
    let blessed = folder.bless(&code);
    assert!(blessed.is_refused() && blessed.to_string().contains(&command));
}
