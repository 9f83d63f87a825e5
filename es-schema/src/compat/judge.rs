//! All events and all their versions: the rules about events themselves, and about each payload.

use serde_json::Value;

use super::change::{Change, Verdict};
use super::combine::{compare, compare_reads};
use super::event::{Event, EventVersion, Finding, JudgeError};
use super::frozen::{self, Own};
use super::repair::LATER;
use super::rule::Rule;
use super::words::{below, place};
use crate::shape::{Kind, Shape};

/// Judges today's events against the published ones, sorted by event and version.
///
/// Every published version is compared with what today's code decodes for it (*reads*); the
/// newest also with what today's code writes (*read-by*).
///
/// ```
/// use es_schema::compat::{Event, EventVersion, OwnField, Rule, judge};
/// use serde_json::json;
///
/// let schema = |name: &str| json!({
///     "type": "object", "properties": {name: {"type": "string"}}, "required": [name],
/// });
/// let published = Event::new("account.opened", 1)
///     .version(1, EventVersion::of(schema("holder")).fields([OwnField::new("holder", "String")]));
/// let today = Event::new("account.opened", 1)
///     .version(1, EventVersion::of(schema("owner")).fields([OwnField::new("owner", "String")]));
///
/// let findings = judge(&[published], &[today])?;
/// assert_eq!(findings[0].change.rule, Rule::VersionFrozen);
/// assert_eq!(
///     findings[0].change.repair.as_deref(),
///     Some("set `version = 2` and add `#[upcast(1 => 2, rename(holder => owner))]`"),
/// );
/// # Ok::<(), es_schema::compat::JudgeError>(())
/// ```
///
/// # Errors
/// If a schema cannot be read.
pub fn judge(published: &[Event], today: &[Event]) -> Result<Vec<Finding>, JudgeError> {
    let mut findings = Vec::new();
    let mut matched: Vec<&str> = Vec::new();
    let named = |name: &str| today.iter().find(|event| event.name == name);
    let mut gone = Vec::new();
    for event in published {
        if let Some(now) = named(&event.name) {
            matched.push(&now.name);
            self::event(event, now, false, &mut findings)?;
        } else if let Some(now) = today.iter().find(|now| now.aliases.contains(&event.name)) {
            matched.push(&now.name);
            // Where the new name is published, yesterday's code writes and reads it.
            let is_past = published.iter().any(|other| other.name == now.name);
            if !is_past {
                findings.push(renamed(event, now, true));
            }
            self::event(event, now, is_past, &mut findings)?;
        } else {
            gone.push(event);
        }
    }
    for event in gone {
        let newcomers = today
            .iter()
            .filter(|now| !now.retired && !matched.contains(&now.name.as_str()));
        let mut alike = Vec::new();
        for now in newcomers.filter(|now| !published.iter().any(|event| event.name == now.name)) {
            if alike_payload(event, now)? {
                alike.push(now);
            }
        }
        match alike.as_slice() {
            [now] => {
                matched.push(&now.name);
                findings.push(renamed(event, now, false));
            }
            _ => findings.push(finding(
                event,
                newest(event),
                Rule::EventRemoved,
                format!("`{}` is published and no event of today's code reads it", event.name),
                (Verdict::Breaks, Verdict::Breaks),
                Some(format!(
                    "keep it as a struct of its own, `#[event(name = \"{}\", retired(into = …))]` with a function to the \
                     events it reads as now, or `retired(drop)` if all that it said may be lost; and list it in its \
                     catalogue's `retired(…)`",
                    event.name
                )),
            )),
        }
    }
    for event in today
        .iter()
        .filter(|event| !event.retired && !matched.contains(&event.name.as_str()))
    {
        findings.push(finding(
            event,
            event.version,
            Rule::EventAdded,
            format!("`{}` is new", event.name),
            (Verdict::Compatible, Verdict::Warns),
            Some("let every reader run the new code, or pass over unknown events, before it is written".to_owned()),
        ));
    }
    findings.sort_by(|one, other| {
        (
            &one.event,
            one.version,
            &one.change.pointer,
            one.change.rule,
        )
            .cmp(&(
                &other.event,
                other.version,
                &other.change.pointer,
                other.change.rule,
            ))
    });
    findings.dedup();
    Ok(findings)
}

fn finding(
    event: &Event,
    version: u32,
    rule: Rule,
    what: String,
    verdicts: (Verdict, Verdict),
    repair: Option<String>,
) -> Finding {
    let (reads, read_by) = verdicts;
    Finding {
        event: event.name.clone(),
        version,
        change: Change {
            rule,
            pointer: String::new(),
            what,
            reads,
            read_by,
            repair,
        },
    }
}

