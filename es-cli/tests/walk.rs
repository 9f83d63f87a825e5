//! What a user goes through over the years, with the files that are left behind.

use crate::project::{Answer, Project, manifest};

const HEAD: &str = "use es_core::prelude::*;
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Currency { Eur, Usd }
#[derive(Event, Clone, Debug, PartialEq)]
";

/// Reads what is stored, as production does.
const TESTS: &str = "
#[cfg(test)]
mod tests {
    use super::*;
    use es_core::{EventCatalogue, StoredEvent};
    fn read(name: &str, version: u32, payload: serde_json::Value) -> Vec<AccountEvent> {
        let payload = payload.to_string();
        let mut events = Vec::new();
        let stored = StoredEvent { name, version, payload: payload.as_bytes() };
        AccountEvent::decode(stored, &mut |event| events.push(event)).unwrap();
        events
    }
";

/// An enum of events, what stands beside it, and the tests of the project.
fn source(events: &str, beside: &str, tests: &str) -> String {
    let attribute = match events.contains("/*retired*/") {
        true => "#[event(prefix = \"account\", retired(Moved))]",
        false => "#[event(prefix = \"account\")]",
    };
    format!(
        "{HEAD}{attribute}\npub enum AccountEvent {{\n{events}\n}}\n{beside}\n{TESTS}{tests}\n}}\n"
    )
}

fn project(name: &str, events: &str) -> Project {
    let project = Project::new(&[
        ("Cargo.toml", &manifest(name, "serde_json = \"1\"")),
        ("src/lib.rs", &source(events, "", "")),
    ]);
    assert_eq!(bless(&project).code, 0);
    assert_eq!(check(&project).code, 0);
    project
}

fn check(project: &Project) -> Answer {
    project.es(&["schema", "check"])
}

fn bless(project: &Project) -> Answer {
    project.es(&["schema", "bless"])
}

/// All files below `schemas`, with their text.
fn files(project: &Project) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["schemas", "schemas/samples"] {
        for entry in std::fs::read_dir(project.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                files.push((path.display().to_string(), text));
            }
        }
    }
    files.sort();
    files
}

#[track_caller]
fn says(answer: &Answer, code: i32, lines: &[&str]) {
    let told = format!("{}\n{}", answer.stdout, answer.stderr);
    assert_eq!(answer.code, code, "{told}");
    for line in lines {
        assert!(told.contains(line), "`{line}` is not in:\n{told}");
    }
}

/// A break: told by check, and refused by bless without a file touched.
#[track_caller]
fn breaks(project: &Project, lines: &[&str]) {
    says(&check(project), 1, lines);
    let before = files(project);
    says(&bless(project), 1, lines);
    says(&bless(project), 1, &["refused: nothing was written"]);
    assert_eq!(files(project), before);
}

const V1: &str = "Opened { owner: String, limit: u32 }, Deposited { cents: u64 },";
const V2: &str = "#[event(version = 2)]
#[upcast(1 => 2, rename(owner => holder), add(branch: String = String::from(\"north\")))]
Opened { holder: String, limit: u32, branch: String }, Deposited { cents: u64 },";

const STORED: &str = "schemas/samples/account.opened.v1.production.json";

/// A version is published, and a payload of production kept.
fn first_year(name: &str) -> Project {
    let project = project(name, V1);
    project.write(STORED, "{\"payload\": {\"owner\": \"Ada\", \"limit\": 7}}");
    says(
        &check(&project),
        0,
        &["samples/account.opened.v1.production.json does not say what it reads as"],
    );
    says(&bless(&project), 0, &["1 updated"]);
    let sample: serde_json::Value = serde_json::from_str(&project.read(STORED)).unwrap();
    assert_eq!(sample["payload"]["owner"], "Ada");
    assert_eq!(sample["reads_as"][0]["event"], "account.opened");
    assert_eq!(sample["reads_as"][0]["payload"]["owner"], "Ada");
    says(&check(&project), 0, &["compatible: "]);
    project
}

/// And a second version of it.
fn second_year(name: &str) -> Project {
    let project = first_year(name);
    project.write("src/lib.rs", &source(V2, "", ""));
    says(&bless(&project), 0, &["0 removed"]);
    says(&check(&project), 0, &["compatible: "]);
    project
}

