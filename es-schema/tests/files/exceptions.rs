use super::kit::*;
use es_core::schema::{DeclaredEvent, Reading, StoredPayload};
use es_schema::{Outcome, report::Colour};
use serde_json::json;

/// `order.paid`, by one of these.
fn paid(by: &[&str]) -> DeclaredEvent {
    let mut paid = event("order.paid", [version(1, &[("by", "Payment")], &[])]);
    let variant = |name: &&str| {
        let card = json!({"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]});
        json!({
            "type": "object", "properties": {*name: card}, "required": [name],
            "additionalProperties": false,
        })
    };
    let variants: Vec<_> = by.iter().map(variant).collect();
    let version = &mut paid.versions[0];
    for schema in version.reads.iter_mut().chain(&mut version.writes) {
        schema["properties"]["by"] = json!({"oneOf": variants});
    }
    paid
}

/// Reads what is paid by card.
fn by_card(events: &[DeclaredEvent], stored: &StoredPayload) -> Reading {
    match stored.payload.to_value()["by"].get("Card") {
        Some(_) => as_it_is(events, stored),
        None => Err("unknown variant".to_owned()),
    }
}

fn published() -> Folder {
    let folder = Folder::new();
    folder.bless(&Fake::new([paid(&["Card", "Voucher"])]));
    folder
}

fn allow(folder: &Folder, lines: &str) {
    folder.write(
        "es.toml",
        &format!("[[allow]]\n{lines}\nreason = \"never sold\"\n"),
    );
}

#[test]
fn an_exception_covers_its_pointer_and_all_below_and_leaves_a_trace() {
    let folder = published();
    let card = Fake::new([paid(&["Card"])]);
    for pointer in [
        "",
        "pointer = \"/\"",
        "pointer = \"/properties/by\"",
        "pointer = \"/properties/by/\"",
        "pointer = \"/properties/by/oneOf/Voucher\"\nversion = 1",
    ] {
        allow(
            &folder,
            &format!("rule = \"VARIANT_REMOVED\"\nevent = \"order.paid\"\n{pointer}"),
        );
        let report = folder.check(&card);
        assert_eq!(
            report.to_string(),
            "1 exception applied: VARIANT_REMOVED at order.paid v1 /properties/by/oneOf/Voucher: never sold\n\
             compatible: all that is published is read\n",
            "{pointer}"
        );
        assert_eq!(report.json()["accepted"][0]["reason"], "never sold");
        let github = report.github("schemas");
        assert_eq!(
            github,
            "::notice file=schemas/es.toml,title=1 exception applied::VARIANT_REMOVED at order.paid v1 \
             /properties/by/oneOf/Voucher: never sold\n"
        );
    }
    assert!(
        folder
            .bless(&card)
            .to_string()
            .contains("1 exception applied: VARIANT_REMOVED")
    );
}

#[test]
fn an_exception_that_matches_nothing_says_which_key_misses() {
    let folder = published();
    let card = Fake::new([paid(&["Card"])]);
    let found = "VARIANT_REMOVED at order.paid v1 /properties/by/oneOf/Voucher";
    for (lines, wanted) in [
        (
            "rule = \"VARIANT_REMOVED\"\nevent = \"order.paid\"\npointer = \"/properties/b\"",
            format!("its pointer is another; the nearest is {found}"),
        ),
        (
            "rule = \"VARIANT_REMOVED\"\nevent = \"order.paid\"\nversion = 2",
            format!("its version is another; the nearest is {found}"),
        ),
        (
            "rule = \"TYPE_CHANGED\"\nevent = \"order.paid\"",
            format!("no finding of rule TYPE_CHANGED at this event; the nearest is {found}"),
        ),
        (
            "rule = \"VARIANT_REMOVED\"\nevent = \"order.payed\"",
            format!("no finding at this event; the nearest is {found}"),
        ),
        (
            "rule = \"TYPE_CHANGED\"\nevent = \"order.payed\"",
            "no finding at this event, and none of this rule; remove it".to_owned(),
        ),
    ] {
        allow(&folder, lines);
        let report = folder.check(&card);
        assert_eq!(report.outcome(), Outcome::Broken);
        let (notice, wanted) = (&report.notices[0], format!("matches nothing: {wanted}"));
        assert!(
            notice.starts_with("es.toml, line 1: the exception for") && notice.ends_with(&wanted),
            "{notice}\n{wanted}"
        );
    }
    assert!(
        report_of_nothing()
            .contains("matches nothing: no finding at this event, and none of this rule")
    );
}

fn report_of_nothing() -> String {
    let folder = published();
    allow(
        &folder,
        "rule = \"VARIANT_REMOVED\"\nevent = \"order.paid\"",
    );
    folder
        .check(&Fake::new([paid(&["Card", "Voucher"])]))
        .to_string()
}

#[test]
fn an_accepted_break_covers_the_samples_made_with_what_is_gone_and_no_others() {
    let folder = published();
    let card = || Fake::new([paid(&["Card"])]).reading(by_card);
    let lines = "rule = \"VARIANT_REMOVED\"\nevent = \"order.paid\"\npointer = \"/properties/by\"";
    let broken = folder.check(&card());
    assert!(!broken.samples.is_empty());
    allow(&folder, lines);
    let report = folder.check(&card());
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    let file = broken.samples[0].file.as_str();
    assert!(
        report
            .text(Colour::Never)
            .contains(&format!("never sold (with samples/{file})")),
        "{report}"
    );

    // A payload that somebody stored says otherwise than the exception.
    let real = "samples/order.paid.v1.real.json";
    folder.write(
        real,
        "{\"payload\": {\"by\": {\"Voucher\": {\"number\": \"7\"}}}}",
    );
    let report = folder.check(&card());
    assert_eq!(report.samples.len(), 1, "{report}");
    let repair = report.samples[0].repair();
    assert!(
        repair.starts_with(
            "es.toml accepts VARIANT_REMOVED at order.paid v1 /properties/by/oneOf/Voucher; if this"
        ),
        "{repair}"
    );
    // Nor is it what a step has to do with.
    let by_step = Fake::new([paid(&["Card"])]).reading(|events, stored| {
        let failed = |_| "the step from version 1 to 2 failed: no card".to_owned();
        by_card(events, stored).map_err(failed)
    });
    let report = folder.check(&by_step);
    let repair = report.samples[0].repair();
    assert!(
        repair.starts_with("the step fails on a payload"),
        "{repair}"
    );
    std::fs::remove_file(folder.file(real)).unwrap();
    let blessed = folder.bless(&card());
    assert_eq!(
        blessed.removed,
        [folder.file(&format!("samples/{file}"))],
        "{blessed}"
    );
    folder.write("es.toml", "");
    let report = folder.check(&card());
    assert_eq!(
        report.to_string(),
        "compatible: all that is published is read\n"
    );
}

#[test]
fn a_removed_value_is_looked_for_where_it_was() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened_in(&["Eur", "Usd"])]));
    allow(
        &folder,
        "rule = \"ENUM_VALUE_REMOVED\"\nevent = \"account.opened\"",
    );
    let less = Fake::new([opened_in(&["Eur"])]).reading(|events, stored| {
        match (
            &stored.payload.to_value()["currency"],
            &stored.payload.to_value()["owner"],
        ) {
            (currency, owner) if currency == "Usd" || owner == "Usd" => Err("unknown".to_owned()),
            _ => as_it_is(events, stored),
        }
    });
    let report = folder.check(&less);
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    let sample = |owner: &str, currency: &str| {
        format!("{{\"payload\": {{\"owner\": \"{owner}\", \"currency\": \"{currency}\"}}}}")
    };
    folder.write(
        "samples/account.opened.v1.owner.json",
        &sample("Usd", "Eur"),
    );
    let report = folder.check(&less);
    assert_eq!(report.samples.len(), 1, "{report}");
    assert_eq!(report.samples[0].file, "account.opened.v1.owner.json");
}

