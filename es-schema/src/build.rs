//! The door for an application's build script.

use crate::{Code, Linked, Outcome, Report, SchemaError, Schemas, subject::Subject};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// Why the build is to fail.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// What is published is no longer read.
    #[error("{0}")]
    Broken(Box<Report>),
    /// The path leads nowhere, and so to no package whose events could be told.
    #[error("there is no directory {}: give `es_schema::build` the path of the schemas, from the build script's \
             package; {error}", path.display())]
    NoDirectory {
        /// The path.
        path: PathBuf,
        /// What cannot be said without it.
        error: Box<SchemaError>,
    },
    /// Nothing can be said.
    #[error(transparent)]
    Unusable(#[from] SchemaError),
    /// There is no `OUT_DIR`.
    #[error("`es_schema::build` is called from a build script: the variable OUT_DIR is not set")]
    NotABuildScript,
}

/// Checks the events that are linked into a build script against a `schemas/` directory, and fails
/// the build on a break, with the report on the standard error. What is not published yet is a
/// warning of cargo's. The documents of today's code are in `$OUT_DIR/schemas`.
///
/// The crate that declares the events is a build-dependency, and named: `use bank as _;`.
pub fn build(schemas: impl AsRef<Path>) {
    if let Err(error) = try_build(schemas) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// As [`build`], and the error is returned.
///
/// # Errors
/// A break, or input that cannot be used.
pub fn try_build(schemas: impl AsRef<Path>) -> Result<Report, BuildError> {
    run(schemas.as_ref(), std::env::var_os("OUT_DIR"), &Linked)
}

fn run(path: &Path, out: Option<OsString>, code: &dyn Code) -> Result<Report, BuildError> {
    let out = PathBuf::from(out.ok_or(BuildError::NotABuildScript)?).join("schemas");
    // Cargo looks at an absent folder as changed each time; so the one above is watched.
    let watched = match path.parent() {
        Some(parent) if !path.exists() => parent,
        _ => path,
    };
    println!("cargo::rerun-if-changed={}", watched.display());
    if let Some(manifest) = path.parent().map(|parent| parent.join("Cargo.toml"))
        && manifest.exists()
    {
        println!("cargo::rerun-if-changed={}", manifest.display());
    }
    let schemas = Schemas::at(path);
    let subject = Subject::load(&schemas, code).map_err(|error| match error {
        error @ SchemaError::NoEvents { .. } if !path.is_dir() => BuildError::NoDirectory {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            error: Box::new(error),
        },
        other => other.into(),
    })?;
    generate(&subject, &out)?;
    let report = schemas.report(&subject)?;
    for (event, version) in &report.unpublished {
        println!(
            "cargo::warning={event} v{version} is not published yet: run `cargo es schema bless`"
        );
    }
    match report.outcome() {
        Outcome::Broken => Err(BuildError::Broken(Box::new(report))),
        Outcome::Compatible | Outcome::Unpublished => Ok(report),
    }
}

fn generate(subject: &Subject, out: &Path) -> Result<(), SchemaError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| SchemaError::Write { path, error }
    };
    if out.exists() {
        fs::remove_dir_all(out).map_err(failed(out))?;
    }
    fs::create_dir_all(out).map_err(failed(out))?;
    for document in subject.today.values() {
        let path = out.join(document.file_name());
        fs::write(&path, document.text()).map_err(failed(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use es_core::schema::{Declaration, StoredPayload};
    use serde_json::{Value, json};

    struct Fake(Value);

    impl Code for Fake {
        fn declare(&self, _: &[StoredPayload]) -> Result<Declaration, SchemaError> {
            let declaration = json!({"protocol": 1, "events": self.0, "readings": []});
            Ok(serde_json::from_value(declaration).unwrap())
        }
    }

    fn opened(type_tokens: &str) -> Fake {
        let schema = json!({
            "type": "object", "required": ["owner"],
            "properties": {"owner": {"type": if type_tokens == "u64" { "integer" } else { "string" }}},
        });
        let field = json!({
            "rust_name": "owner", "name": "owner", "type": type_tokens, "required": true,
        });
        Fake(json!([{
            "name": "account.opened", "version": 1, "docs": "", "package": "bank",
            "type_path": "bank::Opened", "aliases": [], "aggregates": [], "retired_into": null,
            "versions": [{"version": 1, "fields": [field], "reads": schema, "writes": schema}],
        }]))
    }

    #[test]
    fn it_belongs_into_a_build_script() {
        let error = run(Path::new("schemas"), None, &Linked).unwrap_err();
        assert!(error.to_string().contains("build script"));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schemes");
        let manifest = "[package]\nname = \"build-only\"\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let out = || Some(folder.path().join("out").into_os_string());
        let error = run(&path, out(), &opened("String"))
            .unwrap_err()
            .to_string();
        let first = format!("there is no directory {}: ", path.display());
        assert!(error.starts_with(&first), "{error}");
        assert!(error.contains("package `build-only`"), "{error}");
        fs::create_dir(&path).unwrap();
        let error = run(&path, out(), &opened("String")).unwrap_err();
        assert!(matches!(error, BuildError::Unusable(_)), "{error}");
    }

    #[test]
    fn it_generates_and_fails_on_a_break_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schemas");
        let out = || Some(folder.path().join("out").into_os_string());
        let report = run(&path, out(), &opened("String")).unwrap();
        assert_eq!(report.outcome(), Outcome::Unpublished);
        let generated = folder.path().join("out/schemas/account.opened.v1.json");
        assert!(generated.exists() && !path.exists());

        Schemas::at(&path).bless(&opened("String"), &[]).unwrap();
        let report = run(&path, out(), &opened("String")).unwrap();
        assert_eq!(report.outcome(), Outcome::Compatible);
        let error = run(&path, out(), &opened("u64")).unwrap_err();
        assert!(error.to_string().contains("VERSION_FROZEN"), "{error}");
        let text = fs::read_to_string(generated).unwrap();
        assert!(
            text.contains("\"u64\""),
            "today's documents, for looking at"
        );
    }
}
