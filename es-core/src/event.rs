//! Events: facts with a name and a version on the wire, and the one way to encode and decode them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::decided::Events;
use crate::decision::Emits;
use crate::retired::{AnyEvent, RetiredEvent};
use crate::schema::{EventVersion, Reading};

/// What is known of an event type at compile time.
#[derive(Clone, Copy, Debug)]
pub struct EventMeta {
    /// The name on the wire.
    pub name: &'static str,
    /// The version that is written today.
    pub version: u32,
    /// The path of the Rust type, to tell two events of one name apart.
    pub type_path: &'static str,
    /// The Cargo package that declares it.
    pub package: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// Tells these fields and upcast steps from others: a fingerprint of their tokens.
    pub shape: u64,
    /// Earlier names on the wire, still read.
    pub aliases: &'static [&'static str],
    /// What it reads as now, if it is no longer written.
    pub retired: Option<&'static Emits>,
    /// Every version from 1 on, in order.
    pub versions: &'static [EventVersion],
    /// Reads a payload of a version and writes what it reads as.
    pub(crate) reread: fn(u32, &[u8]) -> Reading,
    /// Reads what a record of a retired event is replaced by.
    pub(crate) replaced: Option<ReadReplaced>,
}

type ReadReplaced = fn(u32, &[u8]) -> Result<Events<AnyEvent>, DecodeError>;

impl EventMeta {
    /// The meta of an event, as its derive writes it: name, type, package, docs, fingerprint,
    /// versions. The last version is the one that is written.
    pub const fn of<E: Event>(
        name: &'static str,
        type_path: &'static str,
        package: &'static str,
        docs: &'static str,
        shape: u64,
        versions: &'static [EventVersion],
    ) -> Self {
        Self {
            name,
            version: versions.len() as u32,
            type_path,
            package,
            docs,
            shape,
            aliases: &[],
            retired: None,
            versions,
            reread: crate::retired::reread::<E>,
            replaced: None,
        }
    }

    /// Also read under these names.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// No longer written; read as what `E` is replaced by.
    pub const fn retired<E: RetiredEvent>(self) -> Self {
        Self {
            retired: Some(&E::INTO),
            reread: crate::retired::reread_replaced::<E>,
            replaced: Some(|version, payload| Ok(E::decode(version, payload)?.replaced())),
            ..self
        }
    }

    /// What a record of this event, which is retired, reads as.
    pub(crate) fn read_replaced(
        &self,
        record: StoredEvent<'_>,
    ) -> Result<Events<AnyEvent>, DecodeError> {
        match self.replaced {
            Some(read) => read(record.version, record.payload),
            None => Err(DecodeError::UnknownEvent),
        }
    }

    /// Whether this is its name, or was.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// The same event: of one name, type, version and shape.
impl PartialEq for EventMeta {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.type_path, self.version, self.shape)
            == (other.name, other.type_path, other.version, other.shape)
    }
}

impl Eq for EventMeta {}

/// A fact that can be recorded: a struct with named fields or none.
///
/// Derive it: `#[derive(Event)]` on an enum writes a struct with this trait for each variant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "list it as a variant of an enum with `#[derive(Event)]`, or derive `Event` on the struct"
)]
pub trait Event: Sized + Send + Sync + 'static {
    /// Name, version and docs.
    const META: &'static EventMeta;

    /// The payload as JSON text.
    ///
    /// # Errors
    /// A float is NaN or infinite, wherever in the event it is, or a value has no JSON form (a map
    /// whose keys are not text, say).
    fn encode(&self) -> Result<String, EncodeError>;

    /// Reads a payload that was stored as `version`. The version is looked at before the payload.
    ///
    /// # Errors
    /// The version is not one this code knows, or the payload does not fit it.
    fn decode(version: u32, payload: &[u8]) -> Result<Self, DecodeError>;
}

/// An event belongs to a catalogue: so it is for those that `#[derive(Event)]` on an enum lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{Catalogue}`",
    label = "`{Catalogue}` does not list it",
    note = "add it to `{Catalogue}`: as a variant `{Self} {{ … }}`, or `{Self}({Self})` for a struct that derives `Event`"
)]
pub trait EventOf<Catalogue>: Event {}