fn newest(event: &Event) -> u32 {
    event
        .versions
        .last_key_value()
        .map_or(event.version, |(version, _)| *version)
}

fn renamed(event: &Event, now: &Event, aliased: bool) -> Finding {
    let repair = format!("`#[event(alias = \"{}\")]` at `{}`", event.name, now.name);
    finding(
        event,
        newest(event),
        Rule::EventRenamed,
        format!("`{}` is `{}` now", event.name, now.name),
        (Verdict::when(aliased), Verdict::Breaks),
        Some(if aliased { LATER.to_owned() } else { repair }),
    )
}

/// Whether a new event holds what a missing one held.
fn alike_payload(event: &Event, now: &Event) -> Result<bool, JudgeError> {
    let (Some((version, before)), Some((other, after))) = (
        event.versions.last_key_value(),
        now.versions.last_key_value(),
    ) else {
        return Ok(false);
    };
    let (Some(before), Some(after)) = (&before.read, &after.read) else {
        return Ok(false);
    };
    let (before, after) = (
        parse(event, *version, "published", before)?,
        parse(now, *other, "today's", after)?,
    );
    // Every event without fields is like every other, so these are never taken for renamed.
    let named = matches!(&before.root().kind, Kind::Object(object) if !object.fields.is_empty());
    let quiet = |change: &Change| matches!(change.rule, Rule::DocChanged | Rule::DefaultChanged);
    Ok(named && compare_reads(&before, &after).iter().all(quiet))
}

fn parse(
    event: &Event,
    version: u32,
    side: &'static str,
    schema: &Value,
) -> Result<Shape, JudgeError> {
    Shape::parse(schema).map_err(|source| JudgeError {
        event: event.name.clone(),
        version,
        side,
        source,
    })
}

/// One event that is there on both sides. Under an earlier name (`is_past`) it is only read.
fn event(
    published: &Event,
    today: &Event,
    is_past: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), JudgeError> {
    let newest = newest(published);
    if !is_past {
        findings.extend(numbered(published, today, newest));
    }
    for (&version, then) in &published.versions {
        let Some(now) = today.versions.get(&version) else {
            let next = version.saturating_add(1);
            if version < today.version {
                findings.push(finding(
                    published,
                    version,
                    Rule::UpcastMissing,
                    format!("version {version} is published, and no step leads from it to version {next}"),
                    (Verdict::Breaks, Verdict::NotApplicable),
                    Some(format!("add `#[upcast({version} => {next}, …)]`")),
                ));
            }
            continue;
        };
        let is_newest = version == newest && !is_past;
        let changes = version_changes(published, today, version, (then, now), is_newest)?;
        let changes = changes
            .into_iter()
            .filter(|change| !is_of_the_name(published, today, change));
        findings.extend(changes.map(|change| Finding {
            event: published.name.clone(),
            version,
            change,
        }));
    }
    Ok(())
}

/// What is to be said of the number of today's version.
fn numbered(published: &Event, today: &Event, newest: u32) -> Option<Finding> {
    let skipped = |what: String, right: u32| {
        let verdicts = (Verdict::Breaks, Verdict::Breaks);
        let repair = Some(format!("set `version = {right}`"));
        let rule = Rule::VersionSkipped;
        Some(finding(published, newest, rule, what, verdicts, repair))
    };
    let (next, version) = (newest.saturating_add(1), today.version);
    if version < newest {
        return skipped(
            format!("the newest published version is {newest}, and today's is {version}"),
            newest,
        );
    }
    if let Some(missing) = (next..version).find(|between| !today.versions.contains_key(between)) {
        return skipped(
            format!(
                "version {version} follows version {}",
                missing.saturating_sub(1)
            ),
            missing,
        );
    }
    if version == newest || today.retired {
        return None;
    }
    let new = match version == next {
        true => format!("version {version} is"),
        false => format!("versions {next} to {version} are"),
    };
    Some(finding(
        published,
        newest,
        Rule::VersionAdded,
        format!("{new} new, and yesterday's code does not read version {version}"),
        (Verdict::Compatible, Verdict::Breaks),
        Some(format!(
            "deploy the readers of version {version} first, and where they are, accept VERSION_ADDED in es.toml; or \
             leave the event as it is, and say what is new in an event of its own"
        )),
    ))
}

/// Whether a change only repeats that the event has another name: its title is its name.
fn is_of_the_name(published: &Event, today: &Event, change: &Change) -> bool {
    published.name != today.name
        && change.pointer.is_empty()
        && change.what.starts_with("the title")
}

