//! The doors from outside: a build script, and the command line with files in a git repository.

use crate::project::{Answer, EVENT, Project, crate_path, manifest};
use serde_json::Value;

const NESTED: &str = "use es_core::prelude::*;
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Currency { Eur, Usd }
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = \"account\")]
pub enum AccountEvent { Opened { owner: String, currency: Currency } }
";

#[track_caller]
fn says(answer: &Answer, code: i32, lines: &[&str]) {
    let told = format!("{}\n{}", answer.stdout, answer.stderr);
    assert_eq!(answer.code, code, "{told}");
    for line in lines {
        assert!(told.contains(line), "`{line}` is not in:\n{told}");
    }
}

#[test]
fn a_build_script_builds_and_fails_on_a_break_and_on_no_events() {
    const SCRIPT: &str =
        "use door_domain as _;\nfn main() { es_schema::build(\"../domain/schemas\"); }\n";
    let application = format!(
        "[package]\nname = \"door-app\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
         [build-dependencies]\ndoor-domain = {{ path = \"../domain\" }}\nes-schema = {{ path = \"{}\" }}\n",
        crate_path("es-schema")
    );
    let main = "pub const OPENED: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/schemas/account.opened.v1.json\"));";
    let project = Project::new(&[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"domain\", \"app\"]\n",
        ),
        ("domain/Cargo.toml", &manifest("door-domain", "")),
        ("domain/src/lib.rs", NESTED),
        ("app/Cargo.toml", &application),
        ("app/build.rs", SCRIPT),
        ("app/src/lib.rs", main),
    ]);
    let unpublished = project.cargo("app", "check");
    says(
        &unpublished,
        0,
        &["account.opened v1 is not published yet: run `cargo es schema bless`"],
    );
    assert_eq!(project.es_in("domain", &["schema", "bless"]).code, 0);
    says(&project.cargo("app", "check"), 0, &[]);
    assert_eq!(project.cargo("app", "check").not_fresh(), [""; 0]);

    project.write("domain/src/lib.rs", &NESTED.replace("Eur, Usd", "Eur"));
    says(
        &project.cargo("app", "check"),
        101,
        &[
            "  breaks ENUM_VALUE_REMOVED at /properties/currency",
            "SAMPLE_BROKEN account.opened v1, samples/account.opened.v1.currency-usd.json",
            "broken: what is stored is not read as it was written",
        ],
    );
    project.write("domain/src/lib.rs", NESTED);
    project.write("app/build.rs", &SCRIPT.replace("use door_domain as _;", ""));
    says(
        &project.cargo("app", "check"),
        101,
        &[
            "no event of package `door-domain` is linked in",
            "name it, `use door_domain as _;`",
        ],
    );
}

#[test]
fn a_package_without_events_is_told_so() {
    let project = Project::new(&[
        ("Cargo.toml", &manifest("eventless", "")),
        ("src/lib.rs", ""),
    ]);
    let checked = project.es(&["schema", "check"]);
    says(
        &checked,
        2,
        &["error: no event is declared in `eventless` ("],
    );
    assert!(!checked.stderr.contains("as _"), "{}", checked.stderr);
}

#[test]
fn what_git_has_is_published_and_told_in_every_format() {
    let more = "pub mod more { use super::*; #[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = \"account\")] pub enum More { Closed { why: String } } }";
    let retyped = EVENT.replace("owner: String", "owner: u64");
    let project = Project::new(&[
        ("bank/Cargo.toml", &manifest("door-git", "")),
        ("bank/src/lib.rs", EVENT),
        (".gitignore", "target\n"),
    ]);
    std::fs::rename(project.path("Cargo.lock"), project.path("bank/Cargo.lock")).unwrap();
    let es = |arguments: &[&str]| project.es_in("bank", &[&["schema"], arguments].concat());
    project.write("bank/src/lib.rs", &retyped);
    says(&es(&["bless"]), 0, &["account.opened.v1.json"]);
    project.git(&["init", "--quiet"]);
    project.write("bank/src/lib.rs", EVENT);
    says(&es(&["check"]), 1, &["VERSION_FROZEN"]);
    // Nobody has what is not committed.
    says(&es(&["bless"]), 0, &["updated", "account.opened.v1.json"]);
    project.commit();
    says(
        &es(&["check"]),
        0,
        &["compatible: all that is published is read\n"],
    );

    project.write("bank/src/lib.rs", &retyped);
    says(
        &es(&["bless"]),
        1,
        &["VERSION_FROZEN", "refused: nothing was written"],
    );
    let github = es(&["check", "--format", "github"]);
    says(
        &github,
        1,
        &[
            "::error file=bank/schemas/account.opened.v1.json,title=VERSION_FROZEN account.opened version 1 at \
             /properties/owner::",
            "::error file=bank/schemas/samples/account.opened.v1.smallest.json,title=SAMPLE_BROKEN account.opened \
             version 1::today's code does not read it: ",
        ],
    );
    let json = es(&["check", "--format", "json"]);
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &told["outcome"]), (1, &Value::from("broken")));
    assert_eq!(told["schemas"]["findings"][0]["rule"], "VERSION_FROZEN");
    assert_eq!(told["samples"][0]["rule"], "SAMPLE_BROKEN");

    project.write("bank/src/lib.rs", &format!("{EVENT}{more}"));
    let json = es(&["check", "--format", "json"]);
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (json.code, &told["outcome"]),
        (1, &Value::from("unpublished"))
    );
    says(&es(&["bless"]), 0, &["account.closed.v1.json"]);
    project.commit();
    says(&es(&["check"]), 0, &["compatible: "]);
    says(
        &es(&["check", "--base", "HEAD~1"]),
        0,
        &["EVENT_ADDED", "compatible: "],
    );
    says(
        &es(&["check", "--base", "gone"]),
        2,
        &["error: git cannot say what is published at `gone`: no such revision"],
    );

    project.write("bank/src/lib.rs", &format!("{retyped}{more}"));
    says(
        &es(&["bless", "--force", "account.opened"]),
        0,
        &["updated"],
    );
    project.commit();
    says(&es(&["check"]), 0, &["compatible: "]);
    says(&es(&["check", "--base", "HEAD~1"]), 1, &["VERSION_FROZEN"]);

    for (format, file) in [("asyncapi", "events.json"), ("markdown", "events.md")] {
        let printed = es(&["export", "--format", format]);
        says(&printed, 0, &["account.opened", "account.closed"]);
        let written = es(&["export", "--format", format, "-o", file]);
        assert_eq!((written.code, &*written.stdout), (0, ""));
        assert_eq!(project.read(&format!("bank/{file}")), printed.stdout);
    }
    let nowhere = es(&["export", "--format", "markdown", "-o", "no/such/events.md"]);
    says(&nowhere, 2, &["error: cannot write no/such/events.md: "]);
    says(&es(&["rules"]), 0, &["ENUM_VALUE_REMOVED", "SAMPLE_BROKEN"]);
}
