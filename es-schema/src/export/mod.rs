//! The catalogue of events for others: as AsyncAPI, and to read.

mod asyncapi;
mod markdown;
mod type_text;

use crate::{
    Schemas, code::Code, document::Document, error::SchemaError, generated, subject::Subject,
};
use es_core::schema::{DeclaredEvent, Payload};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an export shows.
pub(crate) struct Catalogue {
    pub(crate) title: String,
    pub(crate) version: String,
    subject: Subject,
}

impl Schemas {
    /// One AsyncAPI 3.0.0 document: a channel an aggregate, a message an event version.
    ///
    /// # Errors
    /// The files, the settings, the code or git cannot be used.
    pub fn asyncapi(&self, code: &dyn Code) -> Result<Value, SchemaError> {
        Ok(asyncapi::export(&self.catalogue(code)?))
    }

    /// A catalogue of the events to read, in Markdown.
    ///
    /// # Errors
    /// The files, the settings, the code or git cannot be used.
    pub fn markdown(&self, code: &dyn Code) -> Result<String, SchemaError> {
        Ok(markdown::export(&self.catalogue(code)?))
    }

    fn catalogue(&self, code: &dyn Code) -> Result<Catalogue, SchemaError> {
        Ok(Catalogue {
            title: format!("Events of {}", self.scope),
            version: self.package_version().unwrap_or_else(|| "0.0.0".to_owned()),
            subject: Subject::load(self, code)?,
        })
    }

    fn package_version(&self) -> Option<String> {
        let manifest = self.path.parent()?.join("Cargo.toml");
        let manifest: toml::Table =
            toml::from_str(&std::fs::read_to_string(manifest).ok()?).ok()?;
        let version = manifest.get("package")?.get("version")?.as_str()?;
        Some(version.to_owned())
    }
}

impl Catalogue {
    /// The events by the aggregate that lists them; those that none lists come last, under "".
    pub(crate) fn aggregates(&self) -> Vec<(&str, Vec<&DeclaredEvent>)> {
        let mut aggregates: BTreeMap<&str, Vec<&DeclaredEvent>> = BTreeMap::new();
        let mut unlisted = Vec::new();
        for event in &self.subject.events {
            if event.aggregates.is_empty() {
                unlisted.push(event);
            }
            for aggregate in &event.aggregates {
                aggregates.entry(aggregate).or_default().push(event);
            }
        }
        let mut aggregates: Vec<_> = aggregates.into_iter().collect();
        if !unlisted.is_empty() {
            aggregates.push(("", unlisted));
        }
        aggregates
    }

    pub(crate) fn events(&self) -> &[DeclaredEvent] {
        &self.subject.events
    }

    /// The document of a version; none for one that is to be written by hand and is not.
    pub(crate) fn document(&self, event: &str, version: u32) -> Option<&Document> {
        self.subject.today.get(&(event.to_owned(), version))
    }

    /// The payloads of a version's samples, the most telling first.
    pub(crate) fn examples(&self, event: &str, version: u32) -> Vec<&Payload> {
        let samples = self.subject.directory.samples_of(event, version);
        let samples = match self.document(event, version) {
            Some(document) => generated::most_telling(document, samples),
            None => samples.collect(),
        };
        samples.into_iter().map(|sample| &sample.payload).collect()
    }
}
