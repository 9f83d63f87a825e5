//! A bank's events by hand, a directory to keep them in, and git.

use es_core::schema::{
    Declaration, DeclaredEvent, DeclaredField, DeclaredVersion, Reading, StoredPayload,
};
use es_schema::{Code, SchemaError, Schemas};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Code that declares what it is told to.
pub struct Fake {
    pub events: Vec<DeclaredEvent>,
    pub read: fn(&[DeclaredEvent], &StoredPayload) -> Reading,
}

impl Fake {
    pub fn new(events: impl Into<Vec<DeclaredEvent>>) -> Self {
        Self {
            events: events.into(),
            read: as_it_is,
        }
    }

    pub fn reading(mut self, read: fn(&[DeclaredEvent], &StoredPayload) -> Reading) -> Self {
        self.read = read;
        self
    }
}

impl Code for Fake {
    fn declare(&self, payloads: &[StoredPayload]) -> Result<Declaration, SchemaError> {
        Ok(Declaration {
            protocol: 1,
            events: self.events.clone(),
            readings: payloads
                .iter()
                .map(|payload| (self.read)(&self.events, payload))
                .collect(),
        })
    }
}

/// Reads every object as the version of today.
pub fn as_it_is(events: &[DeclaredEvent], stored: &StoredPayload) -> Reading {
    let event = events
        .iter()
        .find(|event| event.name == stored.event || event.aliases.contains(&stored.event))
        .ok_or_else(|| format!("unknown event `{}`", stored.event))?;
    match stored.payload.to_value().is_object() {
        true => Ok(vec![StoredPayload {
            event: event.name.clone(),
            version: event.version,
            payload: stored.payload.clone(),
        }]),
        false => Err("expected an object".to_owned()),
    }
}

pub fn field(name: &str, type_tokens: &str) -> DeclaredField {
    DeclaredField {
        rust_name: name.to_owned(),
        name: name.to_owned(),
        type_tokens: type_tokens.to_owned(),
        required: true,
        default: false,
        flatten: false,
        aliases: Vec::new(),
    }
}

/// A version whose fields are strings and integers, and a currency of some values.
pub fn version(number: u32, fields: &[(&str, &str)], currencies: &[&str]) -> DeclaredVersion {
    let properties: serde_json::Map<_, _> = fields
        .iter()
        .map(|(name, type_tokens)| {
            let schema = match *type_tokens {
                "u64" => json!({"type": "integer", "format": "uint64", "minimum": 0}),
                "Currency" => json!({"$ref": "#/$defs/Currency"}),
                _ => json!({"type": "string"}),
            };
            (name.to_string(), schema)
        })
        .collect();
    let required: Vec<_> = fields.iter().map(|(name, _)| name).collect();
    let mut schema = json!({
        "title": "Opened", "type": "object", "properties": properties, "required": required,
    });
    if fields
        .iter()
        .any(|(_, type_tokens)| *type_tokens == "Currency")
    {
        schema["$defs"] = json!({"Currency": {"type": "string", "enum": currencies}});
    }
    DeclaredVersion {
        version: number,
        fields: Some(
            fields
                .iter()
                .map(|(name, tokens)| field(name, tokens))
                .collect(),
        ),
        reads: Some(schema.clone()),
        writes: Some(schema),
    }
}

pub fn event(name: &str, versions: impl Into<Vec<DeclaredVersion>>) -> DeclaredEvent {
    let versions = versions.into();
    DeclaredEvent {
        name: name.to_owned(),
        version: versions.last().map_or(1, |version| version.version),
        docs: "An account was opened.".to_owned(),
        package: "my-bank".to_owned(),
        type_path: "my_bank::account::Opened".to_owned(),
        aliases: Vec::new(),
        aggregates: vec!["account".to_owned()],
        retired_into: None,
        versions,
    }
}

/// `account.opened` with an owner.
pub fn opened() -> DeclaredEvent {
    event("account.opened", [version(1, &[("owner", "String")], &[])])
}

/// `account.opened` with an owner and a currency.
pub fn opened_in(currencies: &[&str]) -> DeclaredEvent {
    let fields = [("owner", "String"), ("currency", "Currency")];
    event("account.opened", [version(1, &fields, currencies)])
}

/// A package's folder.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn schemas(&self) -> Schemas {
        Schemas::at(self.path().join("schemas"))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join("schemas").join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// All files below `schemas`, with their contents.
    pub fn all(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        for folder in [self.file(""), self.file("samples")] {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let text = std::fs::read_to_string(&path).unwrap();
                    files.push((path, text));
                }
            }
        }
        files.sort();
        files
    }

    pub fn bless(&self, code: &Fake) -> es_schema::Blessed {
        self.schemas().bless(code, &[]).unwrap()
    }

    pub fn check(&self, code: &Fake) -> es_schema::Report {
        self.schemas().check(code).unwrap()
    }

    pub fn check_error(&self, code: &Fake) -> String {
        self.schemas().check(code).unwrap_err().to_string()
    }

    pub fn git(&self, args: &[&str]) {
        let output = Command::new("git")
            .current_dir(self.path())
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
            .args(args)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub fn commit(&self) {
        self.git(&["init", "-q"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "Publish"]);
    }
}
