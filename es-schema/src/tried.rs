//! Samples that no longer read as they did.

use crate::{
    compat::{Finding, LATER, Rule, Verdict},
    document::Document,
    kept, pointed, rules,
    sample_file::Sample,
    subject::{Subject, Tried},
};
use es_core::schema::StoredPayload;
use serde_json::Value;
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
    /// A break of the version that an exception accepts, which may be why.
    pub accepted: Option<String>,
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
                           payload was ever stored, delete the sample and put a real one in its place";

const PANIC: &str = "let the code return there, a value or an error, for its version allows such a payload; panics end \
                     the program that reads the event";

const MEANT: &str =
    "undo the change; if the new meaning is meant, delete the sample's `reads_as` and bless";

impl SampleFailure {
    /// The rule's id.
    pub fn rule(&self) -> &'static str {
        match self.problem {
            SampleProblem::Broken(_) | SampleProblem::RecordedBroken(_) => rules::SAMPLE_BROKEN,
            SampleProblem::Changed(_) => rules::SAMPLE_CHANGED,
        }
    }

    /// Whether it is a step of the event's own that failed; the error of es-core says so.
    pub(crate) fn is_of_a_step(&self) -> bool {
        match &self.problem {
            SampleProblem::Broken(error) => error.starts_with("the step from version "),
            _ => false,
        }
    }

    /// What went wrong: a sentence, and below it the difference line by line, if it is one.
    pub fn what(&self) -> String {
        match &self.problem {
            SampleProblem::Broken(error) => format!("today's code does not read it: {error}"),
            SampleProblem::RecordedBroken(error) => {
                format!("today's code does not read what it read as: {error}")
            }
            SampleProblem::Changed(difference) => format!(
                "it decodes to something else than recorded (- then, + now):\n{}",
                difference.trim_end()
            ),
        }
    }

    /// What to do about it.
    pub fn repair(&self) -> String {
        let repair = match &self.problem {
            SampleProblem::Broken(error) | SampleProblem::RecordedBroken(error)
                if error.starts_with("the code panicked") =>
            {
                PANIC
            }
            SampleProblem::Broken(_) if self.is_of_a_step() => PARTIAL_STEP,
            SampleProblem::Broken(_) | SampleProblem::RecordedBroken(_) => UNDO,
            SampleProblem::Changed(_) => MEANT,
        };
        match &self.accepted {
            None => repair.to_owned(),
            Some(accepted) => format!(
                "es.toml accepts {accepted}; if this comes of it, and nothing like the sample was ever \
                 stored, delete the sample, or accept {} too; else {repair}",
                self.rule()
            ),
        }
    }
}

impl fmt::Display for SampleFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, event, version) = (self.rule(), &self.event, self.version);
        writeln!(f, "{rule} {event} v{version}, samples/{}", self.file)?;
        for (index, line) in self.what().lines().enumerate() {
            let indent = if index == 0 { "  " } else { "    " };
            writeln!(f, "{indent}{line}")?;
        }
        writeln!(f, "  repair: {}", self.repair())
    }
}

/// The samples that fail, of the events looked at; `gone` is what findings say of them.
pub(crate) fn failures(subject: &Subject, gone: &[Finding]) -> Vec<SampleFailure> {
    let samples = subject.directory.samples.iter();
    samples
        .zip(&subject.tried)
        // A removed event is told of once, by its document.
        .filter(|(sample, _)| subject.event(&sample.event).is_some())
        .filter_map(|(sample, tried)| failure(subject, gone, sample, tried))
        .collect()
}

/// What is wrong with a sample, if anything is.
pub(crate) fn failure(
    subject: &Subject,
    gone: &[Finding],
    sample: &Sample,
    tried: &Tried,
) -> Option<SampleFailure> {
    let problem = match (&tried.payload, &sample.reads_as, &tried.recorded) {
        (Err(error), _, _) => SampleProblem::Broken(error.clone()),
        (_, _, Some(Err(error))) => SampleProblem::RecordedBroken(error.clone()),
        (Ok(now), Some(then), Some(Ok(again))) if !is_kept(subject, gone, then, again, now) => {
            SampleProblem::Changed(difference(then, now))
        }
        _ => return None,
    };
    Some(SampleFailure {
        file: sample.file_name(),
        event: sample.event.clone(),
        version: sample.version,
        problem,
        accepted: None,
    })
}