fn version_changes(
    published: &Event,
    today: &Event,
    version: u32,
    (then, now): (&EventVersion, &EventVersion),
    is_newest: bool,
) -> Result<Vec<Change>, JudgeError> {
    let own = Own::of(then, now);
    let (Some(before), Some(read)) = (&then.read, &now.read) else {
        return Ok(own.by_fields(version));
    };
    let before = parse(published, version, "published", before)?;
    let read = parse(today, version, "today's", read)?;
    let written = match &now.written {
        Some(written) => parse(today, version, "today's", written)?,
        None => read.clone(),
    };
    if is_newest && version == today.version && !today.retired {
        return Ok(own.frozen(compare(&before, &read, &written), version));
    }
    let mut changes = compare_reads(&before, &read);
    changes = match now.own_fields {
        None if version < today.version => frozen::shape(changes, version),
        _ => own.frozen(changes, version),
    };
    let current = today
        .versions
        .get(&today.version)
        .filter(|_| is_newest && !today.retired && version < today.version);
    match current {
        Some(current) => evolution(published, today, current, &before, &mut changes)?,
        // What older versions' readers no longer notice is told once, of the newest.
        None if !is_newest => changes.retain(|change| change.reads > Verdict::Compatible),
        None => {}
    }
    Ok(changes)
}

/// What changed from the newest published version to the one that is written now: the steps
/// between them read it, so this is about other readers.
fn evolution(
    published: &Event,
    today: &Event,
    current: &EventVersion,
    before: &Shape,
    changes: &mut Vec<Change>,
) -> Result<(), JudgeError> {
    let Some(read) = &current.read else {
        return Ok(());
    };
    let read = parse(today, today.version, "today's", read)?;
    let written = match &current.written {
        Some(written) => parse(today, today.version, "today's", written)?,
        None => read.clone(),
    };
    let reused = reused(published, today, &read)?;
    for change in compare(before, &read, &written) {
        if reused.iter().any(|reused| reused.pointer == change.pointer) {
            continue;
        }
        if let Some(same) = changes
            .iter_mut()
            .find(|same| same.rule == change.rule && same.pointer == change.pointer)
        {
            same.read_by = change.read_by;
            continue;
        }
        let (rule, what) = match change.rule {
            // The step that adds it says what it reads as.
            Rule::FieldAddedRequired => {
                let what = change.what.replacen("the required field", "the field", 1);
                let what = format!("{what}, and a step gives it to older payloads");
                (Rule::FieldAddedOptional, what)
            }
            rule => (rule, change.what),
        };
        let hurts = change.read_by > Verdict::Compatible;
        let repair = Some(LATER.to_owned()).filter(|_| hurts);
        let change = Change {
            rule,
            what,
            reads: Verdict::Compatible,
            repair,
            ..change
        };
        changes.push(change);
    }
    changes.extend(reused);
    Ok(())
}

/// Fields of the current version whose name an older version gave to another type, and a version
/// between did not have.
fn reused(published: &Event, today: &Event, current: &Shape) -> Result<Vec<Change>, JudgeError> {
    let mut found = Vec::new();
    let Kind::Object(now) = &current.root().kind else {
        return Ok(found);
    };
    let mut missing: Option<Vec<&String>> = None;
    for (&version, then) in published.versions.iter().rev() {
        let Some(then) = &then.read else { continue };
        let shape = parse(published, version, "published", then)?;
        let Kind::Object(object) = &shape.root().kind else {
            continue;
        };
        // What the newest published version has not is what the current one brings.
        let brought = missing.get_or_insert_with(|| {
            now.fields
                .keys()
                .filter(|name| !object.fields.contains_key(*name))
                .collect()
        });
        for name in brought {
            let (Some(old), Some(new)) = (object.fields.get(*name), now.fields.get(*name)) else {
                continue;
            };
            let pointer = below("", "properties", name);
            if found
                .iter()
                .any(|change: &Change| change.pointer == pointer)
            {
                continue;
            }
            let changes = compare_reads(&shape.at(old.node), &current.at(new.node));
            if changes
                .iter()
                .all(|change| matches!(change.rule, Rule::DocChanged | Rule::DefaultChanged))
            {
                continue;
            }
            found.push(Change {
                rule: Rule::FieldNameReused,
                what: format!("{} was a field of another type in version {version} and comes back in version {}", place(&pointer), today.version),
                pointer,
                reads: Verdict::Breaks,
                read_by: Verdict::Breaks,
                repair: Some(format!("give the new field another name: `#[serde(rename = \"{name}_v{}\")]`", today.version)),
            });
        }
    }
    Ok(found)
}
