//! Publishing: writes the files that today's code makes, and none that would break a promise.

use crate::{
    Schemas, check,
    code::Code,
    compat::{Finding, Verdict},
    document::Document,
    error::SchemaError,
    exceptions::{self, Accepted},
    file_name, generated, git,
    report::{self, Colour, Compatibility},
    sample_file::Sample,
    subject::Subject,
    tried::{self, SampleFailure},
    verdict::{self, Against},
};
use es_core::schema::StoredPayload;
use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

/// How many example payloads a document shows.
const EXAMPLES: usize = 3;

/// What bless did.
#[derive(Clone, Debug, Default)]
pub struct Blessed {
    /// Files that were not there, in the directory.
    pub written: Vec<PathBuf>,
    /// Files that said something else.
    pub updated: Vec<PathBuf>,
    /// Files of events that are gone, and that were never committed or are forced; samples that were
    /// made from such a schema, or with what an accepted break took away, and are no longer read.
    pub removed: Vec<PathBuf>,
    /// Documents that say what the code says.
    pub kept: Vec<PathBuf>,
    /// Why nothing was done: breaks of what is published.
    pub refused: Vec<Finding>,
    /// Why nothing was done: samples that no longer read as they did.
    pub refused_samples: Vec<SampleFailure>,
    /// What exceptions cover.
    pub accepted: Vec<Accepted>,
    /// What is good to know.
    pub notices: Vec<String>,
}

impl Blessed {
    /// Whether it refused. Then no file was touched.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty() || !self.refused_samples.is_empty()
    }
}

impl fmt::Display for Blessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.refused.is_empty() {
            f.write_str(&report::human(
                &self.refused,
                Compatibility::Reads,
                Colour::Never,
            ))?;
        }
        for failure in &self.refused_samples {
            write!(f, "{failure}")?;
        }
        for (what, files) in [
            ("written", &self.written),
            ("updated", &self.updated),
            ("removed", &self.removed),
        ] {
            for file in files {
                writeln!(f, "{what} {}", file.display())?;
            }
        }
        f.write_str(&exceptions::told(&self.accepted))?;
        for notice in &self.notices {
            writeln!(f, "note: {notice}")?;
        }
        if self.is_refused() {
            return writeln!(
                f,
                "refused: nothing was written, because what is published would break; repair it, or \
                 insist with `--force EVENT`"
            );
        }
        writeln!(
            f,
            "{} written, {} updated, {} removed, {} unchanged",
            self.written.len(),
            self.updated.len(),
            self.removed.len(),
            self.kept.len()
        )
    }
}

impl Schemas {
    /// Writes what the code says: files that are missing, and those whose change breaks nothing
    /// that is published. Events in `force` are written whatever they break. All or nothing: where
    /// it refuses one event, it touches no file.
    ///
    /// # Errors
    /// The files, the settings, the code or git cannot be used, or a file cannot be written.
    pub fn bless(&self, code: &dyn Code, force: &[String]) -> Result<Blessed, SchemaError> {
        let subject = Subject::load(self, code)?;
        check::handwritten(self, &subject)?;
        known(&subject, force)?;
        let forced = |event: &str| {
            let now = subject.event(event).map(|event| &event.name);
            force.iter().any(|name| name == event || Some(name) == now)
        };
        let stale = stale(&subject, &forced);
        let report = check::judge(&subject, Against::Base)?;
        let mut blessed = Blessed {
            accepted: report.accepted,
            notices: report.notices,
            ..Blessed::default()
        };
        for finding in &report.findings {
            let excused = forced(&finding.event);
            if !excused && finding.change.reads == Verdict::Breaks {
                blessed.refused.push(finding.clone());
            }
        }
        let gone = verdict::judge(&subject, Against::Both)?;
        let mut outdated: Vec<String> = Vec::new();
        let mut recorded_here: Vec<String> = Vec::new();
        for failure in report.samples {
            let file = &failure.file;
            let mut samples = subject.directory.samples.iter();
            let sample = samples.find(|sample| sample.file_name() == *file);
            // Nobody stored it, and nobody but this disk has the schema that it was made from.
            let may_go = sample.is_some_and(|sample| match forced(&failure.event) {
                true => subject.is_made(sample),
                false => subject.is_made_here(sample),
            });
            if may_go {
                outdated.push(failure.file);
            } else if let Some(sample) = sample
                && self.may_be_recorded_again(&subject, code, &gone, sample)?
            {
                recorded_here.push(failure.file);
            } else if !forced(&failure.event) {
                blessed.refused_samples.push(failure);
            }
        }
        if blessed.is_refused() {
            return Ok(blessed);
        }
        let accepted = blessed.accepted.iter().flat_map(|it| &it.samples);
        outdated.extend(accepted.cloned());
        let samples = self.samples(
            &subject,
            code,
            (&gone, &recorded_here),
            &outdated,
            &mut blessed,
        )?;
        // A new one may have the name.
        outdated.retain(|file| !samples.iter().any(|sample| sample.file_name() == *file));
        self.write_samples(&subject, &samples, &mut blessed)?;
        let folder = self.path.join("samples");
        let stale = stale.iter().map(|key| file_name::document(&key.0, key.1));
        let stale = stale.map(|file| self.path.join(file));
        for path in outdated.iter().map(|file| folder.join(file)).chain(stale) {
            fs::remove_file(&path).map_err(|error| SchemaError::Write {
                path: path.clone(),
                error,
            })?;
            blessed.removed.push(path);
        }
        for document in subject.today.values() {
            self.publish(&subject, document, &samples, &mut blessed)?;
        }
        Ok(blessed)
    }