#[diagnostic::do_not_recommend]
impl<E: Event + Listed<S>, S> EventOf<S> for E {}

/// A catalogue of events or commands lists the type: written by its derive, which cannot know
/// whether the type is one.
pub trait Listed<Catalogue> {}

/// An enum of all events of an aggregate, with the code to read any of them.
///
/// Derive it: `#[derive(Event)]` on the enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue of events",
    note = "`events = …` names an enum with `#[derive(Event)]`"
)]
pub trait EventCatalogue: Sized + Send + Sync + 'static {
    /// The events, in the order of the enum.
    const EVENTS: &'static [&'static EventMeta];
    /// Events that are no longer written, and still read: as some of [`Self::EVENTS`].
    const RETIRED: &'static [&'static EventMeta] = &[];

    /// Which event this is.
    fn meta(&self) -> &'static EventMeta;

    /// Reads a stored record and hands what it reads as to `each`.
    ///
    /// # Errors
    /// The name or version is unknown, or the payload does not fit.
    fn decode(record: StoredEvent<'_>, each: &mut dyn FnMut(Self)) -> Result<(), DecodeError>;

    /// The event, if it is one of the catalogue's; else it comes back.
    ///
    /// # Errors
    /// It is an event that the catalogue does not list. A catalogue without retired events is never
    /// asked, and need not know.
    fn from_any(event: AnyEvent) -> Result<Self, AnyEvent> {
        Err(event)
    }
}

/// A record as it is stored, as far as reading it as an event needs.
#[derive(Clone, Copy, Debug)]
pub struct StoredEvent<'a> {
    /// The name on the wire.
    pub name: &'a str,
    /// The version of the schema the payload has.
    pub version: u32,
    /// The payload, JSON.
    pub payload: &'a [u8],
}

/// Why a stored event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The code has no event of this name.
    #[error(
        "no event of this name is known; an event that is no longer written must stay listed, and one that was renamed in Rust keeps its name by `#[event(name = \"…\")]`"
    )]
    UnknownEvent,
    /// The stored version is newer than the code.
    #[error(
        "it was written by newer code, which knows version {stored}; this code knows up to version {known}: update it"
    )]
    NewerVersion {
        /// The version of the record.
        stored: u32,
        /// The newest version this code knows.
        known: u32,
    },
    /// The code has no way to read this old version.
    #[error(
        "version {stored} cannot be read: versions begin at 1 and this code knows version {known}"
    )]
    UnknownVersion {
        /// The version of the record.
        stored: u32,
        /// The version this code writes.
        known: u32,
    },
    /// A step of `#[upcast(…)]` failed.
    #[error("the step from version {from} to {} failed: {reason}", from + 1)]
    Upcast {
        /// The version the step begins at.
        from: u32,
        /// What it said.
        reason: String,
    },
    /// A retired event reads as one that the catalogue does not list.
    #[error("it is retired and reads as `{event}`, which this catalogue does not list")]
    NotListed {
        /// The name on the wire of what it reads as.
        event: &'static str,
    },
    /// The payload does not fit the version's fields.
    #[error("the payload does not fit: {}{reason}", place(path))]
    Payload {
        /// Where in the payload: a path of fields and indexes, `.` for the whole.
        path: String,
        /// What is wrong there.
        reason: String,
    },
}

/// A path for a message; the whole needs no naming.
pub(crate) fn place(path: &str) -> String {
    if path == "." {
        String::new()
    } else {
        format!("at `{path}`: ")
    }
}

