//! What may be asked of `cargo es`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use es_core::StreamName;

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
    /// The event handlers of a store: how far each has come, and who runs it
    Handlers(Handlers),
    /// The streams that event handlers have set aside
    Parked(Parked),
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

/// The handlers of a store, or what is to be done with one.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Listed are the policies and durable projections: those whose place the store keeps. Projections in
memory begin anew with each start of their application, and are not in the store.

The store may be in use: nothing is changed in it, and no application is held up.

Examples:
  cargo es handlers --store bank.db                 how far each has come
  cargo es handlers --store bank.db --watch         until all have caught up
  cargo es handlers --store bank.db --format json   for programs
  cargo es handlers forget --store bank.db balances --version 1 --yes

Exit codes: 0 done; 1 there is no such handler; 2 the store or the input is unusable."
)]
pub struct Handlers {
    /// What else to do.
    #[command(subcommand)]
    pub command: Option<HandlersCommand>,

    /// The SQLite file of the store
    #[arg(long, value_name = "FILE", required = true)]
    pub store: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
    /// Show how those that are behind come on, until all have caught up (or ctrl-c)
    #[arg(long, conflicts_with = "format")]
    pub watch: bool,
}

/// What else there is to do with handlers.
#[derive(Debug, Subcommand)]
pub enum HandlersCommand {
    /// Forget a handler: its place, the streams it has set aside, and its tables
    #[command(
        disable_version_flag = true,
        after_help = "\
For a handler whose code is gone. One that runs stops there, and begins anew when its application
starts next: a projection from the first event, a policy from the events recorded then.

Example:
  cargo es handlers forget --store bank.db balances --version 1 --yes

Exit codes: 0 forgotten; 1 there is no such handler; 2 the store or the input is unusable, or `--yes` is missing."
    )]
    Forget(Forget),
}

/// Which handler is forgotten.
#[derive(Debug, Args)]
pub struct Forget {
    /// The SQLite file of the store
    #[arg(long, value_name = "FILE")]
    pub store: PathBuf,
    /// The handler
    pub name: String,
    /// Its version; 1 for a policy
    #[arg(long, value_name = "N")]
    pub version: u32,
    /// Do it; without this it only says what would be forgotten
    #[arg(long)]
    pub yes: bool,
}

/// A command on streams that are set aside.
#[derive(Debug, Args)]
pub struct Parked {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ParkedCommand,
}

/// What there is to do with streams that are set aside.
#[derive(Debug, Subcommand)]
pub enum ParkedCommand {
    /// List them: at which event, why, and what comes after it
    #[command(after_help = "\
A stream is set aside from an event on that the handler could not handle; other streams go on. It is
tried again by itself some times, then it is parked, and waits for `cargo es parked retry`, `release`
or `discard`.

Examples:
  cargo es parked list --store bank.db
  cargo es parked list --store bank.db --handler welcome_bonus --format json

Exit codes: 0 listed; 1 there is no such handler; 2 the store or the input is unusable.")]
    List {
        /// The SQLite file of the store
        #[arg(long, value_name = "FILE")]
        store: PathBuf,
        /// Only those of this handler
        #[arg(long, value_name = "NAME")]
        handler: Option<String>,
        /// How it is written
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Try the event again; if that works, those after it follow in order
    #[command(disable_version_flag = true, after_help = INSTRUCTED)]
    Retry(Instructed),
    /// Pass over the event; those after it follow in order
    #[command(disable_version_flag = true, after_help = INSTRUCTED)]
    Release(Instructed),
    /// Pass over the event and all that came after it until now
    #[command(disable_version_flag = true, after_help = INSTRUCTED)]
    Discard(Instructed),
}

const INSTRUCTED: &str = "\
This only notes what is to be done. The process that runs the handler does it, at the latest half a
second later; if none runs it, it is done when one starts.

Examples:
  cargo es parked retry --store bank.db --handler welcome_bonus --stream account/acc-1
  cargo es parked release --store bank.db --handler welcome_bonus --all

Exit codes: 0 noted; 1 nothing is set aside there; 2 the store or the input is unusable.";

/// Which streams an instruction is for.
#[derive(Debug, Args)]
pub struct Instructed {
    /// The SQLite file of the store
    #[arg(long, value_name = "FILE")]
    pub store: PathBuf,
    /// The handler
    #[arg(long, value_name = "NAME")]
    pub handler: String,
    /// Its version, where only one of several is meant
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Which of its streams.
    #[command(flatten)]
    pub streams: Streams,
}

/// One stream, or all.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Streams {
    /// The stream: the category is what comes before the first `/`
    #[arg(long, value_name = "CATEGORY/ID", value_parser = stream)]
    pub stream: Option<StreamName>,
    /// All that the handler has set aside
    #[arg(long)]
    pub all: bool,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For reading, in colours on a terminal.
    Human,
    /// One JSON document, for programs.
    Json,
}

/// Reads the name of a stream as it is printed; an id may hold any character.
fn stream(text: &str) -> Result<StreamName, String> {
    match text.split_once('/') {
        Some((category, id)) if !category.is_empty() => {
            Ok(StreamName::new(category.to_owned(), id))
        }
        _ => Err("write category/id, as in `account/acc-1`".to_owned()),
    }
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

    #[test]
    fn the_category_of_a_stream_ends_at_the_first_slash() {
        let name = |category: &'static str, id| Ok(StreamName::new(category, id));
        assert_eq!(stream("account/acc-1"), name("account", "acc-1"));
        assert_eq!(stream("file/a/b//c"), name("file", "a/b//c"));
        assert_eq!(stream("once/"), name("once", ""));
        assert!(stream("account").is_err());
        assert!(stream("/acc-1").is_err());
    }
}
