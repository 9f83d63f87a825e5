//! Samples that no longer read as they did.

use crate::{
    canonical, rules,
    sample_file::Sample,
    subject::{Subject, Tried},
};
use es_core::schema::StoredPayload;
use similar::{ChangeTag, TextDiff};
use std::fmt;

/// A sample that today's code does not read, or reads as something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFailure {
    /// The file's name, below `schemas/samples`.
    pub file: String,
    /// The event.
    pub event: String,
    /// The version of the payload.
    pub version: u32,
    /// What went wrong.
    pub problem: SampleProblem,
}

/// What is wrong with a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleProblem {
    /// The payload cannot be read.
    Broken(String),
    /// What the payload read as cannot be read.
    RecordedBroken(String),
    /// It decodes to something else: the difference, line by line.
    Changed(String),
}

const UNDO: &str = "undo the change, or raise the version of the event that holds the changed type; a sample \
                    of what was never stored may be deleted";

const PARTIAL_STEP: &str = "the step fails on a payload that its version allows: let it read this one too, or, if no such \
                           payload was ever stored, delete the sample";

/// Whether it is a step of the event's own that failed; the error of es-core says so.
fn is_of_a_step(error: &str) -> bool {
    error.starts_with("the step from version ")
}

impl SampleFailure {
    /// The rule's id.
    pub fn rule(&self) -> &'static str {
        match self.problem {
            SampleProblem::Broken(_) | SampleProblem::RecordedBroken(_) => rules::SAMPLE_BROKEN,
            SampleProblem::Changed(_) => rules::SAMPLE_CHANGED,
        }
    }
}

impl fmt::Display for SampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, event, version) = (self.rule(), &self.event, self.version);
        writeln!(f, "{rule} {event} v{version}, samples/{}", self.file)?;
        let repair = match &self.problem {
            SampleProblem::Broken(error) => {
                writeln!(f, "  today's code does not read it: {error}")?;
                if is_of_a_step(error) {
                    PARTIAL_STEP
                } else {
                    UNDO
                }
            }
            SampleProblem::RecordedBroken(error) => {
                writeln!(f, "  today's code does not read what it read as: {error}")?;
                UNDO
            }
            SampleProblem::Changed(difference) => {
                writeln!(f, "  it decodes to something else than recorded:")?;
                for line in difference.lines() {
                    writeln!(f, "    {line}")?;
                }
                "undo the change; if the new meaning is meant, delete the sample's `reads_as` and bless"
            }
        };
        writeln!(f, "  repair: {repair}")
    }
}

/// The samples that fail, of the events looked at.
pub(crate) fn failures(subject: &Subject) -> Vec<SampleFailure> {
    let samples = subject.directory.samples.iter();
    samples
        .zip(&subject.tried)
        // A removed event is told of once, by its document.
        .filter(|(sample, _)| subject.event(&sample.event).is_some())
        .filter_map(|(sample, tried)| failure(sample, tried))
        .collect()
}

fn failure(sample: &Sample, tried: &Tried) -> Option<SampleFailure> {
    let problem = match (&tried.payload, &tried.recorded) {
        (Err(error), _) => SampleProblem::Broken(error.clone()),
        (_, Some(Err(error))) => SampleProblem::RecordedBroken(error.clone()),
        (Ok(now), Some(Ok(then))) if now != then => SampleProblem::Changed(difference(then, now)),
        _ => return None,
    };
    Some(SampleFailure {
        file: sample.file_name(),
        event: sample.event.clone(),
        version: sample.version,
        problem,
    })
}

fn difference(then: &[StoredPayload], now: &[StoredPayload]) -> String {
    let text = |events: &[StoredPayload]| match events {
        [] => "(nothing)\n".to_owned(),
        events => events
            .iter()
            .map(|event| {
                let payload = canonical::pretty(&event.payload);
                format!("{} v{} {payload}", event.event, event.version)
            })
            .collect(),
    };
    let (then, now) = (text(then), text(now));
    TextDiff::from_lines(&then, &now)
        .iter_all_changes()
        .map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{sign} {}", change.value())
        })
        .collect()
}
