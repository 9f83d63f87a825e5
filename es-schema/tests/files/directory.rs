use super::kit::*;
use es_schema::{FileError, SchemaError};

fn blessed() -> Folder {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder
}

const FILE: &str = "account.opened.v1.json";

#[test]
fn a_half_merged_file_is_said_to_be_one() {
    let folder = blessed();
    let text = folder.read(FILE).replacen('{', "{\n<<<<<<< HEAD\n", 1);
    folder.write(FILE, &text);
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(
        error.contains("account.opened.v1.json:2: it is half merged"),
        "{error}"
    );
}

#[test]
fn a_half_merged_sample_and_half_merged_settings_say_what_to_do() {
    let folder = Folder::new();
    folder.bless(&Fake::new([opened()]));
    folder.write(
        "samples/account.opened.v1.real.json",
        "{\n<<<<<<< HEAD\n\"payload\": {\"owner\": \"Ada\"}\n=======\n\"payload\": {\"owner\": \"Bo\"}\n>>>>>>> it\n}",
    );
    folder.write("es.toml", "<<<<<<< HEAD\n=======\n>>>>>>> it\n");
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(
        error.contains(
            "account.opened.v1.real.json:2: this sample is half merged; keep one side's payload"
        ),
        "{error}"
    );
    assert!(
        error.contains("es.toml: line 1: it is half merged; keep what is meant of both sides"),
        "{error}"
    );
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    let folder = blessed();
    folder.write(FILE, "{\n  \"x\": ,\n}");
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(
        error.contains("it is not JSON") && error.contains("line 2"),
        "{error}"
    );
}

#[test]
fn hand_edited_fields_are_noticed() {
    let folder = blessed();
    let text = folder.read(FILE).replace("\"String\"", "\"u64\"");
    folder.write(FILE, &text);
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(
        error.contains("edited by hand") && error.contains("restore it with git"),
        "{error}"
    );
}

#[test]
fn a_hand_edited_schema_is_noticed() {
    let folder = Folder::new();
    let code = Fake::new([opened_in(&["Eur", "Usd"])]);
    folder.bless(&code);
    let text = folder.read(FILE);
    folder.write(FILE, &text.replacen("\"Usd\"", "\"Gbp\"", 1));
    let error = folder.check_error(&code);
    assert!(
        error.contains("edited by hand") && error.contains("restore it with git"),
        "{error}"
    );
    // Words may be edited, and the examples.
    folder.write(FILE, &text.replace("An account was opened.", "Opened."));
    folder.check(&code);
    // Of the fields alone, as it was written once.
    let mut document = folder.json(FILE);
    let fields = document["x-es-fields"].to_string();
    let hash = fields.bytes().fold(0xcbf29ce484222325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100000001b3)
    });
    document["x-es-fingerprint"] = format!("{hash:016x}").into();
    folder.write(FILE, &document.to_string());
    assert_eq!(
        folder.check(&code).outcome(),
        es_schema::Outcome::Compatible
    );
    assert!(folder.bless(&code).updated.contains(&folder.file(FILE)));
    let print = |text: &str| -> String {
        let mut lines = text.lines();
        let line = lines.find(|line| line.contains("x-es-fingerprint"));
        line.unwrap().to_owned()
    };
    assert_eq!(print(&folder.read(FILE)), print(&text));
}

#[test]
fn a_file_under_another_name_is_noticed() {
    let folder = blessed();
    std::fs::rename(folder.file(FILE), folder.file("account.opened.v2.json")).unwrap();
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(
        error.contains("should be named `account.opened.v1.json`"),
        "{error}"
    );
}

#[test]
fn other_json_is_not_a_document_and_all_errors_are_told_at_once() {
    let folder = blessed();
    folder.write("account.closed.v1.json", "{\"type\": \"object\"}");
    folder.write("notes.json", "{}");
    folder.write("account.closed.v01.json", "{}");
    folder.write("README.md", "Not looked at.");
    folder.write(".hidden.json", "nor this");
    folder.write("samples/account.opened.json", "{}");
    folder.write("samples/account.opened.v1.real.json", "{\"payloads\": {}}");
    let Err(SchemaError::Files(errors)) = folder.schemas().check(&Fake::new([opened()])) else {
        panic!("it must not be usable");
    };
    let kinds: Vec<_> = errors
        .iter()
        .map(|error| match error {
            FileError::NotADocument { .. } => "not a document",
            FileError::NameForm { .. } => "name form",
            FileError::NotASample { .. } => "not a sample",
            _ => "other",
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "name form",
            "not a document",
            "name form",
            "name form",
            "not a sample"
        ],
        "{errors:#?}"
    );
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error_and_an_absent_one_is_empty() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("schemas"), "a file").unwrap();
    let error = folder.check_error(&Fake::new([opened()]));
    assert!(error.contains("cannot read"), "{error}");

    let report = Folder::new().check(&Fake::new([opened()]));
    assert_eq!(report.outcome(), es_schema::Outcome::Unpublished);
}
