//! The exceptions of `es.toml`, applied to what was found.

use crate::{
    compat::{Finding, Verdict},
    pointed,
    sample_file::Sample,
    settings::Allow,
    tried::{SampleFailure, SampleProblem},
};
use serde::Serialize;
use std::fmt;

/// A finding that an exception accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The rule's id.
    pub rule: &'static str,
    /// The event.
    pub event: String,
    /// The version.
    pub version: u32,
    /// Where in the payload's schema.
    pub pointer: String,
    /// Why it is accepted.
    pub reason: String,
    /// The samples, by file, that fail and are covered, too: payloads made from the schema, with
    /// what is gone in them. Bless deletes these.
    pub samples: Vec<String>,
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Place::of(self.rule, &self.event, self.version, &self.pointer);
        write!(f, "{place}: {}", self.reason)?;
        match self.samples.as_slice() {
            [] => Ok(()),
            some => write!(f, " (with samples/{})", some.join(", samples/")),
        }
    }
}

/// What was accepted, for people.
pub(crate) fn told(accepted: &[Accepted]) -> String {
    let lines = accepted.iter().map(|accepted| format!("  {accepted}\n"));
    match accepted {
        [] => String::new(),
        [one] => format!("1 exception applied: {one}\n"),
        some => format!(
            "{} exceptions applied:\n{}",
            some.len(),
            lines.collect::<String>()
        ),
    }
}

/// Where something was found.
#[derive(Clone, Copy, PartialEq)]
struct Place<'f> {
    rule: &'static str,
    event: &'f str,
    version: u32,
    pointer: &'f str,
}

impl<'f> Place<'f> {
    fn of(rule: &'static str, event: &'f str, version: u32, pointer: &'f str) -> Self {
        Self {
            rule,
            event,
            version,
            pointer,
        }
    }

    fn of_finding(finding: &'f Finding) -> Self {
        let change = &finding.change;
        Self::of(
            change.rule.id(),
            &finding.event,
            finding.version,
            &change.pointer,
        )
    }

    fn of_sample(failure: &'f SampleFailure) -> Self {
        Self::of(failure.rule(), &failure.event, failure.version, "")
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} v{}", self.rule, self.event, self.version)?;
        match self.pointer {
            "" => Ok(()),
            pointer => write!(f, " {pointer}"),
        }
    }
}

/// Takes out what an exception accepts, and tells it, with the exceptions that match nothing.
/// `made` finds a sample that was made from a schema, by its file: nobody stored it.
pub(crate) fn apply<'s>(
    allow: &[Allow],
    findings: &mut Vec<Finding>,
    failures: &mut Vec<SampleFailure>,
    made: &dyn Fn(&str) -> Option<&'s Sample>,
) -> (Vec<Accepted>, Vec<String>) {
    let places = findings.iter().map(Place::of_finding);
    let places: Vec<_> = places
        .chain(failures.iter().map(Place::of_sample))
        .collect();
    let missed = allow
        .iter()
        .filter(|allow| !places.iter().any(|place| covers(allow, place)))
        .map(|allow| {
            format!(
                "es.toml, line {}: the exception for {} of `{}` matches nothing: {}",
                allow.line,
                allow.rule,
                allow.event,
                missed(allow, &places)
            )
        })
        .collect();
    let exception = |place: Place<'_>| {
        let allow = allow.iter().find(|allow| covers(allow, &place))?;
        Some(Accepted {
            rule: place.rule,
            event: place.event.to_owned(),
            version: place.version,
            pointer: place.pointer.to_owned(),
            reason: allow.reason.clone(),
            samples: Vec::new(),
        })
    };
    let mut accepted: Vec<Accepted> = Vec::new();
    let mut breaks: Vec<(usize, Finding)> = Vec::new();
    findings.retain(|finding| match exception(Place::of_finding(finding)) {
        None => true,
        Some(exception) => {
            if finding.change.reads == Verdict::Breaks {
                breaks.push((accepted.len(), finding.clone()));
            }
            accepted.push(exception);
            false
        }
    });
    failures.retain_mut(|failure| {
        if let Some(exception) = exception(Place::of_sample(failure)) {
            accepted.push(exception);
            return false;
        }
        let sample = made(&failure.file);
        let explains = |(_, finding): &&(usize, Finding)| {
            sample.is_some_and(|sample| explains(finding, failure, sample))
        };
        match breaks.iter().find(explains) {
            Some((index, _)) => {
                if let Some(exception) = accepted.get_mut(*index) {
                    exception.samples.push(failure.file.clone());
                }
                false
            }
            None => {
                failure.accepted = breaks
                    .iter()
                    .find(|(_, finding)| {
                        !failure.is_of_a_step()
                            && (&finding.event, finding.version)
                                == (&failure.event, failure.version)
                    })
                    .map(|(_, finding)| Place::of_finding(finding).to_string());
                true
            }
        }
    });
    (accepted, missed)
}

/// Whether a payload that is not read holds what an accepted break took away, so that it can only
/// fail. What it read as once says more: that it meant something, which may have changed.
fn explains(finding: &Finding, failure: &SampleFailure, sample: &Sample) -> bool {
    matches!(failure.problem, SampleProblem::Broken(_))
        && (&finding.event, finding.version) == (&sample.event, sample.version)
        && pointed::holds_what_is_gone(finding, &sample.payload.to_value())
}

/// An exception covers its pointer and all below it.
fn covers(allow: &Allow, place: &Place<'_>) -> bool {
    allow.rule == place.rule
        && allow.event == place.event
        && allow.version.is_none_or(|version| version == place.version)
        && is_at(allow, place)
}

fn is_at(allow: &Allow, place: &Place<'_>) -> bool {
    allow.pointer.as_deref().is_none_or(|pointer| {
        let below = place.pointer.strip_prefix(pointer);
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    })
}

/// Which of its keys misses, and what is near.
fn missed(allow: &Allow, places: &[Place<'_>]) -> String {
    let of_event = |place: &Place<'_>| place.event == allow.event;
    let of_rule = |place: &Place<'_>| place.rule == allow.rule;
    let near = |place: &&Place<'_>| {
        let steps = |pointer: &str| pointer.split('/').map(str::to_owned).collect::<Vec<_>>();
        let wanted = steps(allow.pointer.as_deref().unwrap_or_default());
        let alike = steps(place.pointer).into_iter().zip(wanted);
        (
            of_rule(place),
            allow.version == Some(place.version),
            alike.take_while(|(one, other)| one == other).count(),
        )
    };
    let nearest = |is_meant: &dyn Fn(&Place<'_>) -> bool| {
        let meant = places.iter().filter(|place| is_meant(place));
        meant.rev().max_by_key(near)
    };
    if let Some(place) = nearest(&|place| of_event(place) && of_rule(place)) {
        let key = match is_at(allow, place) {
            true => "version",
            false => "pointer",
        };
        return format!("its {key} is another; the nearest is {place}");
    }
    if let Some(place) = nearest(&of_event) {
        return format!(
            "no finding of rule {} at this event; the nearest is {place}",
            allow.rule
        );
    }
    match nearest(&of_rule) {
        Some(place) => format!("no finding at this event; the nearest is {place}"),
        None => "no finding at this event, and none of this rule; remove it".to_owned(),
    }
}
