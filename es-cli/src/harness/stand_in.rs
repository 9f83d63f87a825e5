//! Stands in for rustc where a binary is compiled as a library.
//!
//! As a library, all of a binary is unused, which `#![deny(warnings)]` in its source would make an
//! error; only `--cap-lints` has the last word. And its code may ask for its folder or its name. So
//! cargo is told to run this program as the workspace's wrapper of rustc, which concerns the harness
//! and the shadow alone: dependencies stay shared with the user's builds.

use std::path::Path;
use std::process::{Command, ExitCode};

const FOLDER: &str = "CARGO_ES_SHADOWED_FOLDER";

/// Has cargo run this program for rustc.
pub(super) fn arrange(cargo: &mut Command, folder: &Path, binary: &str) {
    // Without a path to itself it goes without: most binaries compile all the same.
    if let Ok(this) = std::env::current_exe() {
        cargo
            .env("RUSTC_WORKSPACE_WRAPPER", this)
            .env(FOLDER, folder)
            // In cargo's own environment: it would find code stale whose value is not there.
            .env("CARGO_BIN_NAME", binary);
    }
}

/// Does rustc's work if cargo has started this process for it, and gives the exit code.
///
/// A program that uses [`Harness`](super::Harness) calls this first in its `main`, and ends if there
/// is a code.
pub fn stand_in_for_rustc() -> Option<ExitCode> {
    let folder = std::env::var_os(FOLDER)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let mut command = Command::new(&rustc);
    command.args(arguments);
    // Cargo also asks for the version and the like; that is answered untouched.
    if std::env::var_os("CARGO_CRATE_NAME").is_some() {
        let manifest = Path::new(&folder).join("Cargo.toml");
        command
            .args(["--cap-lints", "allow"])
            .env("CARGO_MANIFEST_DIR", &folder)
            .env("CARGO_MANIFEST_PATH", manifest);
    }
    match command.status() {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            Some(ExitCode::from(code.unwrap_or(1)))
        }
        Err(error) => {
            eprintln!("error: cannot run `{}`: {error}", rustc.display());
            Some(ExitCode::FAILURE)
        }
    }
}
