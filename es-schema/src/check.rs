//! Whether today's code still reads all that is published. It writes nothing.

use crate::{
    Schemas,
    code::Code,
    compat::{Finding, Rule, Verdict},
    error::SchemaError,
    exceptions::{self, Accepted},
    file_name,
    report::{self, Colour, Compatibility},
    subject::Subject,
    tried::{self, SampleFailure},
    verdict::{self, Against},
};
use serde_json::json;
use std::fmt;

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The changes that no exception covers, harmless ones included.
    pub findings: Vec<Finding>,
    /// What exceptions cover.
    pub accepted: Vec<Accepted>,
    /// The samples that fail, and that no exception covers.
    pub samples: Vec<SampleFailure>,
    /// Events and versions that have no file yet.
    pub unpublished: Vec<(String, u32)>,
    /// What is good to know and fails nothing.
    pub notices: Vec<String>,
    /// Which verdicts fail.
    pub compatibility: Compatibility,
}

/// The answer of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All that is published is read.
    Compatible,
    /// Nothing breaks, but events or versions are not published: `cargo es schema bless`.
    Unpublished,
    /// Something breaks.
    Broken,
}

impl Report {
    /// The answer.
    pub fn outcome(&self) -> Outcome {
        if !self.samples.is_empty() || self.breaks().next().is_some() {
            Outcome::Broken
        } else if !self.unpublished.is_empty() {
            Outcome::Unpublished
        } else {
            Outcome::Compatible
        }
    }

    /// The findings that fail the check.
    pub fn breaks(&self) -> impl Iterator<Item = &Finding> {
        let severity = |finding: &&Finding| self.compatibility.severity(finding);
        self.findings
            .iter()
            .filter(move |finding| severity(finding) == Verdict::Breaks)
    }
}

impl Report {
    /// The report for people.
    pub fn text(&self, colour: Colour) -> String {
        let mut text = report::listing(&self.findings, self.compatibility, colour);
        for failure in &self.samples {
            text += &failure.to_string();
        }
        for (event, version) in &self.unpublished {
            text += &format!("{event} v{version} is not published yet: {BLESS}\n");
        }
        text += &exceptions::told(&self.accepted);
        for notice in &self.notices {
            text += &format!("note: {notice}\n");
        }
        text += match self.outcome() {
            Outcome::Compatible => "compatible: all that is published is read",
            Outcome::Unpublished => "not published: nothing breaks, but files are missing",
            Outcome::Broken => self.broken(),
        };
        let mut counted = Vec::new();
        match self.samples.len() {
            0 => {}
            1 => counted.push("1 sample fails".to_owned()),
            some => counted.push(format!("{some} samples fail")),
        }
        if !self.findings.is_empty() {
            counted.push(report::counted(&self.findings, self.compatibility, ": "));
        }
        if !counted.is_empty() {
            text += &format!(" ({})", counted.join("; "));
        }
        text + "\n"
    }

    fn broken(&self) -> &'static str {
        match self.samples.is_empty() && self.breaks().all(|it| it.change.reads < Verdict::Breaks) {
            true => "broken: yesterday's code does not read what today's writes",
            false => "broken: what is stored is not read as it was written",
        }
    }

    /// The report as one JSON object: `outcome` (`compatible`, `unpublished` or `broken`),
    /// `schemas` (what [`report::json`] writes of the findings), `samples` (objects with `file`, below
    /// the directory, `event`, `version`, `rule`, `what` and `repair`), `unpublished` (objects with `event` and
    /// `version`), `accepted` (objects with `rule`, `event`, `version`, `pointer`, `reason` and
    /// `samples`, those that fail for it), `notices` (texts).
    pub fn json(&self) -> serde_json::Value {
        let outcome = match self.outcome() {
            Outcome::Compatible => "compatible",
            Outcome::Unpublished => "unpublished",
            Outcome::Broken => "broken",
        };
        let samples = self.samples.iter().map(|failure| {
            json!({
                "file": format!("samples/{}", failure.file), "event": failure.event, "version": failure.version,
                "rule": failure.rule(), "what": failure.what(), "repair": failure.repair(),
            })
        });
        let unpublished = self.unpublished.iter();
        let unpublished =
            unpublished.map(|(event, version)| json!({ "event": event, "version": version }));
        json!({
            "outcome": outcome,
            "schemas": report::document(&self.findings, self.compatibility),
            "samples": samples.collect::<Vec<_>>(),
            "unpublished": unpublished.collect::<Vec<_>>(),
            "accepted": self.accepted,
            "notices": self.notices,
        })
    }

    /// The report as workflow commands of GitHub Actions. `folder` is the directory of the schemas,
    /// as it is seen from the repository's root.
    pub fn github(&self, folder: &str) -> String {
        let file = |finding: &Finding| {
            let name = file_name::document(&finding.event, finding.version);
            format!("{folder}/{name}")
        };
        let mut text = report::github(&self.findings, self.compatibility, file);
        for failure in &self.samples {
            let (rule, event, version) = (failure.rule(), &failure.event, failure.version);
            text += &report::github_command(
                "error",
                &format!("{folder}/samples/{}", failure.file),
                &format!("{rule} {event} version {version}"),
                &format!("{}\nrepair: {}", failure.what(), failure.repair()),
            );
        }
        for (event, version) in &self.unpublished {
            text += &report::github_command(
                "error",
                folder,
                &format!("{event} version {version}"),
                &format!("it is not published yet: {BLESS}, and commit what it writes"),
            );
        }
        let settings = format!("{folder}/es.toml");
        let accepted = self.accepted.iter();
        let accepted = accepted.map(|it| ("1 exception applied", it.to_string()));
        let notices = self.notices.iter().map(|notice| ("note", notice.clone()));
        for (title, message) in accepted {
            text += &report::github_command("notice", &settings, title, &message);
        }
        for (title, message) in notices {
            text += &report::github_command("notice", folder, title, &message);
        }
        text
    }
}

