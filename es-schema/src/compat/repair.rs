//! The annotation that repairs a change.

use super::change::{Change, Verdict};
use super::event::OwnField;
use super::rule::Rule;

/// Where the only harm is to readers of yesterday's code.
pub(crate) const LATER: &str = "let every reader run the new code before it is written";

/// The repair of a change in a value type, whose events' versions are not known here.
pub(super) fn nested(rule: Rule, at: &str, subject: &str, reads: Verdict) -> Option<String> {
    let field = last_name(at);
    let holders = || {
        format!(
            "give what changed a type of another name, and keep the type `Old` as it was published; the events that \
             hold it need a new version with the new type: set `version = N+1` and add `#[upcast(N => N+1, \
             retype({}: Old => …))]`, with an expression that makes the new of the old, and bless",
            first_name(at)
        )
    };
    let later = LATER.to_owned();
    Some(match rule {
        Rule::FieldAddedRequired => format!(
            "`#[serde(default)]` at `{field}`, or make it an `Option`; else {}",
            holders()
        ),
        Rule::FieldRemovedRequired if reads < Verdict::Breaks => {
            format!(
                "keep writing `{field}`, or give it `#[serde(default)]` in every reader before it goes"
            )
        }
        Rule::FieldRemovedRequired | Rule::FieldRemovedOptional => {
            format!("keep `{field}`, or take `#[serde(deny_unknown_fields)]` off its type")
        }
        Rule::FieldAddedOptional => later,
        Rule::FieldRenamed => {
            let (old, new) = subject.split_once(" => ").unwrap_or((subject, subject));
            match reads > Verdict::Compatible {
                true => format!("`#[serde(alias = \"{old}\")]` at `{new}`"),
                false => later,
            }
        }
        Rule::OptionalToRequired => format!(
            "`#[serde(default)]` at `{field}`, or make it an `Option` again; else {}",
            holders()
        ),
        Rule::RequiredToOptional if reads < Verdict::Breaks => {
            format!(
                "always write `{field}`: no `skip_serializing_if`, no `None`, until every reader has the new code"
            )
        }
        Rule::EnumValueAdded | Rule::VariantAdded => {
            "a fallback, the last variant and without data, with `#[serde(other)]` in every reader, before the new \
             one is written"
                .to_owned()
        }
        Rule::EnumValueRemoved | Rule::VariantRemoved => match at.rsplit_once("/anyOf/") {
            Some(_) => holders(),
            None => {
                let gone = if rule == Rule::VariantRemoved {
                    field
                } else {
                    subject.to_owned()
                };
                let other = match rule {
                    Rule::EnumValueRemoved => String::new(),
                    _ => format!("where `{gone}` had no data, "),
                };
                format!(
                    "`#[serde(alias = \"{gone}\")]` at the variant that took its place, or, {other}a last variant without data \
                     that has `#[serde(other)]`; check takes it for \
                     repaired where a committed sample with `{gone}` is read"
                )
            }
        },
        Rule::UnknownFieldsDenied => "take `#[serde(deny_unknown_fields)]` off again".to_owned(),
        Rule::UnknownFieldsAllowed => {
            "keep `#[serde(deny_unknown_fields)]` until every reader has the new code".to_owned()
        }
        Rule::DefaultChanged => format!("keep the old default of `{field}`, or {}", holders()),
        Rule::ConstraintTightened | Rule::ConstraintLoosened => {
            format!("keep `{subject}` in `#[schemars(…)]` as it was")
        }
        Rule::TypeWidened | Rule::IntegerToNumber if reads < Verdict::Breaks => later,
        _ if reads < Verdict::Breaks => later,
        _ => holders(),
    })
}

/// A step to an event's next version; ordered as steps are best read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Rename(String),
    Retype(String),
    Add(String),
    Remove(String),
}

/// The step that repairs a change of an event's own field.
pub(super) fn own(
    change: &Change,
    before: Option<&OwnField>,
    now: Option<&OwnField>,
    renamed: Option<&OwnField>,
) -> Step {
    let rust = |field: Option<&OwnField>| match field {
        Some(field) => field
            .rust_name
            .clone()
            .unwrap_or_else(|| field.name.clone()),
        None => last_name(&change.pointer),
    };
    let tokens = |field: Option<&OwnField>| {
        field.map_or_else(|| "…".to_owned(), |field| field.type_tokens.clone())
    };
    match change.rule {
        Rule::FieldAddedRequired | Rule::FieldAddedOptional => {
            Step::Add(format!("{}: {} = …", rust(now), tokens(now)))
        }
        Rule::FieldRemovedRequired | Rule::FieldRemovedOptional => {
            Step::Remove(format!("{}: {}", rust(before), tokens(before)))
        }
        Rule::FieldRenamed => {
            let new = renamed.map_or_else(|| "…".to_owned(), |field| rust(Some(field)));
            Step::Rename(format!("{} => {new}", rust(before)))
        }
        _ => Step::Retype(format!("{}: {} => …", rust(before.or(now)), tokens(before))),
    }
}

/// The annotation that takes all these steps from a version to the next.
pub(super) fn upcast<'s>(version: u32, steps: impl IntoIterator<Item = &'s Step>) -> String {
    let next = version.saturating_add(1);
    let steps: Vec<_> = steps
        .into_iter()
        .map(|step| match step {
            Step::Rename(step) => format!("rename({step})"),
            Step::Retype(step) => format!("retype({step})"),
            Step::Add(step) => format!("add({step})"),
            Step::Remove(step) => format!("remove({step})"),
        })
        .collect();
    let steps = steps.join(", ");
    format!("set `version = {next}` and add `#[upcast({version} => {next}, {steps})]`")
}

/// The repair of a change in a value type, with what is known of the event's field that holds it.
pub(super) fn of_holder(repair: &str, version: u32, holder: Option<&OwnField>) -> String {
    let next = version.saturating_add(1);
    let numbered = repair
        .replace("version = N+1", &format!("version = {next}"))
        .replace("(N => N+1,", &format!("({version} => {next},"));
    let Some(field) = holder else {
        return numbered;
    };
    let (name, tokens) = (&field.name, &field.type_tokens);
    let rust = field.rust_name.as_ref().unwrap_or(name);
    numbered.replace("`Old`", &format!("`{tokens}`")).replace(
        &format!("retype({name}: Old"),
        &format!("retype({rust}: {tokens}"),
    )
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// The last name in a pointer.
pub(super) fn last_name(at: &str) -> String {
    let steps: Vec<&str> = at.split('/').collect();
    let named = steps.windows(2).rev().find_map(|pair| match pair {
        ["properties" | "oneOf", name] => Some(unescaped(name)),
        _ => None,
    });
    named.unwrap_or_else(|| "it".to_owned())
}

/// The event's own field a pointer leads through.
pub(super) fn first_name(at: &str) -> String {
    let mut steps = at.split('/').skip(1);
    match (steps.next(), steps.next()) {
        (Some("properties"), Some(name)) => unescaped(name),
        _ => "field".to_owned(),
    }
}
