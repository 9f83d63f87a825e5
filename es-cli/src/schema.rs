//! The commands on schemas: each package's code is asked what it declares, and that is held against
//! the files in its folder `schemas`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use es_core::schema::{Declaration, StoredPayload};
use es_schema::report::Colour;
use es_schema::{Code, Outcome, SchemaError, Schemas, Scope};

use crate::arguments::{ExportFormat, ReportFormat, Schema, SchemaCommand};
use crate::harness::{self, Harness, Package};
use crate::output::{is_coloured, print};

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All is well.
    Compatible,
    /// What is stored, or who reads it, is let down.
    Broken,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Compatible => Self::SUCCESS,
            Verdict::Broken => Self::from(1),
        }
    }
}

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to ask.
    #[error(transparent)]
    Harness(#[from] harness::Error),
    /// The answer cannot be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    /// The package's code was asked, and has nothing.
    #[error("{}", no_events(.package, .found))]
    NoEvents {
        /// The package.
        package: String,
        /// Who declares the events that it depends on.
        found: Vec<String>,
    },
    /// The schemas cannot be judged.
    #[error(transparent)]
    Schemas(#[from] SchemaError),
    /// A document cannot be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Runs a command for each package that is meant; the worst verdict counts.
///
/// # Errors
/// No package is found, one does not compile, or its files cannot be read or written.
pub fn run(arguments: &Schema) -> Result<Verdict, Error> {
    if matches!(arguments.command, SchemaCommand::Rules) {
        let longest = es_schema::rules().map(|(id, _)| id.len()).max();
        for (id, description) in es_schema::rules() {
            let width = longest.unwrap_or_default();
            print(&format!("{id:width$}  {description}\n"))?;
        }
        return Ok(Verdict::Compatible);
    }
    let packages = &arguments.packages;
    let found = Package::find(packages.manifest_path.as_deref(), &packages.selection())?;
    let mut verdict = Verdict::Compatible;
    for package in &found {
        let harness = Harness::build(package, &packages.features())?;
        let one = one(&arguments.command, package, &harness).map_err(|error| match error {
            // All of the package is linked here, so it declares none.
            Error::Schemas(SchemaError::NoEvents { found, .. }) => Error::NoEvents {
                package: package.name().to_owned(),
                found,
            },
            other => other,
        });
        verdict = verdict.max(one?);
    }
    Ok(verdict)
}

fn one(command: &SchemaCommand, package: &Package, harness: &Harness) -> Result<Verdict, Error> {
    let schemas = || {
        Schemas::at(package.folder().join("schemas")).scope(Scope::Package(package.name().into()))
    };
    let code = Asked(harness);
    match command {
        SchemaCommand::Tell => return tell(harness),
        SchemaCommand::Rules => {}
        SchemaCommand::Check { format, base } => {
            let report = since(schemas(), base).check(&code)?;
            match format {
                ReportFormat::Human => {
                    let colour = match is_coloured() {
                        true => Colour::Always,
                        false => Colour::Never,
                    };
                    print(&report.text(colour))?;
                }
                ReportFormat::Json => print(&format!("{:#}\n", report.json()))?,
                ReportFormat::Github => print(&report.github(&seen_from_root(package)))?,
            }
            return Ok(match report.outcome() {
                Outcome::Compatible => Verdict::Compatible,
                Outcome::Unpublished | Outcome::Broken => Verdict::Broken,
            });
        }
        SchemaCommand::Bless { force, base } => {
            let blessed = since(schemas(), base).bless(&code, force)?;
            print(&blessed.to_string())?;
            if blessed.is_refused() {
                return Ok(Verdict::Broken);
            }
        }
        SchemaCommand::Diff => print(&schemas().diff(&code)?)?,
        SchemaCommand::Export { format, output } => {
            let text = match format {
                ExportFormat::Asyncapi => format!("{:#}\n", schemas().asyncapi(&code)?),
                ExportFormat::Markdown => schemas().markdown(&code)?,
            };
            match output {
                None => print(&text)?,
                Some(file) => std::fs::write(file, text).map_err(|error| Error::Write {
                    file: file.clone(),
                    error,
                })?,
            }
        }
    }
    Ok(Verdict::Compatible)
}

fn no_events(package: &str, found: &[String]) -> String {
    let others = match found {
        [] => String::new(),
        some => format!(
            "; events are declared in {}, which it depends on: run this there",
            some.join(", ")
        ),
    };
    format!(
        "no event is declared in `{package}`{others} (an event has `#[derive(Event)]`, and its module or \
         feature is turned on)"
    )
}

/// A package's code, asked through a process of its own.
struct Asked<'a>(&'a Harness);

impl Code for Asked<'_> {
    fn declare(&self, payloads: &[StoredPayload]) -> Result<Declaration, SchemaError> {
        let told = self.0.declare(payloads);
        told.map_err(|error| SchemaError::Code(Box::new(error)))
    }
}

fn since(schemas: Schemas, base: &Option<String>) -> Schemas {
    match base {
        Some(base) => schemas.base(base),
        None => schemas,
    }
}

/// The folder of the schemas, from the root of the repository where there is one.
fn seen_from_root(package: &Package) -> String {
    let schemas = package.folder().join("schemas");
    let root = schemas
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    let seen = root.and_then(|root| schemas.strip_prefix(root).ok());
    seen.unwrap_or(&schemas).display().to_string()
}

fn tell(harness: &Harness) -> Result<Verdict, Error> {
    let none: &[StoredPayload] = &[];
    let told = harness.declare(none)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &told).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Verdict::Compatible)
}
