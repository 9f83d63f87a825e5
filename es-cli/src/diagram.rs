//! The map of an application: each package's code is asked how its commands, events and handlers
//! lead to each other.

use std::path::PathBuf;

use es_core::EventModel;

use crate::arguments::{Diagram, DiagramFormat};
use crate::harness::{self, Harness, Package};
use crate::output::print;

/// Why there is no map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to ask.
    #[error(transparent)]
    Harness(#[from] harness::Error),
    /// The code was asked, and has nothing.
    #[error(
        "no aggregate is declared in {}: an aggregate has `#[derive(Aggregate)]`, and its module or feature is turned on; name the package that has it with `-p`",
        quoted(.packages)
    )]
    NoAggregates {
        /// The packages.
        packages: Vec<String>,
    },
    /// Two packages have the same name for different things.
    #[error(
        "`{package}` declares the {what} otherwise than the packages before it: ask for one of them at a time, with `-p`"
    )]
    Differs {
        /// The package.
        package: String,
        /// What it is, and its name.
        what: String,
    },
    /// The map cannot be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    /// The map cannot be written.
    #[error("cannot write {}: {error}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Prints the map of the packages that are meant.
///
/// # Errors
/// No package is found, one does not compile, none has an aggregate, or the map cannot be written.
pub fn run(arguments: &Diagram) -> Result<(), Error> {
    let packages = &arguments.packages;
    let found = Package::find(packages.manifest_path.as_deref(), &packages.selection())?;
    let mut model = EventModel::default();
    for package in &found {
        let theirs = Harness::build(package, &packages.features())?.model()?;
        harness::merge(&mut model, theirs).map_err(|what| Error::Differs {
            package: package.name().to_owned(),
            what,
        })?;
    }
    if model.aggregates.is_empty() {
        let packages = found.iter().map(|package| package.name().to_owned());
        return Err(Error::NoAggregates {
            packages: packages.collect(),
        });
    }
    let text = match arguments.format {
        DiagramFormat::Mermaid => model.to_mermaid(),
        DiagramFormat::Json => format!("{}\n", model.to_json()),
    };
    match &arguments.output {
        None => print(&text)?,
        Some(file) => std::fs::write(file, text).map_err(|error| Error::Write {
            file: file.clone(),
            error,
        })?,
    }
    Ok(())
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
