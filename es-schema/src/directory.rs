//! The `schemas/` directory: documents, samples, settings.

use crate::{
    document::Document,
    error::{FileError, SchemaError},
    file_name,
    sample_file::Sample,
    settings::Settings,
};
use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// All that is in a `schemas/` directory. One that is not there is empty: nothing is published yet.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// The documents by event and version.
    pub documents: BTreeMap<(String, u32), Document>,
    /// The samples, by file name.
    pub samples: Vec<Sample>,
    /// What `es.toml` says.
    pub settings: Settings,
}

impl Directory {
    /// Reads it. Hidden files and what is not `.json` are passed over.
    ///
    /// # Errors
    /// All files that cannot be used.
    pub fn read(path: &Path) -> Result<Self, SchemaError> {
        let mut errors = Vec::new();
        let mut directory = Self {
            path: path.to_owned(),
            documents: BTreeMap::new(),
            samples: Vec::new(),
            settings: Settings::default(),
        };
        for file in json_files(path, &mut errors) {
            match read_document(&file) {
                Ok(document) => {
                    directory.documents.insert(document.key(), document);
                }
                Err(error) => errors.push(error),
            }
        }
        for file in json_files(&path.join("samples"), &mut errors) {
            match read(&file).and_then(|text| Sample::parse(&file, &text)) {
                Ok(sample) => directory.samples.push(sample),
                Err(error) => errors.push(error),
            }
        }
        match settings(&path.join("es.toml")) {
            Ok(settings) => directory.settings = settings,
            Err(error) => errors.push(error),
        }
        match errors.is_empty() {
            true => Ok(directory),
            false => Err(SchemaError::Files(errors)),
        }
    }

    /// The versions of an event that have a document.
    pub fn versions(&self, event: &str) -> impl Iterator<Item = &Document> {
        let from = (event.to_owned(), 0);
        let to = (event.to_owned(), u32::MAX);
        self.documents
            .range(from..=to)
            .map(|(_, document)| document)
    }

    /// The samples of a version.
    pub fn samples_of(&self, event: &str, version: u32) -> impl Iterator<Item = &Sample> {
        self.samples
            .iter()
            .filter(move |sample| sample.event == event && sample.version == version)
    }
}

fn read_document(path: &Path) -> Result<Document, FileError> {
    let name = path.file_name().and_then(|name| name.to_str());
    if name.and_then(file_name::parse_document).is_none() {
        return Err(FileError::NameForm {
            path: path.into(),
            form: "`<event>.v<N>.json`",
        });
    }
    read(path).and_then(|text| Document::parse(path, &text))
}

fn settings(path: &Path) -> Result<Settings, FileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Settings::parse(path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(unreadable(path, error)),
    }
}

/// The `.json` files of a directory, sorted.
fn json_files(directory: &Path, errors: &mut Vec<FileError>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            errors.push(unreadable(directory, error));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => files.push(entry.path()),
            Err(error) => errors.push(unreadable(directory, error)),
        }
    }
    files.retain(|path| {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !hidden
            && path
                .extension()
                .is_some_and(|extension| extension == "json")
    });
    files.sort();
    files
}

fn read(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: std::io::Error) -> FileError {
    FileError::Unreadable {
        path: path.into(),
        error,
    }
}
