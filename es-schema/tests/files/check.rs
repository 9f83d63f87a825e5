use super::kit::*;
use es_schema::Outcome;

fn blessed() -> Folder {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder
}

#[test]
fn what_has_no_file_is_unpublished_and_nothing_is_written() {
    let folder = Folder::new();
    let code = Fake::new([opened()]);
    let report = folder.check(&code);
    assert_eq!(report.outcome(), Outcome::Unpublished);
    assert_eq!(report.unpublished, [("account.opened".to_owned(), 1)]);
    assert!(!folder.file("").exists(), "check writes nothing");
    folder.bless(&code);
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
}

#[test]
fn own_fields_are_frozen() {
    let folder = blessed();
    for fields in [
        &[("owner", "u64")][..],
        &[("holder", "String")],
        &[("owner", "String"), ("currency", "String")],
        &[],
    ] {
        let changed = event("account.opened", [version(1, fields, &[])]);
        let report = folder.check(&Fake::new([changed]));
        assert_eq!(report.outcome(), Outcome::Broken, "{fields:?}");
        assert!(report.to_string().contains("VERSION_FROZEN"), "{report}");
        assert!(report.to_string().contains("#[upcast(1 => 2"), "{report}");
    }
}

#[test]
fn several_changes_of_a_version_have_one_repair() {
    let folder = Folder::new();
    let fields = [
        ("owner", "String"),
        ("limit", "u64"),
        ("branch", "Currency"),
    ];
    folder.bless(&Fake::new([event(
        "account.opened",
        [version(1, &fields, &["North"])],
    )]));
    let fields = [("holder", "String"), ("limit", "String"), ("day", "u64")];
    let changed = event("account.opened", [version(1, &fields, &[])]);
    let report = folder.check(&Fake::new([changed]));
    let repair = "set `version = 2` and add `#[upcast(1 => 2, rename(owner => holder), \
                  retype(limit: u64 => …), add(day: u64 = …), remove(branch: Currency))]`";
    assert_eq!(report.findings.len(), 4, "{report}");
    for finding in &report.findings {
        assert_eq!(finding.change.repair.as_deref(), Some(repair));
    }
    let text = report.to_string();
    assert_eq!(text.matches(repair).count(), 1, "{text}");
    assert_eq!(text.matches("repair: as above").count(), 3, "{text}");
}

#[test]
fn a_renamed_event_is_told_without_its_title_and_without_undoing_it() {
    let folder = blessed();
    let mut renamed = opened();
    renamed.name = "account.created".to_owned();
    renamed.aliases = vec!["account.opened".to_owned()];
    for version in &mut renamed.versions {
        let schemas = version.reads.iter_mut().chain(&mut version.writes);
        schemas.for_each(|schema| schema["title"] = "account.created".into());
    }
    let report = folder.check(&Fake::new([renamed]));
    let [finding] = report.findings.as_slice() else {
        panic!("{report}");
    };
    assert_eq!(finding.change.rule.id(), "EVENT_RENAMED");
    assert_eq!(
        finding.change.repair.as_deref(),
        Some("let every reader run the new code before it is written")
    );
}

#[test]
fn the_answer_comes_last_and_what_is_new_is_told_once() {
    let folder = blessed();
    let fields = [("owner", "String"), ("limit", "u64")];
    let two = event(
        "account.opened",
        [version(1, &fields[..1], &[]), version(2, &fields, &[])],
    );
    let other = event("account.closed", [version(1, &[], &[])]);
    let report = folder.check(&Fake::new([two, other]));
    let expected = "\
account.opened version 1
  ok     FIELD_ADDED_OPTIONAL at /properties/limit
         the field `limit` of type `u64` is new, and a step gives it to older payloads
         reads ok, read-by ok

account.closed v1 is not published yet: run `cargo es schema bless`
account.opened v2 is not published yet: run `cargo es schema bless`
not published: nothing breaks, but files are missing (1 change: 0 breaking, 0 warning, 1 compatible)
";
    assert_eq!(report.to_string(), expected, "{report}");
}

#[test]
fn the_same_type_written_another_way_is_no_change() {
    let folder = blessed();
    let same = event(
        "account.opened",
        [version(1, &[("owner", "std::string::String")], &[])],
    );
    assert_eq!(
        folder.check(&Fake::new([same])).outcome(),
        Outcome::Compatible
    );
}

#[test]
fn a_removed_event_and_a_renamed_one_are_told_apart() {
    let folder = blessed();
    let other = event("account.closed", [version(1, &[], &[])]);
    let report = folder.check(&Fake::new([other]));
    assert!(report.to_string().contains("EVENT_REMOVED"), "{report}");
    assert_eq!(report.outcome(), Outcome::Broken);
    let mut renamed = opened();
    renamed.name = "account.created".to_owned();
    let report = folder.check(&Fake::new([renamed.clone()]));
    assert!(
        report
            .to_string()
            .contains("#[event(alias = \"account.opened\")]"),
        "{report}"
    );
    renamed.aliases = vec!["account.opened".to_owned()];
    let report = folder.check(&Fake::new([renamed]));
    assert_eq!(report.outcome(), Outcome::Unpublished, "{report}");
}

