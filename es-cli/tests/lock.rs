//! What the compiler says of an event whose schema is committed, and where it says it.

use crate::project::{Project, manifest};

const ONE: &str = "schemas/account.opened.v1.json";
const TWO: &str = "schemas/account.opened.v2.json";

/// What stands around the event.
const TYPES: &str = "use es_core::prelude::*;
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Currency { Eur, Usd }
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Coin { Eur, Usd }
pub type Money = Currency;
pub type Cents = u32;
pub type Name = String;
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = \"account\")]
pub enum AccountEvent {
";

const V1: &str = "Opened { owner: String, limit: u32, currency: Currency, note: Option<String> }";

fn source(event: &str) -> String {
    format!("{TYPES}{event}\n}}\n")
}

fn published(name: &str, event: &str) -> Project {
    let project = Project::new(&[
        ("Cargo.toml", &manifest(name, "")),
        ("src/lib.rs", &source(event)),
    ]);
    let blessed = project.es(&["schema", "bless"]);
    assert_eq!(blessed.code, 0, "{}", blessed.stderr);
    green(&project, "as published");
    project
}

/// Writes the event; `§` marks where the error stands. The marker's line and column come back.
fn write(project: &Project, event: &str) -> String {
    let text = source(event);
    let place = text.find('§').map(|at| {
        let before = &text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        format!("src/lib.rs:{line}:{column}")
    });
    project.write("src/lib.rs", &text.replace('§', ""));
    place.unwrap_or_default()
}

#[track_caller]
fn green(project: &Project, case: &str) {
    let checked = project.check(None);
    assert_eq!(checked.code, 0, "{case}: {}", checked.stderr);
}

#[track_caller]
fn red(project: &Project, event: &str, said: &str) {
    let place = write(project, event);
    let checked = project.check(None);
    let errors = checked.errors();
    assert_eq!(errors, [(said, &*place)], "{}", checked.stderr);
}

const FROZEN: &str = "published versions are frozen: set version = 2 and add #[upcast(1 => 2, ";

#[test]
fn a_change_of_a_published_version_is_one_error_where_it_stands() {
    let project = published("lock-changed", V1);
    for (event, said) in [
        (
            "Opened { owner: String, limit: u32, currency: Currency, note: Option<String>, §branch: u8 }",
            "error: field \"branch\" is not in the published account.opened v1; {FROZEN}add(branch: u8 = …))]",
        ),
        (
            "§Opened { owner: String, limit: u32, currency: Currency }",
            "error: field \"note: Option<String>\" of the published account.opened v1 is gone; {FROZEN}remove(note: Option<String>))]",
        ),
        (
            "Opened { §holder: String, limit: u32, currency: Currency, note: Option<String> }",
            "error: field \"holder\" is not in the published account.opened v1, and its \"owner\" of the same type is gone; {FROZEN}rename(owner => holder))]",
        ),
        (
            "Opened { owner: String, limit: §u64, currency: Currency, note: Option<String> }",
            "error: field \"limit\" is `u32` in the published account.opened v1, not `u64`; {FROZEN}retype(limit: u32 => …))]",
        ),
        (
            "Opened { owner: String, limit: u32, currency: §Coin, note: Option<String> }",
            "error[E0277]: field \"currency\" is `Currency` in the published account.opened v1, not `Coin`",
        ),
        (
            "Opened { owner: String, limit: u32, currency: Currency, note: §Option<Name2> }\n}\npub type Name2 = u8;\npub enum Nothing {",
            "error[E0277]: field \"note\" is `Option<String>` in the published account.opened v1, not `Option<Name2>`",
        ),
        (
            "Opened { owner: String, #[serde(default)] §limit: u32, currency: Currency, note: Option<String> }",
            "error: field \"limit\" has no `#[serde(default)]` in the published account.opened v1; {FROZEN}retype(limit: u32 => limit))]",
        ),
        (
            "Opened { owner: String, #[serde(rename = \"most\")] §limit: u32, currency: Currency, note: Option<String> }",
            "error: field \"most\" is not in the published account.opened v1, and its \"limit\" of the same type is gone; {FROZEN}rename(\"limit\" => limit))]",
        ),
    ] {
        red(&project, event, &said.replace("{FROZEN}", FROZEN));
    }
}

#[test]
fn types_that_only_the_compiler_tells_apart_come_with_the_fix() {
    let project = published("lock-types", V1);
    write(
        &project,
        "Opened { owner: String, limit: u32, currency: Coin, note: Option<String> }",
    );
    let said = project.check(None).stderr;
    let note = format!("= note: {FROZEN}retype(currency: Currency => …))]");
    assert!(said.contains(&note), "{said}");
    assert!(said.contains("^^^^ another type"), "{said}");
}

#[test]
fn another_spelling_raises_no_alarm() {
    let project = published("lock-spelling", V1);
    for event in [
        "Opened { note: Option<String>, currency: Currency, owner: String, limit: u32 }",
        "Opened { owner: Name, limit: Cents, currency: Money, note: Option<String> }",
        "Opened { owner: std::string::String, limit: ::core::primitive::u32, currency: crate::Currency, note: std::option::Option<std::string::String> }",
        "Opened { owner: String, limit: u32, currency: self::Currency, note: Option<Name> }",
        "/// It was opened.\nOpened { /** Whose it is. */ owner: String, limit: u32, currency: Currency, note: Option<String> }",
        "#[event(version = 2)] #[upcast(1 => 2, rename(owner => holder), add(day: u8 = 1), retype(limit: u32 => u64::from(limit)))]\n\
         Opened { holder: String, limit: u64, currency: Currency, note: Option<String>, day: u8 }",
        "#[event(version = 2)] #[upcast(1 => 2, retype(currency: Currency => match currency { Currency::Eur => Coin::Eur, Currency::Usd => Coin::Usd }))]\n\
         Opened { owner: String, limit: u32, currency: Coin, note: Option<String> }",
    ] {
        write(&project, event);
        green(&project, event);
    }
}

#[test]
fn an_alias_that_was_published_may_be_written_out() {
    let project = published(
        "lock-aliases",
        "Opened { owner: Name, limit: Cents, currency: Money, note: Option<Name> }",
    );
    write(&project, V1);
    green(&project, V1);
    red(
        &project,
        "Opened { owner: String, limit: §u64, currency: Money, note: Option<Name> }",
        &format!(
            "error: field \"limit\" is `Cents` in the published account.opened v1, not `u64`; {FROZEN}retype(limit: Cents => …))]"
        ),
    );
}

const V2: &str = "#[event(version = 2)] #[upcast(1 => 2, rename(holder => owner), add(limit: u32 = 7))]\n\
                  Opened { owner: String, limit: u32 }";

#[test]
fn the_steps_of_published_versions_are_frozen() {
    let project = published("lock-steps", V2);
    assert!(project.path(ONE).is_file() && project.path(TWO).is_file());
    let restore =
        format!("the step of a published version is frozen: restore it as it was for `{ONE}`");
    for (event, said) in [
        (
            "#[event(version = 2)] #[§upcast(1 => 2, rename(keeper => owner), add(limit: u32 = 7))]\n\
             Opened { owner: String, limit: u32 }",
            "error: field \"keeper\" is not in the published account.opened v1, and its \"holder\" of the same type is gone; {restore}",
        ),
        (
            "#[event(version = 2)] #[§upcast(1 => 2, rename(holder => owner))]\n\
             Opened { owner: String, limit: u32 }",
            "error: field \"limit\" is not in the published account.opened v1; {restore}",
        ),
        (
            "§Opened { owner: String, limit: u32 }",
            "error: account.opened v2 is published, so the version cannot go back to 1: set `version = 2` and restore its step `#[upcast(1 => 2, …)]`",
        ),
        (
            "#[event(version = §1)] Opened { holder: String }",
            "error: account.opened v2 is published, so the version cannot go back to 1: set `version = 2` and restore its step `#[upcast(1 => 2, …)]`",
        ),
    ] {
        red(&project, event, &said.replace("{restore}", &restore));
    }
    // The schema says nothing of an expression: the samples do.
    write(&project, &V2.replace("= 7", "= 8"));
    green(&project, "edited expression");
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_at_the_event() {
    let project = published("lock-files", "Opened { owner: String }");
    let text = project.read(ONE);
    let mend = "restore it from version control; what is published is never edited by hand";

    let merged = text.replacen('{', "{\n<<<<<<< HEAD\n=======\n>>>>>>> other", 1);
    project.write(ONE, &merged);
    red(
        &project,
        "§Opened { owner: String }",
        &format!(
            "error: `{ONE}` is half merged: take one side, raise the version of the event on the other, and bless"
        ),
    );

    project.write(ONE, &text.replacen('{', "{,", 1));
    red(
        &project,
        "§Opened { owner: String }",
        &format!("error: `{ONE}` is no JSON (line 1: a key expected); {mend}"),
    );

    project.write(
        ONE,
        &text.replace("\"account.opened\"", "\"account.closed\""),
    );
    red(
        &project,
        "§Opened { owner: String }",
        &format!("error: `{ONE}` says in `x-es-event` that it is of `account.closed`; {mend}"),
    );
}

/// Files that the compiler read are watched: nothing else changes here.
#[test]
fn files_that_come_and_go_are_noticed() {
    let project = published("lock-tracked", "Opened { owner: String }");
    write(&project, "Opened { holder: String }");
    let is_red = || project.check(None).errors().len() == 1;
    assert!(is_red());
    let text = project.read(ONE);
    project.remove(ONE);
    green(&project, "deleted");
    // A file that was not there cannot be watched: the next edit of the crate sees it.
    project.write(ONE, &text);
    write(&project, "Opened { holder: String, }");
    assert!(is_red(), "restored");
    project.write(ONE, &text.replace("\"owner\"", "\"holder\""));
    green(&project, "edited");
    project.write(ONE, &text);
    assert!(is_red(), "edited back");
    std::fs::rename(project.path("schemas"), project.path("elsewhere")).unwrap();
    green(&project, "moved away");
}

#[test]
fn the_lock_can_be_turned_off() {
    let project = published("lock-off", "Opened { owner: String }");
    write(&project, "Opened { holder: String }");
    assert_eq!(project.check(None).errors().len(), 1);
    let off = project.check(Some("off"));
    assert_eq!(off.code, 0, "{}", off.stderr);
    assert_eq!(project.check(None).errors().len(), 1);
    assert_eq!(project.check(Some("on")).errors().len(), 1);
}

#[test]
fn a_type_that_is_renamed_in_rust_is_taken_note_of_by_bless() {
    let project = published("lock-renamed", V1);
    let text = source(V1).replace("Currency", "Tender");
    project.write("src/lib.rs", &text);
    // The old name is looked for where the new one stands. No more can be said: a macro does not know
    // which names there are.
    let checked = project.check(None);
    let line = text[..text.find("currency: Tender").unwrap()]
        .matches('\n')
        .count()
        + 1;
    let column = "Opened { owner: String, limit: u32, currency: ".len() + 1;
    assert_eq!(
        checked.errors(),
        [(
            "error[E0425]: cannot find type `Currency` in this scope",
            format!("src/lib.rs:{line}:{column}").as_str()
        )]
    );
    let compatible = project.es(&["schema", "check"]);
    assert_eq!(compatible.code, 0, "{}", compatible.stderr);
    assert_eq!(project.es(&["schema", "bless"]).code, 0);
    green(&project, "blessed");
    assert!(project.read(ONE).contains("\"type\": \"Tender\""));
}
