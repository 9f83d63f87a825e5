//! `cargo es`: checks, blesses and exports the schemas of a package's events.
#![deny(missing_docs)]

use std::process::ExitCode;

use clap::Parser;
use es_cli::arguments::{Arguments, Command};
use es_cli::{harness, schema};

fn main() -> ExitCode {
    if let Some(code) = harness::stand_in_for_rustc() {
        return code;
    }
    // Cargo runs `cargo-es es …` for `cargo es …`; by hand it is `cargo-es …`.
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "es") {
        words.remove(1);
    }
    let Command::Schema(arguments) = Arguments::parse_from(words).command;
    match schema::run(&arguments) {
        Ok(verdict) => verdict.into(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