#[test]
fn a_lowered_version_is_an_error() {
    let folder = Folder::new();
    let fields = [("owner", "String")];
    let two = event(
        "account.opened",
        [version(1, &fields, &[]), version(2, &fields, &[])],
    );
    folder.bless(&Fake::new([two]));
    let report = folder.check(&Fake::new([opened()]));
    assert_eq!(report.outcome(), Outcome::Broken);
    assert!(report.to_string().contains("VERSION_SKIPPED"), "{report}");
}

#[test]
fn a_version_read_by_a_json_step_needs_its_file() {
    let folder = Folder::new();
    let mut event = event(
        "account.opened",
        [version(1, &[], &[]), version(2, &[], &[])],
    );
    event.versions[0].reads = None;
    event.versions[0].fields = None;
    let code = Fake::new([event]);
    let error = folder.schemas().bless(&code, &[]).unwrap_err().to_string();
    assert!(
        error.contains("write") && error.contains("account.opened.v1.json by hand"),
        "{error}"
    );
    assert_eq!(folder.check_error(&code), error);
    assert!(
        folder
            .schemas()
            .diff(&code)
            .unwrap()
            .contains("to be written by hand")
    );
    folder.write(
        "account.opened.v1.json",
        "{\"x-es-event\": \"account.opened\", \"x-es-version\": 1, \"type\": \"object\"}",
    );
    let by_hand = folder.read("account.opened.v1.json");
    folder.bless(&code);
    assert_eq!(folder.read("account.opened.v1.json"), by_hand);
    assert_eq!(folder.check(&code).outcome(), Outcome::Compatible);
}

#[test]
fn a_value_type_may_grow_and_not_shrink() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened_in(&["Eur", "Usd"])]));
    let more = Fake::new([opened_in(&["Eur", "Usd", "Chf"])]);
    let report = folder.check(&more);
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    assert!(report.to_string().contains("ENUM_VALUE_ADDED"), "{report}");
    let less = Fake::new([opened_in(&["Eur"])]);
    let report = folder.check(&less);
    assert_eq!(report.outcome(), Outcome::Broken);
    assert!(
        report.to_string().contains("ENUM_VALUE_REMOVED"),
        "{report}"
    );
    folder.write("es.toml", "compatibility = \"full\"\n");
    assert_eq!(
        folder.check(&more).outcome(),
        Outcome::Broken,
        "yesterday's code must read it too"
    );
    folder.write(
        "es.toml",
        "compatibility = \"full\"\n\n[[allow]]\nrule = \"ENUM_VALUE_ADDED\"\nevent = \"account.opened\"\n\
         version = 1\npointer = \"/properties/currency\"\nreason = \"readers were updated first\"\n",
    );
    let report = folder.check(&more);
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
}

/// Version 2 of today, and a first version that a struct with these fields reads.
fn with_shape(fields: &[(&str, &str)]) -> Fake {
    let mut first = version(1, fields, &[]);
    first.fields = None;
    first.writes = None;
    let second = version(2, &[("holder", "String")], &[]);
    Fake::new([event("account.opened", [first, second])])
}

#[test]
fn the_shape_of_a_with_step_is_frozen() {
    let (one, two) = (
        [("owner", "String")],
        [("owner", "String"), ("limit", "u64")],
    );
    // Published before there was a shape, and after.
    for first in [
        Fake::new([event("account.opened", [version(1, &two, &[])])]),
        with_shape(&two),
    ] {
        let folder = Folder::new();
        folder.bless(&first);
        let blessed = folder.bless(&with_shape(&two));
        assert!(!blessed.is_refused(), "{blessed}");
        assert_eq!(
            folder.check(&with_shape(&two)).outcome(),
            Outcome::Compatible
        );
        let before = folder.all();
        let report = folder.check(&with_shape(&one));
        let text = report.to_string();
        assert_eq!(report.outcome(), Outcome::Broken, "{text}");
        assert!(
            text.contains("VERSION_FROZEN at /properties/limit"),
            "{text}"
        );
        assert!(
            text.contains("declare `limit` in the struct of version 1 (`from = …`)"),
            "{text}"
        );
        assert!(folder.bless(&with_shape(&one)).is_refused());
        assert_eq!(folder.all(), before);
        let force = ["account.opened".to_owned()];
        folder.schemas().bless(&with_shape(&one), &force).unwrap();
        assert_eq!(
            folder.check(&with_shape(&one)).outcome(),
            Outcome::Compatible
        );
    }
}
