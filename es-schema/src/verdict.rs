//! What is published against what the code says today.

use crate::{
    compat::{Event, EventVersion, Finding, OwnField, Verdict, compare, judge as judge_events},
    document::Document,
    error::SchemaError,
    shape::Shape,
    subject::Subject,
};
use es_core::schema::{DeclaredEvent, DeclaredField, DeclaredVersion};
use std::collections::BTreeMap;

/// What today's code must read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Against {
    /// The files on disk.
    Disk,
    /// The files on disk, and those at the base.
    Both,
    /// The files at the base: what is only on disk may still change.
    Base,
}

/// All findings of a subject. What reads today's code is judged against the base alone.
pub(crate) fn judge(subject: &Subject, against: Against) -> Result<Vec<Finding>, SchemaError> {
    let today: Vec<_> = subject
        .events
        .iter()
        .map(|event| today(subject, event))
        .collect();
    let disk = || judge_events(&published(subject.promised().into_iter()), &today);
    let Some(base) = &subject.base else {
        return Ok(disk()?);
    };
    let mut at_base = judge_events(&published(base.values()), &today)?;
    if base.is_empty() {
        // Nobody reads anything yet, so nobody is to be warned of what is new.
        at_base.clear();
    }
    if against == Against::Base {
        return Ok(at_base);
    }
    let disk = disk()?;
    if against == Against::Disk {
        for finding in &mut at_base {
            finding.change.reads = Verdict::NotApplicable;
        }
    }
    let mut findings = Vec::new();
    for mut finding in disk {
        finding.change.read_by = Verdict::NotApplicable;
        match at_base.iter_mut().find(|other| is_same(other, &finding)) {
            Some(other) => other.change.reads = other.change.reads.max(finding.change.reads),
            None => findings.push(finding),
        }
    }
    findings.extend(at_base);
    findings.retain(|finding| {
        let change = &finding.change;
        change.reads.max(change.read_by) > Verdict::NotApplicable
    });
    findings.sort_by(|one, other| key(one).cmp(&key(other)));
    Ok(findings)
}

/// What changed from one document to another, in words.
pub(crate) fn changes(then: &Document, now: &Document) -> Vec<String> {
    let parse = |document: &Document| Shape::parse(&document.schema());
    match (parse(then), parse(now)) {
        (Ok(then), Ok(now)) => compare(&then, &now, &now)
            .into_iter()
            .map(|change| format!("{} {}", change.rule, change.what))
            .collect(),
        (Err(error), _) | (_, Err(error)) => vec![format!("cannot be compared: {error}")],
    }
}

fn is_same(one: &Finding, other: &Finding) -> bool {
    key(one) == key(other) && one.change.what == other.change.what
}

fn key(finding: &Finding) -> (&str, u32, &str, &str) {
    let change = &finding.change;
    (
        &finding.event,
        finding.version,
        &change.pointer,
        change.rule.id(),
    )
}

fn published<'d>(documents: impl Iterator<Item = &'d Document>) -> Vec<Event> {
    let mut events: BTreeMap<&str, Event> = BTreeMap::new();
    for document in documents {
        let version = EventVersion {
            own_fields: document.fields().map(|fields| {
                let own = fields.into_iter().map(|field| OwnField {
                    name: field.name,
                    rust_name: None,
                    type_tokens: field.type_tokens,
                    has_default: field.default,
                    flatten: field.flatten,
                });
                own.collect()
            }),
            read: Some(document.schema()),
            written: None,
        };
        let event = events
            .entry(document.event())
            .or_insert_with(|| Event::new(document.event(), document.version()));
        event.version = event.version.max(document.version());
        event.versions.insert(document.version(), version);
    }
    events.into_values().collect()
}

fn today(subject: &Subject, event: &DeclaredEvent) -> Event {
    let version = |version: &DeclaredVersion| {
        let file = subject.today.get(&(event.name.clone(), version.version));
        let content = EventVersion {
            own_fields: version.fields.as_deref().map(own_fields),
            read: file.map(Document::schema),
            written: version.writes.clone(),
        };
        (version.version, content)
    };
    Event {
        name: event.name.clone(),
        version: event.version,
        aliases: event.aliases.clone(),
        retired: event.retired_into.is_some(),
        versions: event.versions.iter().map(version).collect(),
    }
}

fn own_fields(fields: &[DeclaredField]) -> Vec<OwnField> {
    let own = fields.iter().map(|field| OwnField {
        name: match field.flatten {
            true => String::new(),
            false => field.name.clone(),
        },
        rust_name: (field.rust_name != field.name).then(|| field.rust_name.clone()),
        type_tokens: field.type_tokens.clone(),
        has_default: field.default,
        flatten: field.flatten,
    });
    own.collect()
}
