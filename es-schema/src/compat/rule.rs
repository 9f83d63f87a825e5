//! The rules: what a change is called, in reports and in the exceptions of `schemas/es.toml`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

macro_rules! rules {
    ($($variant:ident = $id:literal: $description:literal,)*) => {
        /// What a change is called.
        ///
        /// ```
        /// use es_schema::compat::Rule;
        ///
        /// let rule: Rule = "FIELD_RENAMED".parse()?;
        /// assert_eq!(rule, Rule::FieldRenamed);
        /// assert_eq!(rule.to_string(), "FIELD_RENAMED");
        /// assert!(Rule::ALL.contains(&rule));
        /// # Ok::<(), es_schema::compat::UnknownRule>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $description] $variant,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The id in reports, `FIELD_RENAMED`.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// The change in one line.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)*
                }
            }
        }
    };
}

rules! {
    EventRemoved = "EVENT_REMOVED": "a published event is gone and not retired",
    EventRenamed = "EVENT_RENAMED": "an event's wire name changed and the old one is no alias",
    EventAdded = "EVENT_ADDED": "an event is new",
    VersionSkipped = "VERSION_SKIPPED": "an event's version was lowered, or raised by more than one",
    VersionAdded = "VERSION_ADDED": "an event has a new version, which yesterday's code does not read",
    VersionFrozen = "VERSION_FROZEN": "an own field of a published version changed",
    UpcastMissing = "UPCAST_MISSING": "a published version can no longer be decoded",
    FieldAddedRequired = "FIELD_ADDED_REQUIRED": "a field is new, and must be there",
    FieldAddedOptional = "FIELD_ADDED_OPTIONAL": "a field is new, and may be missing",
    FieldRemovedRequired = "FIELD_REMOVED_REQUIRED": "a field that had to be there is gone",
    FieldRemovedOptional = "FIELD_REMOVED_OPTIONAL": "a field that could be missing is gone",
    FieldRenamed = "FIELD_RENAMED": "a field has another wire name",
    FieldNameReused = "FIELD_NAME_REUSED": "a removed field's name came back with another type",
    OptionalToRequired = "OPTIONAL_TO_REQUIRED": "a field that could be missing must be there",
    RequiredToOptional = "REQUIRED_TO_OPTIONAL": "a field that had to be there may be missing",
    TypeWidened = "TYPE_WIDENED": "a type holds more values than before",
    TypeNarrowed = "TYPE_NARROWED": "a type holds fewer values than before",
    IntegerToNumber = "INTEGER_TO_NUMBER": "whole numbers became floating-point numbers",
    TypeChanged = "TYPE_CHANGED": "a type, format or unit is another",
    EnumValueAdded = "ENUM_VALUE_ADDED": "an enum has a new value",
    EnumValueRemoved = "ENUM_VALUE_REMOVED": "an enum's value is gone",
    VariantAdded = "VARIANT_ADDED": "an enum with data has a new variant",
    VariantRemoved = "VARIANT_REMOVED": "a variant of an enum with data is gone",
    VariantChanged = "VARIANT_CHANGED": "a variant holds data of another kind",
    TaggingChanged = "TAGGING_CHANGED": "an enum's variants are told apart in another way",
    CardinalityChanged = "CARDINALITY_CHANGED": "one value, a list, a map, a tuple became another of these",
    ConstraintTightened = "CONSTRAINT_TIGHTENED": "a constraint that serde does not enforce allows less",
    ConstraintLoosened = "CONSTRAINT_LOOSENED": "a constraint that serde does not enforce allows more",
    UnknownFieldsDenied = "UNKNOWN_FIELDS_DENIED": "unknown fields are refused now",
    UnknownFieldsAllowed = "UNKNOWN_FIELDS_ALLOWED": "unknown fields are no longer refused",
    DefaultChanged = "DEFAULT_CHANGED": "a missing field reads as another value",
    DocChanged = "DOC_CHANGED": "a title or a description changed",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// A name that no rule has.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no rule `{0}`")]
pub struct UnknownRule(pub String);

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(id: &str) -> Result<Self, UnknownRule> {
        let found = Self::ALL.iter().find(|rule| rule.id() == id);
        found.copied().ok_or_else(|| UnknownRule(id.to_owned()))
    }
}
