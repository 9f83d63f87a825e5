//! Learns what a package's events are without a line of the package's own for it.
//!
//! A harness is a crate that `cargo es` writes below the target folder, in `es/<package>`. It
//! depends on the package by its path and on the es-core that the package has, and its whole program
//! is [`es_core::schema::tell`], or to print the [`EventModel`]. What decides how the package is
//! built is taken over: the lock file, `[patch]`, `[profile]`, the target folder, and, as cargo runs
//! in the package's own folder, the toolchain and `.cargo/config.toml`. So what the user has built is
//! not built again, and a registry is never asked.
//!
//! The harness compiles the package with `ES_SCHEMA_LOCK=off`: events can be told, and blessed, while
//! the package itself is red because a published one has changed.

mod build;
mod carried;
mod dependency;
mod error;
mod files;
mod layout;
mod model;
mod package;
mod stand_in;

use std::collections::{BTreeMap, BTreeSet};

use es_core::EventModel;
use es_core::schema::{Declaration, PROTOCOL, StoredPayload};

pub use error::Error;
pub use model::merge;
pub use package::{Package, Selection};
pub use stand_in::stand_in_for_rustc;

/// The features of a package that are turned on, as the flags of cargo say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Those named, `feature` or `package/feature`.
    pub named: Vec<String>,
    /// All that the package has.
    pub all: bool,
    /// Without the default ones.
    pub no_default: bool,
}

impl Features {
    /// Those wanted of a package that has these.
    fn of(&self, package: &str, has: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let all = has.keys().filter(|_| self.all).cloned();
        let named = self
            .named
            .iter()
            .filter_map(|name| match name.split_once('/') {
                None => Some(name.clone()),
                Some((of, name)) => (of == package).then(|| name.to_owned()),
            });
        let wanted: BTreeSet<String> = all.chain(named).collect();
        wanted.into_iter().collect()
    }
}

/// A package whose code has been built so that it can be asked.
#[derive(Debug)]
pub struct Harness {
    package: String,
    programs: Vec<build::Program>,
}

impl Harness {
    /// Builds the harness of a package. Errors and progress of the compiler go to the standard error
    /// output, as cargo's do.
    ///
    /// The program that calls this is also run in the place of rustc, where it has to call
    /// [`stand_in_for_rustc`] first of all.
    ///
    /// # Errors
    /// The package cannot be linked or does not compile, or cargo cannot be run.
    pub fn build(package: &Package, features: &Features) -> Result<Self, Error> {
        let programs = layout::write(package, features)?
            .iter()
            .map(|layout| build::build(package, layout))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            package: package.name().to_owned(),
            programs,
        })
    }

    /// What the package's code declares, and how it reads these payloads. It includes the events of
    /// its dependencies.
    ///
    /// # Errors
    /// The program fails, or does not print what this version of es-core understands.
    pub fn declare(&self, payloads: &[StoredPayload]) -> Result<Declaration, Error> {
        let mut told = Declaration {
            protocol: PROTOCOL,
            events: Vec::new(),
            readings: Vec::new(),
        };
        let mut declared_by: BTreeMap<String, &build::Program> = BTreeMap::new();
        for program in &self.programs {
            let theirs = program.run(&self.package, payloads)?;
            for event in theirs.events {
                let Some(before) = declared_by.get(&event.name) else {
                    declared_by.insert(event.name.clone(), program);
                    told.events.push(event);
                    continue;
                };
                // The same module in two binaries: all but the crate's name is alike.
                let known = told.events.iter().find(|it| it.name == event.name);
                let alike = known.is_some_and(|known| {
                    known.clone()
                        == es_core::schema::DeclaredEvent {
                            type_path: known.type_path.clone(),
                            ..event.clone()
                        }
                });
                if !alike {
                    return Err(Error::Differs {
                        package: self.package.clone(),
                        what: format!("event `{}`", event.name),
                        binaries: [before.binary(), program.binary()],
                    });
                }
            }
            if told.readings.is_empty() {
                told.readings = theirs.readings;
            } else {
                for (reading, other) in told.readings.iter_mut().zip(theirs.readings) {
                    if reading.is_err() && other.is_ok() {
                        *reading = other;
                    }
                }
            }
        }
        told.events.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(told)
    }

    /// How the commands, events and handlers that are linked into the package lead to each other.
    /// It includes those of its dependencies.
    ///
    /// # Errors
    /// As [`Harness::declare`].
    pub fn model(&self) -> Result<EventModel, Error> {
        let mut told: Vec<(&build::Program, EventModel)> = Vec::new();
        for program in &self.programs {
            let mut model = program.model(&self.package)?;
            for (before, theirs) in &told {
                merge(&mut model, theirs.clone()).map_err(|what| Error::Differs {
                    package: self.package.clone(),
                    what,
                    binaries: [before.binary(), program.binary()],
                })?;
            }
            told.push((program, model));
        }
        // The last has what those before it have.
        Ok(told.pop().map(|(_, model)| model).unwrap_or_default())
    }
}
