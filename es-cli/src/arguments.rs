//! What may be asked of `cargo es`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::harness::{Features, Selection};

/// Event sourcing from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "cargo es",
    bin_name = "cargo es",
    version,
    propagate_version = true
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The schemas of events: compare the code with the committed files in `schemas/`
    Schema(Schema),
    /// The map of an application: commands, events, projections and policies
    Diagram(Diagram),
}

/// A command on schemas, and the packages it is for.
#[derive(Debug, Args)]
#[command(after_help = "\
The package needs nothing for this but es-core among its dependencies. It is compiled, offline, with
the lock on published events turned off, so all of this works while `cargo check` reports a changed event.

Exit codes: 0 compatible; 1 broken, refused, or not published yet (bless, and commit what it writes);
2 the input is unusable (it does not compile, declares no event, a file is unreadable).")]
pub struct Schema {
    /// What to do with the schemas.
    #[command(subcommand)]
    pub command: SchemaCommand,

    /// Which packages.
    #[command(flatten)]
    pub packages: Packages,
}

/// What there is to do with schemas.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Say whether today's code still reads all that was stored, and fail if it does not
    Check {
        /// How to say it
        #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
        format: ReportFormat,
        /// The git revision whose files are published, for the comparison with yesterday's readers
        #[arg(long, value_name = "REV")]
        base: Option<String>,
    },
    /// Write the schemas of today's code into `schemas/`, to be committed
    Bless {
        /// Overwrite what is published of this event, too; may be repeated
        #[arg(long, value_name = "EVENT")]
        force: Vec<String>,
        /// The git revision whose files are published and may not change
        #[arg(long, value_name = "REV")]
        base: Option<String>,
    },
    /// Show how `schemas/` would change, and change nothing
    Diff,
    /// Print a document on all events
    Export {
        /// Which document
        #[arg(long, value_enum)]
        format: ExportFormat,
        /// Write it to this file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List the rules that findings are told by, and that `schemas/es.toml` may name
    Rules,
    /// Print what the code declares of its events, as JSON
    #[command(hide = true)]
    Tell,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For reading, in colours on a terminal.
    Human,
    /// One JSON document, for programs.
    Json,
    /// Annotations of GitHub Actions.
    Github,
}

/// Which document is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// AsyncAPI 3, in JSON.
    Asyncapi,
    /// A catalogue for people.
    Markdown,
}

/// A map, and the packages it is of.
#[derive(Debug, Args)]
#[command(after_help = "\
The map is read from the types: which events a command may record, and which commands a policy may
send. It has what is linked into the package's library, dependencies included; where a package has
binaries alone, what is linked into them. Several packages are one map.

The package is built as by `cargo es schema`: offline, and although a published event has changed.

Examples:
  cargo es diagram                        Mermaid, for GitHub, GitLab and mermaid.live
  cargo es diagram -o docs/model.mmd      into a file
  cargo es diagram -p bank --format json  for programs

Exit codes: 0 printed; 2 the input is unusable (it does not compile, declares no aggregate, ...).")]
pub struct Diagram {
    /// How it is written
    #[arg(long, value_enum, default_value_t = DiagramFormat::Mermaid)]
    pub format: DiagramFormat,
    /// Write it to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Which packages.
    #[command(flatten)]
    pub packages: Packages,
}

/// How a map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiagramFormat {
    /// A flow chart of Mermaid.
    Mermaid,
    /// One JSON document, for programs.
    Json,
}

/// Packages and their features, as cargo's own flags say them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Package")]
pub struct Packages {
    /// The manifest to start from [default: the nearest `Cargo.toml`]
    #[arg(long, value_name = "PATH", global = true)]
    pub manifest_path: Option<PathBuf>,
    /// A package of the workspace; may be repeated
    #[arg(short, long, value_name = "NAME", global = true)]
    pub package: Vec<String>,
    /// Every package of the workspace that depends on es-core
    #[arg(long, global = true, conflicts_with = "package")]
    pub workspace: bool,
    /// Features to turn on, separated by commas or spaces
    #[arg(short = 'F', long, global = true, value_delimiter = ',')]
    pub features: Vec<String>,
    /// Turn on all features
    #[arg(long, global = true)]
    pub all_features: bool,
    /// Leave out the default features
    #[arg(long, global = true)]
    pub no_default_features: bool,
}

impl Packages {
    /// Which packages are meant.
    pub fn selection(&self) -> Selection {
        if self.workspace {
            Selection::Workspace
        } else if self.package.is_empty() {
            Selection::Here
        } else {
            Selection::Named(self.package.clone())
        }
    }

    /// Which features.
    pub fn features(&self) -> Features {
        let words = self.features.iter().flat_map(|it| it.split_whitespace());
        Features {
            named: words.map(str::to_owned).collect(),
            all: self.all_features,
            no_default: self.no_default_features,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_fit_together() {
        Arguments::command().debug_assert();
    }
}