#[test]
fn an_event_changes() {
    let project = first_year("walk-changes");
    let first = files(&project);
    let changed =
        "Opened { holder: String, limit: u32, branch: String }, Deposited { cents: u64 },";
    project.write("src/lib.rs", &source(changed, "", ""));

    let compiled = project.check(None);
    let texts: Vec<_> = compiled.errors().iter().map(|(text, _)| *text).collect();
    let fix = "set version = 2 and add #[upcast(1 => 2, rename(owner => holder), add(branch: String = …))]";
    assert_eq!(texts.len(), 2, "{}", compiled.stderr);
    assert!(texts.iter().all(|text| text.ends_with(fix)), "{texts:?}");
    says(
        &check(&project),
        1,
        &["VERSION_FROZEN", "account.opened v1", "broken: "],
    );
    breaks(&project, &["VERSION_FROZEN"]);

    project.write("src/lib.rs", &source(V2, "", ""));
    assert_eq!(project.check(None).code, 0);
    says(
        &check(&project),
        1,
        &[
            "account.opened v2 is not published yet: run `cargo es schema bless`",
            "not published: nothing breaks",
        ],
    );
    says(
        &project.es(&["schema", "diff"]),
        0,
        &[
            "account.opened\n  v1 published\n  v2 not published yet\n    since v1: ",
            "account.deposited\n  v1 published\n",
        ],
    );
    says(&bless(&project), 0, &["account.opened.v2.json"]);
    says(&check(&project), 0, &["compatible: "]);
    let now = files(&project);
    let mut documents = first.iter().filter(|(file, _)| !file.contains("samples"));
    assert!(documents.all(|file| now.contains(file)), "v1 is left alone");
    let sample: serde_json::Value = serde_json::from_str(&project.read(STORED)).unwrap();
    assert_eq!(sample["payload"]["owner"], "Ada");
    assert_eq!(sample["reads_as"][0]["payload"]["branch"], "north");
    says(
        &project.es(&["schema", "diff"]),
        0,
        &["account.opened\n  v1 published\n  v2 published\n    since v1: "],
    );

    let tests = "#[test] fn both() {
        let old = read(\"account.opened\", 1, json!({\"owner\": \"Ada\", \"limit\": 7}));
        let new = read(\"account.opened\", 2, json!({\"holder\": \"Ada\", \"limit\": 7, \"branch\": \"north\"}));
        assert_eq!(old, new);
        assert_eq!(old, [AccountEvent::Opened { holder: \"Ada\".into(), limit: 7, branch: \"north\".into() }]);
    }";
    project.write("src/lib.rs", &source(V2, "", tests));
    says(&project.cargo("", "test"), 0, &["test tests::both ... ok"]);
}

#[test]
fn the_expression_of_a_published_step_is_edited() {
    let project = second_year("walk-edited");
    project.write("src/lib.rs", &source(&V2.replace("north", "south"), "", ""));
    assert_eq!(project.check(None).code, 0);
    breaks(
        &project,
        &[
            "SAMPLE_CHANGED account.opened v1, samples/account.opened.v1.production.json",
            "-   \"branch\": \"north\"",
            "+   \"branch\": \"south\"",
        ],
    );
}

#[test]
fn an_event_is_split_in_two() {
    let moved = "Moved { to: String, cents: u64 },";
    let project = project("walk-split", &format!("{V1}{moved}"));
    let beside = "#[derive(Event, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[event(name = \"account.moved\", retired(into = split))]
pub struct Moved { to: String, cents: u64 }
fn split(e: Moved) -> (Opened, Option<Deposited>) {
    (Opened { owner: e.to, limit: 0 }, (e.cents > 0).then_some(Deposited { cents: e.cents }))
}";
    let tests = "#[test] fn split_in_two() {
        let opened = AccountEvent::Opened { owner: \"Bo\".into(), limit: 0 };
        assert_eq!(read(\"account.moved\", 1, json!({\"to\": \"Bo\", \"cents\": 0})), [opened.clone()]);
        let deposited = AccountEvent::Deposited { cents: 5 };
        assert_eq!(read(\"account.moved\", 1, json!({\"to\": \"Bo\", \"cents\": 5})), [opened, deposited]);
    }";
    let events = format!("/*retired*/{V1}");
    project.write("src/lib.rs", &source(&events, beside, tests));
    assert_eq!(project.check(None).code, 0);
    says(
        &project.cargo("", "test"),
        0,
        &["test tests::split_in_two ... ok"],
    );
    says(
        &project.es(&["schema", "diff"]),
        0,
        &[
            "account.moved\n  retired: it reads as account.opened, account.deposited\n  v1 published",
        ],
    );
}

#[test]
fn an_event_is_deleted() {
    let project = first_year("walk-deleted");
    project.write("src/lib.rs", &source("Deposited { cents: u64 },", "", ""));
    assert_eq!(project.check(None).code, 0);
    breaks(
        &project,
        &["EVENT_REMOVED", "account.opened", "retired(into = …)"],
    );
    says(
        &project.es(&["schema", "diff"]),
        0,
        &["account.opened v1\n  published, and the code does not declare it"],
    );
}

#[test]
fn a_nested_type_changes() {
    let events = "Opened { currency: Currency, plan: Option<Vec<Plan>> },";
    let beside = "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan { cents: u64, kind: Kind }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Kind { Fixed, Steps { most: u8 } }";
    let project = project("walk-nested", V1);
    std::fs::remove_dir_all(project.path("schemas")).unwrap();
    let write = |from: &str, to: &str| {
        let text = source(events, beside, "");
        assert!(text.contains(from), "{from}");
        project.write("src/lib.rs", &text.replacen(from, to, 1));
        assert_eq!(
            project.check(None).code,
            0,
            "the lock looks at no nested type"
        );
    };
    write("", "");
    assert_eq!(bless(&project).code, 0);
    assert_eq!(check(&project).code, 0);

    write("Eur, Usd", "Eur");
    breaks(&project, &["account.opened v1", "/currency", "Usd"]);
    write("Steps { most: u8 }", "Steps { most: bool }");
    breaks(&project, &["account.opened v1", "/plan/", "/kind", "most"]);
    write("cents: u64, kind", "amount: u64, kind");
    breaks(&project, &["account.opened v1", "/plan/", "cents"]);

    write("Eur, Usd", "Eur, Usd, Gbp");
    says(&check(&project), 0, &["compatible: "]);
    says(&bless(&project), 0, &["updated "]);
    says(&check(&project), 0, &["compatible: "]);
}

const MEASUREMENT: &str = "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement { pulse: u8 }";

#[test]
fn a_nested_type_changes_as_the_repair_says() {
    let events = "Taken { vitals: Measurement },";
    let project = project("walk-repair", V1);
    std::fs::remove_dir_all(project.path("schemas")).unwrap();
    project.write("src/lib.rs", &source(events, MEASUREMENT, ""));
    assert_eq!(bless(&project).code, 0);
    let changed = MEASUREMENT.replace("u8", "String");
    project.write("src/lib.rs", &source(events, &changed, ""));
    breaks(
        &project,
        &[
            "keep the type `Measurement` as it was published",
            "set `version = 2` and add `#[upcast(1 => 2, retype(vitals: Measurement => …))]`",
            "and bless",
        ],
    );
    // As it says, the dots filled in.
    let events = "#[event(version = 2)]
#[upcast(1 => 2, retype(vitals: Measurement => Pulse { pulse: vitals.pulse.to_string() }))]
Taken { vitals: Pulse },";
    let new = changed.replace("Measurement", "Pulse");
    project.write(
        "src/lib.rs",
        &source(events, &format!("{MEASUREMENT}{new}"), ""),
    );
    let compiled = project.check(None);
    assert_eq!(compiled.code, 0, "{}", compiled.stderr);
    says(&bless(&project), 0, &["account.taken.v2.json"]);
    says(&check(&project), 0, &["compatible: "]);
}

#[test]
fn a_variant_and_an_optional_field_are_renamed_with_an_alias() {
    let events = "Opened { currency: Currency, plan: Plan },";
    let beside = "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan { note: Option<String>, kind: Kind, by: String }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = \"is\")]
pub enum Kind { Fixed, Steps { most: u8 } }";
    let project = project("walk-alias", V1);
    std::fs::remove_dir_all(project.path("schemas")).unwrap();
    let write = |changes: &[(&str, &str)]| {
        let mut text = source(events, beside, "");
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        project.write("src/lib.rs", &text);
    };
    write(&[]);
    assert_eq!(bless(&project).code, 0);
    write(&[("note", "remark")]);
    breaks(&project, &["SAMPLE_CHANGED", "-     \"note\": "]);
    write(&[(
        "by",
        "#[serde(default, skip_serializing_if = \"String::is_empty\")] by",
    )]);
    says(&check(&project), 0, &["compatible: "]);
    write(&[("note: Option<String>, ", "")]);
    breaks(&project, &["SAMPLE_CHANGED", "-     \"note\": "]);
    write(&[("Usd", "Dollar")]);
    breaks(
        &project,
        &["ENUM_VALUE_REMOVED", "`#[serde(alias = \"Usd\")]`"],
    );
    write(&[("Steps", "Levels")]);
    breaks(
        &project,
        &["VARIANT_REMOVED", "`#[serde(alias = \"Steps\")]`"],
    );
    write(&[
        ("note", "#[serde(alias = \"note\")] remark"),
        ("Usd", "#[serde(alias = \"Usd\")] Dollar"),
        ("Steps", "#[serde(alias = \"Steps\")] Levels"),
    ]);
    let answer = check(&project);
    says(
        &answer,
        0,
        &[
            "compatible: ",
            "is `remark` now, and samples with the old name are read",
            "may no longer be `Usd`, and samples with it are read",
            "`Steps` is gone, and samples with it are read",
        ],
    );
    assert!(!answer.stdout.contains("alias"), "{}", answer.stdout);
    says(&bless(&project), 0, &["updated "]);
    says(
        &check(&project),
        0,
        &["compatible: all that is published is read\n"],
    );
    write(&[("note", "remark"), ("Usd", "Dollar"), ("Steps", "Levels")]);
    says(&check(&project), 1, &["SAMPLE_CHANGED", "SAMPLE_BROKEN"]);
}

#[test]
fn a_step_that_panics_is_told_with_its_sample() {
    let project = first_year("walk-panic");
    let panicking = V2.replace("String::from(\"north\")", "todo!(\"which branch\")");
    project.write("src/lib.rs", &source(&panicking, "", ""));
    let lines = [
        "SAMPLE_BROKEN account.opened v1, samples/account.opened.v1.production.json",
        "the code panicked on the way from version 1 to 2: not yet implemented: which branch (",
        "/src/lib.rs:8:",
        "repair: let the code return there",
    ];
    breaks(&project, &lines);
}

#[test]
fn a_version_that_is_not_committed_is_blessed_again_and_a_shape_is_frozen() {
    let project = first_year("walk-uncommitted");
    project.commit();
    project.write("src/lib.rs", &source(V2, "", ""));
    assert_eq!(bless(&project).code, 0);
    let renamed = V2.replace("branch", "place");
    project.write("src/lib.rs", &source(&renamed, "", ""));
    says(
        &check(&project),
        1,
        &["VERSION_FROZEN", "account.opened v2"],
    );
    says(&bless(&project), 0, &["account.opened.v2.json"]);
    assert_eq!(project.check(None).code, 0);
    says(&check(&project), 0, &["compatible: "]);
    project.commit();

    let events = "#[event(version = 3)]
#[upcast(1 => 2, with = second, from = First)]
#[upcast(2 => 3, with = third, from = Second)]
Opened { holder: String }, Deposited { cents: u64 },";
    let beside = "#[derive(Deserialize, JsonSchema)] pub struct First { owner: String, limit: u32 }
#[derive(Deserialize, JsonSchema)] pub struct Second { holder: String, limit: u32, place: String }
fn second(old: First) -> Second { Second { holder: old.owner, limit: old.limit, place: String::from(\"north\") } }
fn third(old: Second) -> Opened { Opened { holder: old.holder } }";
    project.write("src/lib.rs", &source(events, beside, ""));
    let compiled = project.check(None);
    assert_eq!(compiled.code, 0, "{}", compiled.stderr);
    says(&bless(&project), 0, &["account.opened.v3.json"]);
    says(&check(&project), 0, &["compatible: "]);
    let dropped = beside.replacen(", limit: u32", "", 1);
    let dropped = dropped.replacen("old.limit", "0", 1);
    project.write("src/lib.rs", &source(events, &dropped, ""));
    breaks(
        &project,
        &[
            "VERSION_FROZEN at /properties/limit",
            "declare `limit` in the struct of version 1 (`from = …`)",
        ],
    );
}
