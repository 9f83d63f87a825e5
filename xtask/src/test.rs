//! `cargo xtask test`: every test there is.

use crate::step::{Failure, cargo, run};

pub(crate) fn all(kills: u32) -> Result<(), Failure> {
    run(
        "unit, integration, UI and documentation tests, all features",
        cargo()
            .args(["test", "--workspace", "--all-features"])
            .env("ES_KILL_RUNS", kills.to_string()),
    )?;
    run(
        "es-core without its default features",
        cargo().args(["check", "-p", "es-core", "--no-default-features"]),
    )?;
    run(
        "es-core with the macros, without the registry of everything linked",
        cargo().args([
            "check",
            "-p",
            "es-core",
            "--no-default-features",
            "--features",
            "derive",
        ]),
    )
}
