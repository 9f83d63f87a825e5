//! The own fields of a published version, which never change.

use std::collections::BTreeSet;

use super::change::{Change, Verdict};
use super::event::{EventVersion, OwnField};
use super::repair::{self, Step};
use super::rule::Rule;
use super::words::below;

/// The own fields of both sides, and which of them are declared otherwise.
pub(super) struct Own<'e> {
    published: &'e [OwnField],
    today: &'e [OwnField],
    /// Whether both sides' fields are known.
    known: bool,
    differing: BTreeSet<&'e str>,
}

impl<'e> Own<'e> {
    pub(super) fn of(published: &'e EventVersion, today: &'e EventVersion) -> Self {
        let known = published.own_fields.is_some() && today.own_fields.is_some();
        let published = published.own_fields.as_deref().unwrap_or_default();
        let today = today.own_fields.as_deref().unwrap_or_default();
        let mut differing = BTreeSet::new();
        if known {
            let only = |these: &'e [OwnField], those: &'e [OwnField]| {
                these
                    .iter()
                    .filter(|field| {
                        find(those, &field.name).is_none_or(|other| !field.alike(other))
                    })
                    .map(|field| field.name.as_str())
            };
            differing.extend(only(published, today));
            differing.extend(only(today, published));
        }
        Self {
            published,
            today,
            known,
            differing,
        }
    }

    /// Whether a change is one of an own field, not of the type that it holds.
    fn is_own(&self, change: &Change) -> bool {
        field_of(&change.pointer).is_some_and(|name| {
            let shape = is_of_presence(change.rule);
            match self.known {
                true => self.differing.contains(name.as_str()) || (shape && self.flattens()),
                false => shape,
            }
        })
    }

    /// A flattened field has no name on the wire, so its inner fields are told apart by schema only.
    fn flattens(&self) -> bool {
        let flat = |fields: &[OwnField]| {
            fields
                .iter()
                .any(|field| field.flatten && self.differing.contains(field.name.as_str()))
        };
        flat(self.published) || flat(self.today)
    }

    /// Gives changes of own fields their repair: the one annotation for them all, which leads to the
    /// next version.
    fn repaired(&self, changes: Vec<Change>, version: u32) -> Vec<Change> {
        let steps: Vec<_> = changes.iter().map(|change| self.step(change)).collect();
        let all: BTreeSet<&Step> = steps.iter().flatten().collect();
        let whole = repair::upcast(version, all);
        let changes = changes.into_iter().zip(&steps);
        changes
            .map(|(change, step)| match step {
                None => self.in_a_value_type(change, version),
                Some(_) => Change {
                    repair: Some(whole.clone()),
                    ..change
                },
            })
            .collect()
    }

    /// A change in the type of a field, with the version and the field named in its repair.
    fn in_a_value_type(&self, change: Change, version: u32) -> Change {
        let holder = repair::first_name(&change.pointer);
        let holder = find(self.published, &holder).map(|published| OwnField {
            rust_name: find(self.today, &holder).and_then(|today| today.rust_name.clone()),
            ..published.clone()
        });
        let repair = change
            .repair
            .map(|repair| repair::of_holder(&repair, version, holder.as_ref()));
        Change { repair, ..change }
    }

    /// The step that repairs a change, if it is one of an own field and hurts.
    fn step(&self, change: &Change) -> Option<Step> {
        if !self.is_own(change) || change.reads.max(change.read_by) <= Verdict::Compatible {
            return None;
        }
        let name = field_of(&change.pointer).unwrap_or_default();
        let renamed = change
            .what
            .rsplit_once("is `")
            .and_then(|(_, new)| new.split_once('`'))
            .map(|(new, _)| new);
        let renamed = renamed.filter(|_| change.rule == Rule::FieldRenamed);
        Some(repair::own(
            change,
            find(self.published, &name),
            find(self.today, &name),
            renamed
                .and_then(|new| find(self.today, new))
                .or(renamed.map(|new| OwnField::new(new, "")).as_ref()),
        ))
    }

    /// The changes of a published version: those of its own fields as the breaches they are.
    pub(super) fn frozen(&self, changes: Vec<Change>, version: u32) -> Vec<Change> {
        let breached: Vec<bool> = changes
            .iter()
            .map(|change| {
                self.known
                    && self.is_own(change)
                    && !matches!(change.rule, Rule::DocChanged | Rule::DefaultChanged)
            })
            .collect();
        let changes = changes.into_iter().zip(&breached);
        let changes = changes.map(|(change, breached)| match breached {
            false => change,
            true => Change {
                reads: Verdict::Breaks,
                read_by: Verdict::Breaks,
                what: format!("version {version} is published and frozen: {}", change.what),
                ..change
            },
        });
        let mut changes = self.repaired(changes.collect(), version);
        for (change, breached) in changes.iter_mut().zip(breached) {
            if breached {
                change.rule = Rule::VersionFrozen;
            }
        }
        changes
    }

    /// Breaches told by the fields alone, where a schema is missing.
    pub(super) fn by_fields(&self, version: u32) -> Vec<Change> {
        let breach = |name: &&str| {
            let (published, today) = (find(self.published, name), find(self.today, name));
            let (rule, what) = match (published, today) {
                (Some(_), None) => (
                    Rule::FieldRemovedRequired,
                    format!("the field `{name}` is gone"),
                ),
                (None, _) => (
                    Rule::FieldAddedRequired,
                    format!("the field `{name}` is new"),
                ),
                (Some(was), Some(is)) if was.type_tokens != is.type_tokens => (
                    Rule::TypeChanged,
                    format!(
                        "`{name}` was `{}` and is `{}`",
                        was.type_tokens, is.type_tokens
                    ),
                ),
                _ => (
                    Rule::RequiredToOptional,
                    format!("`{name}` is declared otherwise"),
                ),
            };
            Change {
                rule,
                pointer: below("", "properties", name),
                what,
                reads: Verdict::Breaks,
                read_by: Verdict::Breaks,
                repair: None,
            }
        };
        self.frozen(self.differing.iter().map(breach).collect(), version)
    }
}

/// The changes of a published version that a struct without a field list reads, the shape of a `with`
/// step: its fields are as frozen.
pub(super) fn shape(changes: Vec<Change>, version: u32) -> Vec<Change> {
    let changes = changes.into_iter();
    let frozen = changes.map(|change| match field_of(&change.pointer) {
        Some(field) if is_of_presence(change.rule) => Change {
            rule: Rule::VersionFrozen,
            reads: Verdict::Breaks,
            what: format!("version {version} is published and frozen: {}", change.what),
            repair: Some(format!(
                "declare `{field}` in the struct of version {version} (`from = …`) as it was published"
            )),
            ..change
        },
        _ => change,
    });
    frozen.collect()
}

fn is_of_presence(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::FieldAddedRequired
            | Rule::FieldAddedOptional
            | Rule::FieldRemovedRequired
            | Rule::FieldRemovedOptional
            | Rule::FieldRenamed
            | Rule::OptionalToRequired
            | Rule::RequiredToOptional
    )
}

fn find<'f>(fields: &'f [OwnField], name: &str) -> Option<&'f OwnField> {
    fields.iter().find(|field| field.name == name)
}

/// The field a pointer names, if it names one and nothing below it.
fn field_of(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/properties/")?;
    (!name.contains('/')).then(|| repair::last_name(pointer))
}
