//! `cargo es`: the schemas of a package's events, its map, and the event handlers of a store.
#![deny(missing_docs)]

use std::fmt::Display;
use std::process::ExitCode;

use clap::Parser;
use es_cli::arguments::{Arguments, Command};
use es_cli::{diagram, handlers, harness, parked, schema, store};

fn main() -> ExitCode {
    if let Some(code) = harness::stand_in_for_rustc() {
        return code;
    }
    // Cargo runs `cargo-es es …` for `cargo es …`; by hand it is `cargo-es …`.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "es") {
        words.remove(1);
    }
    match Arguments::parse_from(words).command {
        Command::Schema(arguments) => ended(schema::run(&arguments), |_| 2),
        Command::Diagram(arguments) => ended(diagram::run(&arguments).map(done), |_| 2),
        Command::Handlers(arguments) => {
            ended(handlers::run(arguments).map(done), store::Error::code)
        }
        Command::Parked(arguments) => ended(parked::run(arguments).map(done), store::Error::code),
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

/// The exit code of what came of a command; an error is told.
fn ended<E: Display>(
    outcome: Result<impl Into<ExitCode>, E>,
    code: impl FnOnce(&E) -> u8,
) -> ExitCode {
    match outcome {
        Ok(verdict) => verdict.into(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(code(&error))
        }
    }
}
