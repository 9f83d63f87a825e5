//! The id of the aggregate a scenario is about.

use std::any::type_name;

use es_core::{AggregateId, IntoId};

/// What the default id is made of: the first that is an id of the type.
const TEXTS: [&str; 3] = ["test-1", "1", "00000000-0000-0000-0000-000000000001"];

/// An id, whatever the type.
pub(crate) fn default_id<I: AggregateId>() -> Result<I, String> {
    TEXTS
        .iter()
        .find_map(|text| I::from_text(text).ok())
        .ok_or_else(|| {
            format!(
                "no `{}` can be made up, neither of {}: say which with `.id(…)`",
                type_name::<I>(),
                TEXTS.map(|text| format!("`{text}`")).join(" nor of "),
            )
        })
}

/// An id of a type that is only known to be an id.
pub(crate) struct ById<I>(pub(crate) I);

impl<I> IntoId<I> for ById<I> {
    fn into_id(self) -> I {
        self.0
    }
}