    /// Whether a sample that fails was recorded as a version that is not in git, so that nobody holds
    /// that recording; and reads as the one in git says, if that has one.
    fn may_be_recorded_again(
        &self,
        subject: &Subject,
        code: &dyn Code,
        gone: &[Finding],
        sample: &Sample,
    ) -> Result<bool, SchemaError> {
        let samples = subject.directory.samples.iter().zip(&subject.tried);
        let mut tried = samples.filter(|(other, _)| *other == sample);
        let (Some((_, tried)), Some(recorded)) = (tried.next(), &sample.reads_as) else {
            return Ok(false);
        };
        let (Some(base), Ok(now)) = (&subject.base, &tried.payload) else {
            return Ok(false);
        };
        let is_committed =
            |stored: &StoredPayload| base.contains_key(&(stored.event.clone(), stored.version));
        if recorded.iter().all(is_committed) {
            return Ok(false);
        }
        let file = format!("samples/{}", sample.file_name());
        let committed = git::file(&self.path, self.base.as_deref(), &file);
        let committed = committed.and_then(|text| Sample::parse(Path::new(&file), &text).ok());
        let committed = committed.filter(|committed| committed.payload == sample.payload);
        let Some(then) = committed.and_then(|committed| committed.reads_as) else {
            return Ok(true);
        };
        let again: Result<Vec<_>, _> = code.declare(&then)?.readings.into_iter().collect();
        Ok(again.is_ok_and(|again| tried::is_kept(subject, gone, &then, &again, now)))
    }

    /// The samples as they will be: those on disk that are not outdated, filled in, and generated
    /// ones.
    fn samples(
        &self,
        subject: &Subject,
        code: &dyn Code,
        (gone, recorded_here): (&[Finding], &[String]),
        outdated: &[String],
        blessed: &mut Blessed,
    ) -> Result<Vec<Sample>, SchemaError> {
        let mut samples = Vec::new();
        let stays = |sample: &Sample| !outdated.contains(&sample.file_name());
        let tried = subject.directory.samples.iter().zip(&subject.tried);
        for (sample, tried) in tried.filter(|(sample, _)| stays(sample)) {
            let mut sample = sample.clone();
            // Steps and fields that the recording predates are held from now on, too.
            if tried::failure(subject, gone, &sample, tried).is_none()
                || recorded_here.contains(&sample.file_name())
            {
                sample.reads_as = tried.payload.clone().ok();
            }
            samples.push(sample);
        }
        let mut generated = Vec::new();
        for document in subject.today.values() {
            let key = document.key();
            let mut there: Vec<_> = subject
                .directory
                .samples_of(&key.0, key.1)
                .filter(|sample| stays(sample))
                .cloned()
                .collect();
            for mut sample in generated::samples(document)? {
                if there.iter().any(|other| other.payload == sample.payload) {
                    continue;
                }
                sample.name = free_name(&sample.name, &there);
                there.push(sample.clone());
                generated.push(sample);
            }
        }
        if generated.is_empty() {
            return Ok(samples);
        }
        let payloads: Vec<_> = generated.iter().map(Sample::stored).collect();
        let readings = code.declare(&payloads)?.readings;
        let mut unread: BTreeMap<(String, u32), Vec<(Sample, String)>> = BTreeMap::new();
        for (mut sample, reading) in generated.into_iter().zip(readings) {
            match reading {
                Ok(events) => {
                    sample.reads_as = Some(events);
                    samples.push(sample);
                }
                Err(error) => {
                    let key = (sample.event.clone(), sample.version);
                    unread.entry(key).or_default().push((sample, error));
                }
            }
        }
        for (key, unread) in &unread {
            blessed
                .notices
                .extend(self.unread(subject, key, unread, &samples));
        }
        Ok(samples)
    }

