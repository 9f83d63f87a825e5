use super::kit::*;
use es_core::schema::{DeclaredEvent, Reading, StoredPayload};
use es_schema::Outcome;

fn changed() -> Fake {
    Fake::new([event(
        "account.opened",
        [version(1, &[("owner", "u64")], &[])],
    )])
}

#[test]
fn what_is_not_committed_may_still_change() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.bless(&Fake::new([opened()]));
    assert!(!folder.bless(&changed()).is_refused(), "there is no commit");
    std::fs::write(folder.path().join("other"), "").unwrap();
    folder.git(&["add", "other"]);
    folder.git(&["commit", "-q", "-m", "Begin"]);
    assert!(
        !folder.bless(&Fake::new([opened()])).is_refused(),
        "there is a commit without it"
    );
    folder.commit();
    assert!(folder.bless(&changed()).is_refused());
}

/// Reads numbers, or texts, as owners.
fn owner_of(is_number: bool) -> fn(&[DeclaredEvent], &StoredPayload) -> Reading {
    match is_number {
        true => |events, stored| match stored.payload.to_value()["owner"].is_number() {
            true => as_it_is(events, stored),
            false => Err("expected a number".to_owned()),
        },
        false => |events, stored| match stored.payload.to_value()["owner"].is_string() {
            true => as_it_is(events, stored),
            false => Err("expected a text".to_owned()),
        },
    }
}

#[test]
fn samples_made_from_what_is_not_committed_go_with_it() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let text = || Fake::new([opened()]).reading(owner_of(false));
    let number = || changed().reading(owner_of(true));
    folder.bless(&number());
    let blessed = folder.bless(&text());
    assert!(!blessed.is_refused(), "{blessed}");
    let names =
        |folder: &Folder| -> Vec<_> { folder.all().into_iter().map(|(path, _)| path).collect() };
    let named = [
        "samples/account.opened.v1.fullest.json",
        "samples/account.opened.v1.smallest.json",
    ];
    assert_eq!(names(&folder)[1..], named.map(|name| folder.file(name)));
    assert_eq!(folder.check(&text()).outcome(), Outcome::Compatible);
    // A payload that somebody put there stays, and holds.
    const REAL: &str = "samples/account.opened.v1.real.json";
    folder.write(REAL, "{\"payload\": {\"owner\": \"Ada\"}}");
    assert!(folder.bless(&number()).is_refused());
    std::fs::remove_file(folder.file(REAL)).unwrap();

    folder.commit();
    let before = folder.all();
    assert!(folder.bless(&number()).is_refused());
    assert_eq!(folder.all(), before);
    let force = ["account.opened".to_owned()];
    folder.schemas().bless(&number(), &force).unwrap();
    assert_eq!(names(&folder)[1..], named.map(|name| folder.file(name)));
    assert_eq!(folder.check(&number()).outcome(), Outcome::Compatible);
}

#[test]
fn a_file_deleted_here_is_still_published() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder.commit();
    std::fs::remove_file(folder.file("account.opened.v1.json")).unwrap();
    let blessed = folder.bless(&changed());
    assert!(blessed.is_refused(), "{blessed}");
    assert_eq!(folder.check(&changed()).outcome(), Outcome::Broken);
    std::fs::remove_dir_all(folder.file("")).unwrap();
    assert!(folder.bless(&changed()).is_refused(), "the whole directory");
    assert!(!folder.bless(&Fake::new([opened()])).is_refused());
}

#[test]
fn a_file_changed_here_is_published_as_git_has_it() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder.commit();
    let force = ["account.opened".to_owned()];
    folder.schemas().bless(&changed(), &force).unwrap();
    assert!(
        folder.bless(&changed()).is_refused(),
        "git has other fields"
    );
    assert_eq!(folder.check(&changed()).outcome(), Outcome::Compatible);
    let against = folder.schemas().base("HEAD").check(&changed()).unwrap();
    assert_eq!(against.outcome(), Outcome::Broken, "the base was named");
}