/// Whether all that a reading recorded is still read. `again` is what each of its events reads as
/// today: what today's code alone adds, a default or a step, is in it as well. But what today's code
/// does not read is missing there, too; so the recording itself decides.
pub(crate) fn is_kept(
    subject: &Subject,
    gone: &[Finding],
    then: &[StoredPayload],
    again: &[Vec<StoredPayload>],
    now: &[StoredPayload],
) -> bool {
    if then == now {
        return true;
    }
    if !again.iter().flatten().eq(now) {
        return false;
    }
    then.iter().zip(again).all(|(then, again)| {
        // What is replaced today is something else by declaration.
        let [again] = again.as_slice() else {
            return true;
        };
        let Some(event) = subject.event(&then.event) else {
            return true;
        };
        if event.name != again.event {
            return true;
        }
        let (recorded, read) = (then.payload.to_value(), again.payload.to_value());
        if then.version == again.version {
            let gone = gone.iter().filter(|finding| {
                let of = subject.event(&finding.event);
                of.is_some_and(|of| of.name == event.name)
            });
            let document = subject.today.get(&(event.name.clone(), again.version));
            let schema = document.map(Document::schema).unwrap_or_default();
            return kept::all(&recorded, &read, gone, &schema);
        }
        // Steps lie between: what both versions declare alike is held, what it contains at least.
        let fields = |version: u32| {
            let mut versions = event.versions.iter();
            let found = versions.find(|it| it.version == version);
            found.and_then(|it| it.fields.as_deref())
        };
        let (Some(before), Some(after)) = (fields(then.version), fields(again.version)) else {
            return true;
        };
        before.iter().all(|field| {
            let mut after = after.iter();
            let same = after.any(|it| it.name == field.name && it.type_tokens == field.type_tokens);
            match recorded.get(&field.name).filter(|_| same) {
                Some(recorded) => {
                    let read = read.get(&field.name).unwrap_or(&Value::Null);
                    kept::keys(recorded, read)
                }
                None => true,
            }
        })
    })
}

/// One command for all samples that were made, and that a step fails on.
pub(crate) fn never_stored(subject: &Subject, failures: &[SampleFailure]) -> Option<String> {
    let files: Vec<_> = failures
        .iter()
        .filter(|failure| failure.is_of_a_step())
        .filter(|failure| {
            let mut samples = subject.directory.samples.iter();
            samples.any(|sample| sample.file_name() == failure.file && subject.is_made(sample))
        })
        .map(|failure| {
            let path = subject.directory.path.join("samples").join(&failure.file);
            format!("'{}'", path.display())
        })
        .collect();
    (!files.is_empty()).then(|| {
        format!(
            "if no payload like the samples that a step fails on was ever stored, delete those that were made, \
             and put a real one in their place: rm {}",
            files.join(" ")
        )
    })
}

/// No schema tells of `#[serde(alias)]` and `#[serde(other)]` in a value type, so a field or a variant
/// that has one looks lost. Where samples have the old name and are read, it is there.
pub(crate) fn alias(subject: &Subject, finding: &mut Finding) {
    let change = &finding.change;
    let is_gone = matches!(
        change.rule,
        Rule::EnumValueRemoved | Rule::VariantRemoved if change.reads == Verdict::Breaks
    );
    let is_renamed = change.rule == Rule::FieldRenamed && change.reads > Verdict::Compatible;
    if !is_gone && !is_renamed {
        return;
    }
    let samples = subject.directory.samples.iter().zip(&subject.tried);
    let mut readings = samples
        .filter(|(sample, _)| (&sample.event, sample.version) == (&finding.event, finding.version))
        .filter_map(|(sample, tried)| {
            let payload = sample.payload.to_value();
            let has_it = match is_gone {
                true => pointed::holds_what_is_gone(finding, &payload),
                false => pointed::holds(&payload, &change.pointer),
            };
            has_it.then(|| is_read(finding, tried))
        })
        .peekable();
    if readings.peek().is_none() || !readings.all(|is_read| is_read) {
        return;
    }
    let change = &mut finding.change;
    change.reads = Verdict::Compatible;
    change.what += match is_gone {
        true => ", and samples with it are read",
        false => ", and samples with the old name are read",
    };
    change.repair = (change.read_by > Verdict::Compatible).then(|| LATER.to_owned());
}

/// Whether a sample with what a finding says is gone is read.
fn is_read(finding: &Finding, tried: &Tried) -> bool {
    let Ok(now) = &tried.payload else {
        return false;
    };
    let Some(new) = finding.change.renamed_to() else {
        // As what took its place: today's code has no such value to write.
        let mut payloads = now.iter().map(|now| now.payload.to_value());
        return !payloads.any(|payload| pointed::holds_what_is_gone(finding, &payload));
    };
    // An optional field is passed over where it has no alias: so its value must be seen.
    finding.change.reads == Verdict::Breaks
        || now
            .iter()
            .any(|now| pointed::holds(&now.payload.to_value(), &new))
}

fn difference(then: &[StoredPayload], now: &[StoredPayload]) -> String {
    let text = |events: &[StoredPayload]| match events {
        [] => "(nothing)\n".to_owned(),
        events => events
            .iter()
            .map(|event| {
                let (name, version, payload) = (&event.event, event.version, &event.payload);
                format!("{name} v{version} {payload:#}\n")
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
