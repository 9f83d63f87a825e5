//! Every mistake has one message, at the token that is wrong, and says the fix.
//!
//! One mistake a file. The messages are rustc's in part, so they are compared on the toolchain they
//! were recorded on; elsewhere the cases are only checked not to compile. To record:
//! `TRYBUILD=overwrite cargo test -p es-core ui::`.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

/// The toolchain of the recorded messages.
const RECORDED_ON: &str = "rustc 1.95.";
/// Set in the child process that compiles copies of the cases and compares nothing.
const CASES: &str = "ES_UI_CASES";

#[test]
fn each_mistake_has_its_message() -> Result<(), Box<dyn std::error::Error>> {
    let given = env::var(CASES);
    if given.is_ok() || is_recorded_toolchain()? {
        let cases = given.unwrap_or_else(|_| "tests/ui".to_owned());
        trybuild::TestCases::new().compile_fail(format!("{cases}/*/*.rs"));
        return Ok(());
    }
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    copy_cases(Path::new("tests/ui"), &copies)?;
    let status = Command::new(env::current_exe()?)
        .args(["--exact", "ui::each_mistake_has_its_message"])
        .env(CASES, &copies)
        .env("TRYBUILD", "overwrite")
        .status()?;
    assert!(status.success(), "a case compiles, or cannot be tried");
    Ok(())
}

fn is_recorded_toolchain() -> io::Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output()?.stdout;
    Ok(String::from_utf8_lossy(&version).starts_with(RECORDED_ON))
}

/// Copies the sources and leaves the recorded messages behind.
fn copy_cases(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, name) = (entry.path(), entry.file_name());
        if from.is_dir() {
            copy_cases(&from, &to.join(name))?;
        } else if from.extension().is_some_and(|extension| extension == "rs") {
            fs::copy(&from, to.join(name))?;
        }
    }
    Ok(())
}