    /// What is to be said of made payloads that the code does not read: nothing, where a sample
    /// stands for the version.
    fn unread(
        &self,
        subject: &Subject,
        (event, version): &(String, u32),
        unread: &[(Sample, String)],
        samples: &[Sample],
    ) -> Option<String> {
        let (first, error) = unread.first()?;
        let mut on_disk = subject.directory.samples.iter().zip(&subject.tried);
        let is_of_it = |sample: &Sample| (&sample.event, sample.version) == (event, *version);
        if on_disk.any(|(sample, tried)| is_of_it(sample) && tried.payload.is_ok()) {
            return None;
        }
        let read = samples.iter().filter(|sample| is_of_it(sample)).count();
        if read > 0 {
            return Some(format!(
                "of the payloads made from the schema of {event} v{version}, the code reads {read} and \
                 not {}, which are no samples ({error})",
                unread.len()
            ));
        }
        let file = file_name::sample(event, *version, "real");
        Some(format!(
            "{event} v{version} has no sample: the code reads no payload made from its schema ({error}). \
             Put one that was stored into {}, in this form: {}",
            self.path.join("samples").join(file).display(),
            format_args!("{{\"payload\":{}}}", first.payload)
        ))
    }

    fn write_samples(
        &self,
        subject: &Subject,
        samples: &[Sample],
        blessed: &mut Blessed,
    ) -> Result<(), SchemaError> {
        for sample in samples {
            let path = self.path.join("samples").join(sample.file_name());
            let there = subject
                .directory
                .samples_of(&sample.event, sample.version)
                .find(|there| there.name == sample.name);
            match there {
                None => {
                    write(&path, &sample.text())?;
                    blessed.written.push(path);
                }
                Some(there) if there != sample => {
                    write(&path, &sample.text())?;
                    blessed.updated.push(path);
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn publish(
        &self,
        subject: &Subject,
        document: &Document,
        samples: &[Sample],
        blessed: &mut Blessed,
    ) -> Result<(), SchemaError> {
        let path = self.path.join(document.file_name());
        let there = subject.directory.documents.get(&document.key());
        let files = match there {
            Some(there) if there.says_the_same(document) => {
                blessed.kept.push(path);
                return Ok(());
            }
            Some(_) => &mut blessed.updated,
            None => &mut blessed.written,
        };
        let of_it = samples.iter().filter(|sample| {
            (&*sample.event, sample.version) == (document.event(), document.version())
        });
        let examples: Vec<_> = generated::most_telling(document, of_it)
            .into_iter()
            .filter_map(|sample| generated::exactly(&sample.payload))
            .take(EXAMPLES)
            .collect();
        write(&path, &document.clone().with_examples(&examples).text())?;
        files.push(path);
        Ok(())
    }
}

/// The name, numbered if it is taken: by a payload of an earlier shape of the type.
fn free_name(name: &str, there: &[Sample]) -> String {
    let taken = |name: &str| there.iter().any(|sample| sample.name == name);
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .unwrap_or_default()
}

/// Documents on disk of events and versions that are gone, and that may go.
fn stale(subject: &Subject, forced: &dyn Fn(&str) -> bool) -> Vec<(String, u32)> {
    let declared: BTreeMap<_, _> = subject.today.keys().map(|key| (key, ())).collect();
    subject
        .directory
        .documents
        .keys()
        .filter(|key| {
            let gone = match subject.event(&key.0) {
                None => true,
                Some(event) => event.name == key.0 && !declared.contains_key(key),
            };
            let uncommitted = subject
                .base
                .as_ref()
                .is_some_and(|base| !base.contains_key(*key));
            gone && (uncommitted || forced(&key.0))
        })
        .cloned()
        .collect()
}

fn known(subject: &Subject, force: &[String]) -> Result<(), SchemaError> {
    let unknown = force.iter().find(|name| {
        subject.event(name).is_none()
            && !subject
                .promised()
                .iter()
                .any(|document| document.event() == name.as_str())
    });
    match unknown {
        Some(event) => Err(SchemaError::ForcedUnknown {
            event: event.clone(),
        }),
        None => Ok(()),
    }
}

/// In one step, so that nobody reads half a file.
fn write(path: &Path, text: &str) -> Result<(), SchemaError> {
    let failed = |error| SchemaError::Write {
        path: path.into(),
        error,
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let part = path.with_extension("json.part");
    fs::write(&part, text).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}