#[test]
fn an_event_renamed_before_its_first_commit_leaves_nothing() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    folder.bless(&Fake::new([opened()]));
    let mut renamed = opened();
    renamed.name = "account.created".to_owned();
    let blessed = folder.bless(&Fake::new([renamed.clone()]));
    assert_eq!(
        blessed.removed,
        [folder.file("account.opened.v1.json")],
        "{blessed}"
    );
    assert!(folder.file("account.created.v1.json").exists());
    assert_eq!(
        folder.check(&Fake::new([renamed])).outcome(),
        Outcome::Compatible
    );
}

#[test]
fn the_package_may_be_anywhere_in_the_repository() {
    let folder = Folder::new();
    let package = folder.path().join("crates/bank");
    std::fs::create_dir_all(&package).unwrap();
    let schemas = || es_schema::Schemas::at(package.join("schemas"));
    schemas().bless(&Fake::new([opened()]), &[]).unwrap();
    folder.commit();
    assert!(schemas().bless(&changed(), &[]).unwrap().is_refused());
    std::fs::remove_file(package.join("schemas/account.opened.v1.json")).unwrap();
    assert!(schemas().bless(&changed(), &[]).unwrap().is_refused());
}

#[test]
fn a_base_that_is_not_there_is_an_error() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    let check = |base: &str| folder.schemas().base(base).check(&Fake::new([opened()]));
    let error = check("main").unwrap_err().to_string();
    assert!(
        error.contains("git cannot say what is published at `main`"),
        "{error}"
    );
    folder.commit();
    let error = check("no-such-branch").unwrap_err().to_string();
    assert!(error.contains("no such revision"), "{error}");
    assert_eq!(check("HEAD").unwrap().outcome(), Outcome::Compatible);
}

#[test]
fn the_first_events_of_all_warn_nobody() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]);
    let code = Fake::new([opened()]);
    folder.bless(&code);
    assert!(folder.check(&code).findings.is_empty());
    folder.commit();
    let more = Fake::new([opened(), event("account.closed", [version(1, &[], &[])])]);
    let report = folder.check(&more);
    assert!(report.findings.is_empty(), "{report}");
    assert_eq!(report.outcome(), Outcome::Unpublished);
    folder.bless(&more);
    let report = folder.check(&more);
    assert!(report.to_string().contains("EVENT_ADDED"), "{report}");
    assert_eq!(report.outcome(), Outcome::Compatible);
}

#[test]
fn a_version_that_is_not_committed_may_be_blessed_again() {
    let folder = Folder::new();
    folder.write(
        "samples/account.opened.v1.real.json",
        "{\"payload\": {\"owner\": \"Ada\"}}",
    );
    folder.bless(&Fake::new([opened()]));
    folder.commit();
    let second = |name: &'static str| {
        let versions = [
            version(1, &[("owner", "String")], &[]),
            version(2, &[("owner", "String"), (name, "String")], &[]),
        ];
        event("account.opened", versions)
    };
    let branch = || Fake::new([second("branch")]).reading(|_, stored| step(stored, "branch"));
    let place = || Fake::new([second("place")]).reading(|_, stored| step(stored, "place"));
    assert!(!folder.bless(&branch()).is_refused());
    assert_eq!(folder.check(&branch()).outcome(), Outcome::Compatible);
    let blessed = folder.bless(&place());
    assert!(!blessed.is_refused(), "{blessed}");
    assert_eq!(folder.check(&place()).outcome(), Outcome::Compatible);
    // What git has is held all the same.
    let lost = Fake::new([second("branch")]).reading(|_, stored| {
        let mut read = step(stored, "branch")?;
        read[0].payload = serde_json::json!({"branch": ""}).into();
        Ok(read)
    });
    let blessed = folder.bless(&lost);
    assert!(blessed.is_refused(), "{blessed}");
    folder.commit();
    assert!(folder.bless(&branch()).is_refused(), "now git has it");
}

