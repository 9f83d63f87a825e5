use super::kit::*;
use es_schema::Scope;

#[test]
fn only_the_package_beside_the_directory_counts() {
    let folder = Folder::new();
    std::fs::write(
        folder.path().join("Cargo.toml"),
        "[package]\nname = \"my-bank\"\n",
    )
    .unwrap();
    let mut foreign = event("audit.seen", [version(1, &[], &[])]);
    foreign.package = "audit".to_owned();
    foreign.type_path = "audit::Seen".to_owned();
    let code = Fake::new([opened(), foreign]);
    folder.bless(&code);
    assert!(folder.file("account.opened.v1.json").exists());
    assert!(!folder.file("audit.seen.v1.json").exists());
    let report = folder
        .schemas()
        .scope(Scope::Crate("my_bank".to_owned()))
        .check(&code)
        .unwrap();
    assert_eq!(report.outcome(), es_schema::Outcome::Compatible);
}

#[test]
fn zero_events_is_an_error_that_names_what_was_found() {
    let folder = Folder::new();
    let code = Fake::new([opened()]);
    let schemas = folder.schemas().scope(Scope::Package("my-shop".to_owned()));
    let error = schemas.check(&code).unwrap_err().to_string();
    assert_eq!(
        error,
        "no event of package `my-shop` is linked in; events of these are linked in: `my-bank`. A crate \
         that nothing names is not linked: name it, `use my_shop as _;`. If it is, no event is declared in it"
    );
    for error in [
        schemas.bless(&code, &[]).unwrap_err(),
        schemas.diff(&code).unwrap_err(),
        schemas.asyncapi(&code).unwrap_err(),
        schemas.markdown(&code).unwrap_err(),
    ] {
        assert!(
            error.to_string().starts_with("no event of package"),
            "{error}"
        );
    }
    let error = folder.check_error(&Fake::new([]));
    assert!(error.contains("no event at all is linked in"), "{error}");
}

#[test]
fn two_events_of_one_name_are_an_error() {
    let folder = Folder::new();
    let mut other = opened();
    other.type_path = "my_bank::loan::Opened".to_owned();
    let error = folder.check_error(&Fake::new([opened(), other.clone()]));
    assert!(
        error.contains("two events are named `account.opened`"),
        "{error}"
    );
    assert!(
        error.contains("my_bank::account::Opened and my_bank::loan::Opened"),
        "{error}"
    );
    other.name = "loan.opened".to_owned();
    other.aliases = vec!["account.opened".to_owned()];
    let error = folder.check_error(&Fake::new([opened(), other]));
    assert!(
        error.contains("two events are named `account.opened`"),
        "{error}"
    );
}

#[test]
fn a_name_must_be_able_to_name_a_file() {
    let folder = Folder::new();
    let error = folder.check_error(&Fake::new([event("account/opened", [])]));
    assert!(error.contains("cannot be part of a file name"), "{error}");
}
