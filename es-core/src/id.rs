//! Ids of aggregates: values that have a text form, which names their stream.

use uuid::Uuid;

/// What tells one aggregate of a kind from another.
///
/// `String`, [`Uuid`] and the integers are ids; `#[derive(AggregateId)]` makes one of a struct
/// around any of them. To write it by hand, make sure that the text form reads back as the same
/// id, and also write `impl IntoId<MyId> for MyId`.
///
/// ```
/// use es_core::AggregateId;
///
/// assert_eq!(7u64.to_text(), "7");
/// assert_eq!(u64::from_text("7"), Ok(7));
/// assert!(u64::from_text("seven").is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the id of an aggregate",
    label = "not an id",
    note = "derive `AggregateId` on a struct around a `String`, `Uuid` or integer, or use one of these"
)]
pub trait AggregateId: Clone + PartialEq + Send + Sync + 'static {
    /// The text form.
    fn to_text(&self) -> String;

    /// The id of a text form.
    ///
    /// # Errors
    /// The text is not the form of such an id.
    fn from_text(text: &str) -> Result<Self, InvalidId>;
}

/// A text that is not the form of an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid `{expected}`: {reason}")]
pub struct InvalidId {
    /// The text.
    pub text: String,
    /// The type that was asked for.
    pub expected: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl InvalidId {
    /// An error that names the text, the type and the reason.
    pub fn new(text: &str, expected: &'static str, reason: impl ToString) -> Self {
        Self {
            text: text.to_owned(),
            expected,
            reason: reason.to_string(),
        }
    }

    /// The same error, said of another type.
    #[must_use]
    pub fn of(self, expected: &'static str) -> Self {
        Self { expected, ..self }
    }
}

/// What is taken where an id is asked for: the id, a reference to it, and for ids over strings
/// `&str`, `String` and `&String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id of type `{Id}`",
    label = "expected a `{Id}`",
    note = "pass a `{Id}` or a reference to one; ids over strings also take `&str` and `String`"
)]
pub trait IntoId<Id> {
    /// The id.
    fn into_id(self) -> Id;
}

impl AggregateId for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn from_text(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty() {
            return Err(InvalidId::new(text, "String", "an id cannot be empty"));
        }
        Ok(text.to_owned())
    }
}

impl IntoId<String> for String {
    fn into_id(self) -> String {
        self
    }
}

impl IntoId<String> for &String {
    fn into_id(self) -> String {
        self.clone()
    }
}

impl IntoId<String> for &str {
    fn into_id(self) -> String {
        self.to_owned()
    }
}

macro_rules! parsed_ids {
    ($($Id:ident)+) => {$(
        impl AggregateId for $Id {
            fn to_text(&self) -> String {
                self.to_string()
            }

            fn from_text(text: &str) -> Result<Self, InvalidId> {
                let id: Self =
                    text.parse().map_err(|error| InvalidId::new(text, stringify!($Id), error))?;
                // One aggregate, one stream: `07` or an upper-case UUID would be a second one.
                if id.to_text() != text {
                    return Err(InvalidId::new(text, stringify!($Id), format!("write it `{id}`")));
                }
                Ok(id)
            }
        }

        impl IntoId<$Id> for $Id {
            fn into_id(self) -> $Id {
                self
            }
        }

        impl IntoId<$Id> for &$Id {
            fn into_id(self) -> $Id {
                *self
            }
        }
    )+};
}

parsed_ids!(Uuid u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
