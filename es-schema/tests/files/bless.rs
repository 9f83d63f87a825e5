use super::kit::*;
use es_core::schema::{DeclaredEvent, Reading, StoredPayload};
use es_schema::Outcome;

#[test]
fn without_git_what_is_on_disk_is_published() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    let before = folder.all();
    let changed = Fake::new([event(
        "account.opened",
        [version(1, &[("owner", "u64")], &[])],
    )]);
    let blessed = folder.bless(&changed);
    assert!(blessed.is_refused());
    let text = blessed.to_string();
    assert!(
        text.contains("VERSION_FROZEN") && text.contains("repair:"),
        "{text}"
    );
    assert!(text.contains("refused: nothing was written"), "{text}");
    assert_eq!(folder.all(), before);

    let force = ["account.opened".to_owned()];
    let blessed = folder.schemas().bless(&changed, &force).unwrap();
    assert!(!blessed.is_refused(), "{blessed}");
    assert_eq!(
        folder.json("account.opened.v1.json")["x-es-fields"][0]["type"],
        "u64"
    );
}

#[test]
fn it_refuses_all_or_nothing() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    let code = Fake::new([event("account.closed", [version(1, &[], &[])])]);
    let blessed = folder.bless(&code);
    assert!(blessed.is_refused());
    assert!(!folder.file("account.closed.v1.json").exists());
}

#[test]
fn forcing_an_unknown_event_is_an_error() {
    let folder = Folder::new();
    let force = ["account.opend".to_owned()];
    let error = folder
        .schemas()
        .bless(&Fake::new([opened()]), &force)
        .unwrap_err();
    assert!(
        error.to_string().contains("cannot force `account.opend`"),
        "{error}"
    );
}

#[test]
fn a_forced_removal_removes() {
    let folder = Folder::new();
    folder.bless(&Fake::new([
        opened(),
        event("account.closed", [version(1, &[], &[])]),
    ]));
    let force = ["account.closed".to_owned()];
    let code = Fake::new([opened()]);
    let blessed = folder.schemas().bless(&code, &force).unwrap();
    assert_eq!(blessed.removed, [folder.file("account.closed.v1.json")]);
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
}

#[test]
fn a_changed_doc_comment_is_updated() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    let mut event = opened();
    event.docs = "Somebody opened an account.".to_owned();
    let code = Fake::new([event]);
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
    assert_eq!(
        folder.bless(&code).updated,
        [folder.file("account.opened.v1.json")]
    );
    assert!(
        folder
            .read("account.opened.v1.json")
            .contains("Somebody opened")
    );
}

#[test]
fn a_value_type_that_grew_is_recorded_and_one_that_shrank_is_refused() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened_in(&["Eur", "Usd"])]));
    assert!(
        folder
            .file("samples/account.opened.v1.fullest.json")
            .exists()
    );
    folder.commit();
    let before = folder.all();
    let blessed = folder.bless(&Fake::new([opened_in(&["Eur"])]));
    assert!(
        blessed.is_refused() && blessed.to_string().contains("ENUM_VALUE_REMOVED"),
        "{blessed}"
    );
    assert_eq!(folder.all(), before);
    let more = Fake::new([opened_in(&["Eur", "Usd", "Chf"])]);
    let blessed = folder.bless(&more);
    assert_eq!(
        blessed.updated,
        [folder.file("account.opened.v1.json")],
        "{blessed}"
    );
    let new: Vec<_> = blessed
        .written
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(new.iter().any(|text| text.contains("Chf")), "{blessed}");
    assert!(
        before
            .iter()
            .skip(1)
            .all(|(path, text)| folder.all().contains(&(path.clone(), text.clone())))
    );
    assert_eq!(folder.check(&more).outcome(), Outcome::Compatible);
    // What was never committed may be taken back, and its sample says so.
    let blessed = folder.bless(&Fake::new([opened_in(&["Eur", "Usd"])]));
    assert!(!blessed.is_refused(), "{blessed}");
}

/// Reads what has an owner of more than so many letters: a step that can fail.
fn names_of(letters: usize) -> fn(&[DeclaredEvent], &StoredPayload) -> Reading {
    match letters {
        0 => |events, stored| match stored.payload.to_value()["owner"].as_str() {
            Some("") => Err("an owner is a name".to_owned()),
            _ => as_it_is(events, stored),
        },
        _ => |events, stored| match stored.payload.to_value()["owner"].as_str() {
            Some("Ada Lovelace") => as_it_is(events, stored),
            _ => Err("an owner is a full name".to_owned()),
        },
    }
}