#[test]
fn a_removed_event_may_be_accepted() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    allow(
        &folder,
        "rule = \"EVENT_REMOVED\"\nevent = \"account.opened\"",
    );
    let other = event("account.closed", [version(1, &[], &[])]);
    let report = folder.check(&Fake::new([other]));
    assert_eq!(report.outcome(), Outcome::Unpublished, "{report}");
}

/// `account.opened` with an amount within, by this name.
fn with_money(name: &str) -> DeclaredEvent {
    let mut opened = opened();
    let money = json!({
        "type": "object", "properties": {name: {"type": "integer"}}, "required": [name],
    });
    let version = &mut opened.versions[0];
    for schema in version.reads.iter_mut().chain(&mut version.writes) {
        schema["properties"]["owner"] = money.clone();
    }
    opened
}

#[test]
fn an_alias_that_no_schema_shows_is_seen_in_the_samples() {
    let folder = Folder::new();
    folder.bless(&Fake::new([with_money("cents")]));
    let aliased = Fake::new([with_money("amount")]);
    let report = folder.check(&aliased);
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    let text = report.to_string();
    assert!(
        text.contains("`cents` is `amount` now, and samples with the old name are read")
            && text.contains("repair: let every reader run the new code before it is written"),
        "{text}"
    );
    let without = Fake::new([with_money("amount")]).reading(|events, stored| {
        match stored.payload.to_value()["owner"].get("amount") {
            Some(_) => as_it_is(events, stored),
            None => Err("missing field `amount`".to_owned()),
        }
    });
    assert_eq!(folder.check(&without).outcome(), Outcome::Broken);
}