/// Reads the first version as the second, which has one more field and must have it.
fn step(stored: &StoredPayload, name: &str) -> Reading {
    let mut payload = stored.payload.to_value();
    if stored.version == 1 {
        payload[name] = "".into();
    }
    match payload.get(name) {
        None => Err(format!("missing field `{name}`")),
        Some(_) => Ok(vec![StoredPayload {
            event: stored.event.clone(),
            version: 2,
            payload: payload.into(),
        }]),
    }
}

fn limited(versions: u32) -> Fake {
    let versions: Vec<_> = (1..=versions)
        .map(|number| {
            let fields = ["owner", "limit", "branch", "place"].map(|name| (name, "String"));
            version(number, &fields[..usize::try_from(number).unwrap()], &[])
        })
        .collect();
    Fake::new([event("account.opened", versions)])
}

#[test]
fn a_new_version_is_not_read_by_yesterdays_code() {
    let folder = Folder::new();
    folder.bless(&limited(1));
    folder.commit();
    folder.bless(&limited(2));
    let report = folder.check(&limited(2));
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    let text = report.to_string();
    assert!(text.contains("warns  VERSION_ADDED"), "{text}");
    assert!(
        text.contains("reads not judged (the file here has the change already), read-by breaks"),
        "{text}"
    );
    folder.write("es.toml", "compatibility = \"full\"\n");
    let report = folder.check(&limited(2));
    assert_eq!(report.outcome(), Outcome::Broken, "{report}");
    let text = report.to_string();
    assert!(text.contains("breaks VERSION_ADDED at /"), "{text}");
    assert!(
        text.contains("yesterday's code does not read version 2"),
        "{text}"
    );
    assert!(
        text.contains("deploy the readers of version 2 first"),
        "{text}"
    );
    assert!(
        !folder.bless(&limited(2)).is_refused(),
        "what is stored is read"
    );
    let allow = "[[allow]]\nrule = \"VERSION_ADDED\"\nevent = \"account.opened\"\nreason = \"readers first\"\n";
    folder.write("es.toml", &format!("compatibility = \"full\"\n{allow}"));
    assert_eq!(folder.check(&limited(2)).outcome(), Outcome::Compatible);
    folder.write("es.toml", "compatibility = \"full\"\n");
    folder.commit();
    let report = folder.check(&limited(2));
    assert!(report.findings.is_empty(), "{report}");
}

#[test]
fn versions_since_the_base_that_follow_each_other_are_not_skipped() {
    let folder = Folder::new();
    folder.bless(&limited(1));
    folder.commit();
    for versions in 2..=4 {
        folder.bless(&limited(versions));
        folder.commit();
    }
    let check = |base: &str, code: &Fake| folder.schemas().base(base).check(code).unwrap();
    let report = check("HEAD~3", &limited(4));
    assert_eq!(report.outcome(), Outcome::Compatible, "{report}");
    assert!(
        report.to_string().contains("versions 2 to 4 are new"),
        "{report}"
    );
    let mut skipping = limited(4);
    skipping.events[0].versions.remove(2);
    let report = check("HEAD~3", &skipping).to_string();
    assert!(report.contains("VERSION_SKIPPED"), "{report}");
    assert!(report.contains("version 4 follows version 2"), "{report}");
}

#[test]
fn a_committed_alias_is_told_of_no_more() {
    let folder = Folder::new();
    folder.bless(&limited(1));
    folder.commit();
    let mut renamed = limited(1);
    renamed.events[0].name = "account.created".to_owned();
    renamed.events[0].aliases = vec!["account.opened".to_owned()];
    folder.bless(&renamed);
    let report = folder.check(&renamed).to_string();
    assert!(report.contains("warns  EVENT_RENAMED"), "{report}");
    folder.commit();
    let report = folder.check(&renamed);
    assert!(report.findings.is_empty(), "{report}");
    let report = folder.schemas().base("HEAD").check(&renamed).unwrap();
    assert!(report.findings.is_empty(), "{report}");
    let report = folder.schemas().base("HEAD~1").check(&renamed).unwrap();
    assert!(report.to_string().contains("EVENT_RENAMED"), "{report}");
}