const BLESS: &str = "run `cargo es schema bless`";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Colour::Never))
    }
}

impl Schemas {
    /// Judges today's code against what is published.
    ///
    /// # Errors
    /// The files, the settings, the code or git cannot be used.
    pub fn check(&self, code: &dyn Code) -> Result<Report, SchemaError> {
        self.report(&Subject::load(self, code)?)
    }

    pub(crate) fn report(&self, subject: &Subject) -> Result<Report, SchemaError> {
        handwritten(self, subject)?;
        // A base that is named is held whatever the files on disk say.
        let against = match self.base {
            Some(_) => Against::Both,
            None => Against::Disk,
        };
        let mut report = judge(subject, against)?;
        report.unpublished = subject
            .events
            .iter()
            .flat_map(|event| {
                let key = |version: u32| (event.name.clone(), version);
                event
                    .versions
                    .iter()
                    .map(move |version| key(version.version))
            })
            .filter(|key| !subject.directory.documents.contains_key(key))
            .collect();
        for sample in &subject.directory.samples {
            if sample.reads_as.is_none() && subject.event(&sample.event).is_some() {
                report.notices.push(format!(
                    "samples/{} does not say what it reads as: run `cargo es schema bless`",
                    sample.file_name()
                ));
            }
        }
        for key in subject.published().keys() {
            if !subject.directory.documents.contains_key(key)
                && subject
                    .event(&key.0)
                    .is_none_or(|event| event.name != key.0)
            {
                report.notices.push(format!(
                    "the file of {} v{} is committed and deleted here: restore it with git",
                    key.0, key.1
                ));
            }
        }
        Ok(report)
    }
}

/// Findings and samples, with the exceptions applied.
pub(crate) fn judge(subject: &Subject, against: Against) -> Result<Report, SchemaError> {
    let settings = &subject.directory.settings;
    let mut findings = verdict::judge(subject, against)?;
    findings
        .iter_mut()
        .for_each(|finding| tried::alias(subject, finding));
    let gone = verdict::judge(subject, Against::Both)?;
    let mut samples = tried::failures(subject, &gone);
    let (accepted, missed) =
        exceptions::apply(&settings.allow, &mut findings, &mut samples, &|file| {
            let mut samples = subject.directory.samples.iter();
            samples.find(|sample| sample.file_name() == file && subject.is_made(sample))
        });
    // What has no file is told of as not published.
    findings.retain(|finding| {
        let mut documents = subject.directory.documents.values();
        let event = subject.event(&finding.event);
        match finding.change.rule {
            Rule::EventAdded => documents.any(|it| it.event() == finding.event),
            Rule::VersionAdded if settings.compatibility == Compatibility::Reads => event
                .is_none_or(|event| {
                    documents.any(|it| it.event() == event.name && it.version() == event.version)
                }),
            _ => true,
        }
    });
    let mut notices = Vec::new();
    for sample in &subject.directory.samples {
        if subject.event(&sample.event).is_none() {
            notices.push(format!(
                "samples/{} is of an event that the code does not declare",
                sample.file_name()
            ));
        }
    }
    notices.extend(missed);
    notices.extend(tried::never_stored(subject, &samples));
    Ok(Report {
        findings,
        accepted,
        samples,
        unpublished: Vec::new(),
        notices,
        compatibility: settings.compatibility,
    })
}

/// A version that a `json` step reads has no schema but its file.
pub(crate) fn handwritten(schemas: &Schemas, subject: &Subject) -> Result<(), SchemaError> {
    for event in &subject.events {
        for version in &event.versions {
            let key = (event.name.clone(), version.version);
            if !subject.today.contains_key(&key) {
                let file = crate::file_name::document(&key.0, key.1);
                return Err(SchemaError::HandwrittenMissing {
                    path: schemas.path.join(file),
                    event: key.0,
                    version: key.1,
                });
            }
        }
    }
    Ok(())
}
