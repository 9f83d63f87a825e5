//! The repository's own commands: `cargo xtask test`, `cargo xtask bench …`.

mod bench;
mod step;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every test there is: unit, doc, UI, examples, stores.
    Test {
        /// How often the kill tests kill (their long form is 100).
        #[arg(long, default_value_t = 10)]
        kills: u32,
    },
    /// Measure, beside a floor in the same run, and print the ratios.
    Bench {
        #[arg(value_enum, default_value_t = bench::Subject::All)]
        subject: bench::Subject,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test { kills } => test::all(kills),
        Command::Bench { subject } => bench::all(subject),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
