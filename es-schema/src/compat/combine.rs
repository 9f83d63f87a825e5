//! Two comparisons, one list: what a change does to today's reader, and to yesterday's.

use super::change::{Change, Draft, Verdict};
use super::walk::Walk;
use crate::shape::Shape;

/// What changed for today's reader of what was published.
///
/// `today` is the schema of the *deserialize* contract. [`Change::read_by`] is
/// [`Verdict::NotApplicable`].
pub fn compare_reads(published: &Shape, today: &Shape) -> Vec<Change> {
    let only = |draft: Draft| Change {
        read_by: Verdict::NotApplicable,
        ..draft.change
    };
    Walk::compare(published, today)
        .into_iter()
        .map(only)
        .collect()
}

/// What changed for yesterday's reader of what today's code writes.
///
/// `today` is the schema of the *serialize* contract. [`Change::reads`] is
/// [`Verdict::NotApplicable`].
pub fn compare_read_by(published: &Shape, today: &Shape) -> Vec<Change> {
    let only = |draft: Draft| Change {
        reads: Verdict::NotApplicable,
        ..draft.change
    };
    Walk::compare(published, today)
        .into_iter()
        .map(only)
        .collect()
}

/// What changed for both: `read` is today's deserialize contract, `written` its serialize
/// contract. One change is one entry, sorted by pointer.
///
/// ```
/// use es_schema::compat::{Rule, Verdict, compare};
/// use es_schema::shape::Shape;
/// use serde_json::json;
///
/// let object = |required: &[&str]| Shape::parse(&json!({
///     "type": "object",
///     "properties": {"note": {"type": ["string", "null"]}},
///     "required": required,
/// }));
/// // An `Option` may be missing when read, and is always there when written: no change.
/// assert_eq!(compare(&object(&[])?, &object(&[])?, &object(&["note"])?), []);
/// # Ok::<(), es_schema::shape::SchemaError>(())
/// ```
pub fn compare(published: &Shape, read: &Shape, written: &Shape) -> Vec<Change> {
    let mut written = Walk::compare(published, written);
    let mut changes: Vec<Change> = Vec::new();
    for draft in Walk::compare(published, read) {
        let same = written.iter().position(|other| {
            other.change.pointer == draft.change.pointer && other.subject == draft.subject
        });
        let read_by = match same {
            Some(index) => written.remove(index).change.read_by,
            None => Verdict::Compatible,
        };
        changes.push(Change {
            read_by,
            ..draft.change
        });
    }
    // What only the writer changed concerns readers of its writing, if it hurts them.
    let hurting = written
        .into_iter()
        .filter(|draft| draft.change.read_by > Verdict::Compatible);
    changes.extend(hurting.map(|draft| Change {
        reads: Verdict::Compatible,
        ..draft.change
    }));
    changes.sort_by(|one, other| {
        (&one.pointer, one.rule, &one.what).cmp(&(&other.pointer, other.rule, &other.what))
    });
    changes.dedup();
    changes
}
