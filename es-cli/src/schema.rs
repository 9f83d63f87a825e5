//! The commands on schemas: each package's code is asked what it declares, and that is held against
//! the files in its folder `schemas`.

use std::io::Write;
use std::process::ExitCode;

use es_core::schema::StoredPayload;

use crate::arguments::{Schema, SchemaCommand};
use crate::harness::{self, Harness, Package};

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
    /// Not built.
    #[error("`{0}` is not built yet")]
    NotBuilt(&'static str),
}

/// Runs a command for each package that is meant; the worst verdict counts.
///
/// # Errors
/// No package is found, one does not compile, or its files cannot be read or written.
pub fn run(arguments: &Schema) -> Result<Verdict, Error> {
    let packages = &arguments.packages;
    let found = Package::find(packages.manifest_path.as_deref(), &packages.selection())?;
    let mut verdict = Verdict::Compatible;
    for package in &found {
        let harness = Harness::build(package, &packages.features())?;
        verdict = verdict.max(one(&arguments.command, package, &harness)?);
    }
    Ok(verdict)
}

fn one(command: &SchemaCommand, _package: &Package, harness: &Harness) -> Result<Verdict, Error> {
    match command {
        SchemaCommand::Tell => tell(harness),
        SchemaCommand::Check { .. } => Err(Error::NotBuilt("check")),
        SchemaCommand::Bless { .. } => Err(Error::NotBuilt("bless")),
        SchemaCommand::Diff => Err(Error::NotBuilt("diff")),
        SchemaCommand::Export { .. } => Err(Error::NotBuilt("export")),
    }
}

fn tell(harness: &Harness) -> Result<Verdict, Error> {
    let none: &[StoredPayload] = &[];
    let told = harness.declare(none)?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &told).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(Verdict::Compatible)
}
