//! The committed schema of a version, as far as the lock reads it.

use std::path::{Path, PathBuf};

use super::json::Json;

/// A committed schema.
pub(super) struct Published {
    /// The file, from the package's folder.
    pub(super) file: String,
    /// The own fields; `None` for a version that a function reads.
    pub(super) fields: Option<Vec<PublishedField>>,
}

/// A field of a published version.
#[derive(Clone)]
pub(super) struct PublishedField {
    /// The key in the payload; empty for a flattened field.
    pub(super) name: String,
    /// The Rust type, as it was written.
    pub(super) ty: String,
    pub(super) default: bool,
    pub(super) flatten: bool,
    /// `type` and `format` of its schema, where they are said.
    pub(super) schema: (Option<String>, Option<String>),
}

/// The folder of the package's committed schemas, if it is one that is compiled as usual.
pub(super) fn folder() -> Option<PathBuf> {
    // A doctest has the package's folder and is not the package.
    if std::env::var_os("UNSTABLE_RUSTDOC_TEST_PATH").is_some() {
        return None;
    }
    let folder = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("schemas");
    folder.is_dir().then_some(folder)
}

/// Whether the lock is turned off, by who reads the events of a package that does not compile.
pub(super) fn is_off() -> bool {
    std::env::var_os(super::SWITCH).is_some_and(|value| value == "off")
}

/// The name of a version's file.
pub(super) fn file_name(event: &str, version: u32) -> String {
    format!("{event}.v{version}.json")
}

impl Published {
    /// Reads a version's file. `None` if there is none, or if another crate of the package
    /// published it.
    pub(super) fn read(folder: &Path, event: &str, version: u32) -> Result<Option<Self>, String> {
        let name = file_name(event, version);
        let file = format!("schemas/{name}");
        let text = match std::fs::read_to_string(folder.join(&name)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("`{file}` cannot be read: {error}")),
        };
        let mend = "restore it from version control; what is published is never edited by hand";
        if text.lines().any(|line| line.starts_with("<<<<<<< ")) {
            return Err(format!(
                "`{file}` is half merged: take one side, raise the version of the event on the other, and bless"
            ));
        }
        let json =
            Json::parse(&text).map_err(|error| format!("`{file}` is no JSON ({error}); {mend}"))?;
        let says = json.get("x-es-event").and_then(Json::as_text);
        if says != Some(event) {
            let says = says.unwrap_or("nothing");
            return Err(format!(
                "`{file}` says in `x-es-event` that it is of `{says}`; {mend}"
            ));
        }
        let krate = json.get("x-es-crate").and_then(Json::as_text);
        if krate.is_some() && krate != std::env::var("CARGO_CRATE_NAME").ok().as_deref() {
            return Ok(None);
        }
        let fields = match json.get("x-es-fields") {
            None => None,
            Some(Json::List(list)) => {
                let fields: Option<Vec<_>> = list
                    .iter()
                    .map(|field| published_field(field, &json))
                    .collect();
                Some(fields.ok_or_else(|| {
                    format!("`{file}` has an `x-es-fields` entry without `name` or `type`; {mend}")
                })?)
            }
            Some(_) => return Err(format!("`x-es-fields` of `{file}` is no list; {mend}")),
        };
        Ok(Some(Self { file, fields }))
    }
}

fn published_field(field: &Json, schema: &Json) -> Option<PublishedField> {
    let name = field.get("name")?.as_text()?.to_owned();
    let is = |key: &str| field.get(key) == Some(&Json::Bool(true));
    let property = schema.get("properties").and_then(|all| all.get(&name));
    let said = |key: &str| {
        let value = property?.get(key)?.as_text()?;
        Some(value.to_owned())
    };
    Some(PublishedField {
        ty: field.get("type")?.as_text()?.to_owned(),
        default: is("default"),
        flatten: is("flatten"),
        schema: (said("type"), said("format")),
        name,
    })
}
