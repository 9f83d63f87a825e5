//! All that check, bless and diff look at: the directory, git's side of it, and today's code.

use crate::{
    Schemas, code::Code, directory::Directory, document::Document, error::SchemaError, generated,
    git, sample_file::Sample,
};
use es_core::schema::{DeclaredEvent, Reading, StoredPayload};
use std::collections::BTreeMap;

/// What a directory holds, what is published of it, and what the code says today.
pub(crate) struct Subject {
    pub(crate) directory: Directory,
    pub(crate) base: git::Base,
    pub(crate) events: Vec<DeclaredEvent>,
    /// Today's documents, without examples. Of a version that a `json` step reads: its file.
    pub(crate) today: BTreeMap<(String, u32), Document>,
    /// How the code reads the directory's samples.
    pub(crate) tried: Vec<Tried>,
}

/// How the code reads a sample today.
pub(crate) struct Tried {
    pub(crate) payload: Reading,
    /// What each event of the recorded reading reads as now; `None` if nothing is recorded.
    pub(crate) recorded: Option<Result<Vec<Vec<StoredPayload>>, String>>,
}

impl Subject {
    pub(crate) fn load(schemas: &Schemas, code: &dyn Code) -> Result<Self, SchemaError> {
        let directory = Directory::read(&schemas.path)?;
        let payloads: Vec<StoredPayload> = directory
            .samples
            .iter()
            .flat_map(|sample| {
                std::iter::once(sample.stored()).chain(sample.reads_as.clone().unwrap_or_default())
            })
            .collect();
        let mut declaration = code.declare(&payloads)?;
        let mut readings = std::mem::take(&mut declaration.readings).into_iter();
        let mut next = || {
            let missing = || Err("the code gave no reading for it".to_owned());
            readings.next().unwrap_or_else(missing)
        };
        let tried = directory
            .samples
            .iter()
            .map(|sample| Tried {
                payload: next(),
                recorded: sample
                    .reads_as
                    .as_ref()
                    .map(|recorded| recorded.iter().map(|_| next()).collect()),
            })
            .collect();
        let events = schemas.scope.events(declaration)?;
        let base = git::base(&schemas.path, schemas.base.as_deref(), &directory.documents)?;
        let mut today = BTreeMap::new();
        for event in &events {
            for version in &event.versions {
                let key = (event.name.clone(), version.version);
                let document = match Document::of(event, version, &[]) {
                    Some(document) => Some(document),
                    None => directory.documents.get(&key).cloned(),
                };
                if let Some(document) = document {
                    today.insert(key, document);
                }
            }
        }
        Ok(Self {
            directory,
            base,
            events,
            today,
            tried,
        })
    }

    /// Whether a sample's payload is made from a schema that is published, on disk or at the base.
    pub(crate) fn is_made(&self, sample: &Sample) -> bool {
        Self::is_made_of(&self.directory.documents, sample) || self.is_made_at_base(sample)
    }

    /// Whether a sample's payload is made from a schema that is on disk, and not in git.
    pub(crate) fn is_made_here(&self, sample: &Sample) -> bool {
        self.base.is_some()
            && Self::is_made_of(&self.directory.documents, sample)
            && !self.is_made_at_base(sample)
    }

    fn is_made_at_base(&self, sample: &Sample) -> bool {
        let base = self.base.as_ref();
        base.is_some_and(|base| Self::is_made_of(base, sample))
    }

    fn is_made_of(documents: &BTreeMap<(String, u32), Document>, sample: &Sample) -> bool {
        let document = documents.get(&(sample.event.clone(), sample.version));
        document.is_some_and(|document| {
            let made = generated::samples(document).unwrap_or_default();
            made.iter().any(|made| made.payload == sample.payload)
        })
    }

    /// The event that answers to a name today, an earlier one included.
    pub(crate) fn event(&self, name: &str) -> Option<&DeclaredEvent> {
        self.events
            .iter()
            .find(|event| event.name == name || event.aliases.iter().any(|alias| alias == name))
    }

    /// What is published: git's files, and where git cannot say, those on disk.
    pub(crate) fn published(&self) -> &BTreeMap<(String, u32), Document> {
        self.base.as_ref().unwrap_or(&self.directory.documents)
    }

    /// What is to be held: the files on disk, and those that git has and the disk has not.
    pub(crate) fn promised(&self) -> Vec<&Document> {
        let disk = &self.directory.documents;
        let base = self.base.iter().flat_map(BTreeMap::values);
        let missing = base.filter(|document| !disk.contains_key(&document.key()));
        disk.values().chain(missing).collect()
    }
}
