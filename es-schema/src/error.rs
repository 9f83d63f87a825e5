//! What makes the input unusable: nothing can be said of compatibility then.

use std::path::PathBuf;

/// The schemas cannot be judged, because what was given cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Files that cannot be used, all of them.
    #[error("{}", list(.0))]
    Files(Vec<FileError>),

    /// The code does not tell what it declares.
    #[error("cannot ask the code for its events: {0}")]
    Code(Box<dyn std::error::Error + Send + Sync>),

    /// The code speaks another form of the declaration.
    #[error(
        "the code tells its events in form {found}, this es-schema reads form {expected}: use the same \
         version of es-core and es-schema"
    )]
    Protocol {
        /// The form of the code.
        found: u32,
        /// The form that is read here.
        expected: u32,
    },

    /// The filter leaves no event.
    #[error("{}", no_events(.wanted, .found, .hint))]
    NoEvents {
        /// Whose events were looked for.
        wanted: String,
        /// Who declares the events that are linked in.
        found: Vec<String>,
        /// The crate to name.
        hint: String,
    },

    /// Two events answer to one name.
    #[error(
        "two events are named `{name}`: {first} and {second}; give one of them another \
         `#[event(name = \"…\")]`"
    )]
    DuplicateName {
        /// The name.
        name: String,
        /// A Rust type.
        first: String,
        /// The other.
        second: String,
    },

    /// A name that no file can have.
    #[error(
        "the event name `{name}` ({type_path}) cannot be part of a file name; give it a name without \
         any of / \\ : * ? \" < > | and without a leading dot"
    )]
    NameOfNoFile {
        /// The name.
        name: String,
        /// The Rust type.
        type_path: String,
    },

    /// A version read by a `json` step has no file.
    #[error(
        "version {version} of `{event}` is read by a `json` step, so its schema is the committed file, \
         and there is none: write {} by hand, a JSON Schema with at least \
         {{\"x-es-event\": \"{event}\", \"x-es-version\": {version}}}", .path.display()
    )]
    HandwrittenMissing {
        /// The event.
        event: String,
        /// The version.
        version: u32,
        /// The file to write.
        path: PathBuf,
    },

    /// Events to be forced that are not there.
    #[error("cannot force `{event}`: neither the code nor the directory has an event of that name")]
    ForcedUnknown {
        /// The name that was given.
        event: String,
    },

    /// A schema that cannot be compared.
    #[error(transparent)]
    Judge(#[from] crate::compat::JudgeError),

    /// A schema that no sample can be made of.
    #[error("schema of `{event}` version {version}: {source}")]
    Schema {
        /// The event.
        event: String,
        /// The version.
        version: u32,
        /// What is wrong.
        source: crate::shape::SchemaError,
    },

    /// Git does not answer.
    #[error("git cannot say what is published at `{base}`: {message}")]
    Git {
        /// The revision.
        base: String,
        /// What git said.
        message: String,
    },

    /// A file cannot be written.
    #[error("cannot write {}: {error}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// A file below `schemas/` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },

    /// It has conflict markers.
    #[error(
        "{}:{line}: it is half merged; take one side (`git checkout --ours` or `--theirs`), raise the \
         version of the event on the other, and bless", .path.display()
    )]
    Conflict {
        /// The file.
        path: PathBuf,
        /// The line of the first marker.
        line: usize,
    },

    /// A sample has conflict markers.
    #[error(
        "{}:{line}: this sample is half merged; keep one side's payload (`git checkout --ours` or \
         `--theirs`), put the other's into a file of another name if it is another, and bless, which \
         records what they read as", .path.display()
    )]
    ConflictOfSample {
        /// The file.
        path: PathBuf,
        /// The line of the first marker.
        line: usize,
    },

    /// It is not JSON.
    #[error("{}: it is not JSON: {error}; restore it with git", .path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: String,
    },

    /// A JSON file that says nothing of an event.
    #[error(
        "{}: it has no `x-es-event` and `x-es-version`, so it is no event's schema; restore it with \
         git, or keep other files elsewhere", .path.display()
    )]
    NotADocument {
        /// The file.
        path: PathBuf,
    },

    /// Its name is of no known form.
    #[error("{}: a file here is named {form}; rename it, or keep it elsewhere", .path.display())]
    NameForm {
        /// The file.
        path: PathBuf,
        /// The form of a name.
        form: &'static str,
    },

    /// Its name and its contents disagree.
    #[error(
        "{}: by what it says inside it should be named `{expected}`; restore it with git", .path.display()
    )]
    OtherName {
        /// The file.
        path: PathBuf,
        /// The name it should have.
        expected: String,
    },

    /// It was changed by something else than bless.
    #[error(
        "{}: it was edited by hand: {what}; restore it with git, and change the event's version in the \
         code instead", .path.display()
    )]
    Edited {
        /// The file.
        path: PathBuf,
        /// How that shows.
        what: String,
    },

    /// A sample is not of the form.
    #[error(
        "{}: it is not a sample: {error}; a sample is {{\"payload\": …}}, and bless adds what it reads as",
        .path.display()
    )]
    NotASample {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },

    /// The settings cannot be used.
    #[error("{}: {error}", .path.display())]
    Settings {
        /// `es.toml`.
        path: PathBuf,
        /// Where and why.
        error: String,
    },
}

impl From<FileError> for SchemaError {
    fn from(error: FileError) -> Self {
        Self::Files(vec![error])
    }
}

fn list(errors: &[FileError]) -> String {
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn no_events(wanted: &str, found: &[String], hint: &str) -> String {
    let found = match found {
        [] => "no event at all is linked in".to_owned(),
        some => format!("events of these are linked in: {}", some.join(", ")),
    };
    format!(
        "no event of {wanted} is linked in; {found}. A crate that nothing names is not linked: name it, \
         `use {hint} as _;`. If it is, no event is declared in it"
    )
}
