//! Runs one command of another program, in the open.

use std::process::Command;

/// A command that failed, or could not be started.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says what is run, and runs it.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), Failure> {
    eprintln!("== {what}");
    let status = command
        .status()
        .map_err(|error| format!("{what}: cannot start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{what}: failed ({status})").into())
    }
}