#[test]
fn a_version_that_no_made_payload_is_read_of_asks_for_a_real_one_until_it_has_one() {
    let folder = Folder::new();
    let code = Fake::new([opened()]).reading(names_of(2));
    for _ in 0..2 {
        let blessed = folder.bless(&code);
        let real = folder.file("samples/account.opened.v1.real.json");
        let wanted = format!(
            "account.opened v1 has no sample: the code reads no payload made from its schema (an owner is a \
             full name). Put one that was stored into {}, in this form: {{\"payload\":{{\"owner\":\"",
            real.display()
        );
        let [notice] = blessed.notices.as_slice() else {
            panic!("{blessed}");
        };
        assert!(notice.starts_with(&wanted), "{notice}\n{wanted}");
        assert!(!folder.file("samples").exists());
        assert!(folder.file("account.opened.v1.json").exists());
        assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
    }
    folder.write(
        "samples/account.opened.v1.till-3.json",
        "{\"payload\": {\"owner\": \"Ada Lovelace\"}}",
    );
    for _ in 0..2 {
        let blessed = folder.bless(&code);
        assert!(blessed.notices.is_empty(), "{blessed}");
        let report = folder.check(&code);
        assert_eq!(report.outcome(), Outcome::Compatible);
        assert!(report.notices.is_empty(), "{report}");
    }
}

#[test]
fn made_payloads_of_which_the_code_reads_some_are_spoken_of_once() {
    let folder = Folder::new();
    let code = Fake::new([opened()]).reading(names_of(0));
    let blessed = folder.bless(&code);
    assert_eq!(
        blessed.notices,
        [
            "of the payloads made from the schema of account.opened v1, the code reads 1 and not 1, which are \
             no samples (an owner is a name)"
        ]
    );
    let blessed = folder.bless(&code);
    assert!(blessed.notices.is_empty(), "{blessed}");
}

/// Version 1 read through a step that gives it a branch, as code of these versions does.
fn through_steps(events: &[DeclaredEvent], stored: &StoredPayload) -> Reading {
    let mut read = as_it_is(events, stored)?;
    for event in &mut read {
        let mut payload = event.payload.to_value();
        if event.version == 2 && payload.get("branch").is_none() {
            payload["branch"] = "north".into();
            event.payload = payload.into();
        }
    }
    Ok(read)
}

#[test]
fn samples_that_go_through_new_steps_are_recorded_again() {
    const REAL: &str = "samples/account.opened.v1.real.json";
    let folder = Folder::new();
    folder.write(REAL, "{\"payload\": {\"owner\": \"Ada\"}}");
    folder.bless(&Fake::new([opened()]).reading(through_steps));
    folder.commit();
    assert_eq!(folder.json(REAL)["reads_as"][0]["version"], 1);

    let fields = [("owner", "String"), ("branch", "String")];
    let two = event(
        "account.opened",
        [version(1, &fields[..1], &[]), version(2, &fields, &[])],
    );
    let code = Fake::new([two]).reading(through_steps);
    let blessed = folder.bless(&code);
    assert!(!blessed.is_refused(), "{blessed}");
    assert!(blessed.updated.contains(&folder.file(REAL)), "{blessed}");
    assert_eq!(
        folder.json(REAL),
        serde_json::json!({
            "payload": {"owner": "Ada"},
            "reads_as": [{
                "event": "account.opened", "version": 2, "payload": {"owner": "Ada", "branch": "north"},
            }],
        })
    );
    // What is recorded is the steps' doing from now on, and kept.
    let before = folder.all();
    assert!(folder.bless(&code).updated.is_empty());
    assert_eq!(folder.all(), before);
    folder.commit();
    let moved = Fake {
        events: code.events,
        read: |events, stored| {
            let mut read = through_steps(events, stored)?;
            if stored.version == 1 {
                let mut payload = read[0].payload.to_value();
                payload["branch"] = "south".into();
                read[0].payload = payload.into();
            }
            Ok(read)
        },
    };
    assert!(folder.bless(&moved).is_refused());
    assert_eq!(folder.all(), before);
}