/// Why an event or a state cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A float is NaN or infinite. As JSON it would be `null`, and be read back as something else or
    /// not at all.
    #[error(
        "`{name}` cannot be stored: `{path}` is {value}, which JSON cannot hold: make it an `Option` that is `None` then, or refuse it in the command handler"
    )]
    NotFinite {
        /// The event's name on the wire; for a state, its Rust type.
        name: &'static str,
        /// Where the float is: a path of fields and indexes, `.` for the whole.
        path: String,
        /// What it is, in words: `NaN`, `infinite` or `negative infinite`.
        value: &'static str,
    },
    /// A value has no JSON form: a map whose keys are not text, say.
    #[error("`{name}` cannot be stored: it has no JSON form: {reason}")]
    NoJsonForm {
        /// The event's name on the wire; for a state, its Rust type.
        name: &'static str,
        /// What serde said.
        reason: String,
    },
}

/// An event with fields, as it is stored.
#[diagnostic::on_unimplemented(
    message = "the event `{Self}` cannot be written and read",
    label = "needs `Serialize` and `Deserialize`",
    note = "add them to its derives: `#[derive(Event, Serialize, Deserialize)]`"
)]
pub trait Payload: Sized {
    /// The payload of the event that is named.
    ///
    /// # Errors
    /// A float is NaN or infinite, or a value has no JSON form.
    fn to_json(&self, name: &'static str) -> Result<String, EncodeError>;

    /// Reads a payload.
    ///
    /// # Errors
    /// The payload does not fit; the error names the place.
    fn from_json(payload: &[u8]) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Serialize + DeserializeOwned> Payload for E {
    #[inline]
    fn to_json(&self, name: &'static str) -> Result<String, EncodeError> {
        crate::finite::to_json(self, name)
    }

    #[inline]
    fn from_json(payload: &[u8]) -> Result<Self, DecodeError> {
        read_payload(payload)
    }
}

/// Reads a payload straight into a type.
///
/// # Errors
/// The payload does not fit; the error names the place.
#[inline]
pub fn read_payload<T: DeserializeOwned>(payload: &[u8]) -> Result<T, DecodeError> {
    match serde_json::from_slice(payload) {
        Ok(event) => Ok(event),
        Err(error) => Err(explain_payload::<T>(payload, &error)),
    }
}

/// Reads the payload again, slowly, to say where it does not fit.
#[cold]
fn explain_payload<E: DeserializeOwned>(payload: &[u8], error: &serde_json::Error) -> DecodeError {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let path = match serde_path_to_error::deserialize::<_, E>(&mut deserializer) {
        Err(error) => error.path().to_string(),
        Ok(_) => ".".to_owned(),
    };
    DecodeError::Payload {
        path,
        reason: error.to_string(),
    }
}

/// The error for a stored version that is not the one the code knows.
#[cold]
pub fn unreadable_version(meta: &EventMeta, stored: u32) -> DecodeError {
    if stored > meta.version {
        DecodeError::NewerVersion {
            stored,
            known: meta.version,
        }
    } else {
        DecodeError::UnknownVersion {
            stored,
            known: meta.version,
        }
    }
}

/// Reads a record of a name that is none of the catalogue's own: by its alias, if it is one.
///
/// # Errors
/// The name is unknown, or the record cannot be read.
#[cold]
pub fn decode_by_alias<C: EventCatalogue>(
    record: StoredEvent<'_>,
    each: &mut dyn FnMut(C),
) -> Result<(), DecodeError> {
    let mut events = C::EVENTS.iter().chain(C::RETIRED);
    match events.find(|event| event.aliases.contains(&record.name)) {
        Some(event) => C::decode(
            StoredEvent {
                name: event.name,
                ..record
            },
            each,
        ),
        None => Err(DecodeError::UnknownEvent),
    }
}

/// Whether two events answer to one name, at compile time.
pub const fn share_a_name(a: &EventMeta, b: &EventMeta) -> bool {
    same_name(a.name, b.name) || is_among(a.name, b.aliases) || is_among(b.name, a.aliases) || {
        let mut i = 0;
        let mut shared = false;
        while i < a.aliases.len() {
            shared = shared || is_among(a.aliases[i], b.aliases);
            i += 1;
        }
        shared
    }
}

const fn is_among(name: &str, names: &[&str]) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same_name(name, names[i]) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether two names are the same, at compile time.
pub(crate) const fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
