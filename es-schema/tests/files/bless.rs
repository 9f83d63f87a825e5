use super::kit::*;
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

#[test]
fn a_generated_payload_that_the_code_refuses_is_no_sample() {
    let folder = Folder::new();
    let code = Fake::new([opened()]).reading(|_, _| Err("an owner is a full name".to_owned()));
    let blessed = folder.bless(&code);
    assert!(
        blessed.notices[0].contains("an owner is a full name"),
        "{blessed}"
    );
    assert!(!folder.file("samples").exists());
    assert!(folder.file("account.opened.v1.json").exists());
}
