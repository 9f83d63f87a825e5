//! `cargo xtask bench`: figures with the floor they are held against, from the same run.

mod macros;

use std::path::PathBuf;
use std::process::Command;

use clap::ValueEnum;

use crate::step::{Failure, cargo, run};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// All of them.
    All,
    /// The generated path beside the same domain by hand: instructions, by callgrind.
    Dispatch,
    /// Decoding today's and old versions of events: instructions, by callgrind.
    Decode,
    /// What the macros add to `cargo check`: 300 events, beside serde alone.
    Macros,
    /// Commands and replay on SQLite beside raw rusqlite.
    Sqlite,
    /// Event handlers on SQLite beside loops written by hand.
    Handlers,
}

pub(crate) fn all(subject: Subject) -> Result<(), Failure> {
    let is_wanted = |one| subject == Subject::All || subject == one;
    if is_wanted(Subject::Dispatch) {
        dispatch()?;
    }
    if is_wanted(Subject::Decode) {
        decode()?;
    }
    if is_wanted(Subject::Macros) {
        macros::price()?;
    }
    if is_wanted(Subject::Sqlite) {
        run(
            "SQLite",
            cargo().args(["bench", "-p", "es-sqlite", "--bench", "commands"]),
        )?;
    }
    if is_wanted(Subject::Handlers) {
        run(
            "event handlers",
            cargo().args(["bench", "-p", "es-sqlite", "--bench", "handlers"]),
        )?;
    }
    Ok(())
}

/// Instructions a command: the difference of a long and an empty run, so that starting up does not
/// count.
fn dispatch() -> Result<(), Failure> {
    const COMMANDS: u64 = 100_000;
    run(
        "building the dispatch benchmark",
        cargo().args(["bench", "-p", "es-core", "--bench", "dispatch", "--no-run"]),
    )?;
    let program = bench_program("dispatch")?;
    let each = |side: &str| -> Result<f64, Failure> {
        let many = instructions(&program, &[side, &COMMANDS.to_string()])?;
        let none = instructions(&program, &[side, "0"])?;
        Ok(many.saturating_sub(none) as f64 / COMMANDS as f64)
    };
    let (generated, by_hand) = (each("generated")?, each("by-hand")?);
    println!(
        "dispatch: {generated:.1} instructions a command generated, {by_hand:.1} by hand: ratio {:.3} (at most 1.05)",
        generated / by_hand
    );
    Ok(())
}

/// Instructions a decoded event, for four sizes of event.
fn decode() -> Result<(), Failure> {
    const TIMES: u64 = 2000;
    run(
        "building the decode benchmark",
        cargo().args(["bench", "-p", "es-core", "--bench", "decode", "--no-run"]),
    )?;
    let program = bench_program("decode")?;
    for size in ["2", "5", "10", "20"] {
        let each = |way: &str| -> Result<f64, Failure> {
            let many = instructions(&program, &[way, size, &TIMES.to_string()])?;
            let none = instructions(&program, &[way, size, "0"])?;
            Ok(many.saturating_sub(none) as f64 / TIMES as f64)
        };
        let (plain, now, old, values) =
            (each("plain")?, each("now")?, each("old")?, each("values")?);
        println!(
            "decode, {size:>2} fields: {plain:.0} instructions by serde_json; today's version {now:.0} = {:.3} of it (at most 1.02); three steps old {old:.0} = {:.3} of today's (at most 1.3); over values {values:.0} = {:.2} of the typed steps (at least 2)",
            now / plain,
            old / now,
            values / old,
        );
    }
    Ok(())
}

/// What callgrind counts within the functions named `run_…` of the benchmark.
fn instructions(program: &PathBuf, arguments: &[&str]) -> Result<u64, Failure> {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*run_*",
        ])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind is needed to count instructions: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("callgrind printed no count:\n{text}").into())
}

/// The benchmark's program, as cargo tells where it is.
fn bench_program(name: &str) -> Result<PathBuf, Failure> {
    let output = cargo()
        .args([
            "bench",
            "-p",
            "es-core",
            "--bench",
            name,
            "--no-run",
            "--message-format=json",
        ])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter(|line| line.contains("\"executable\":\""))
        .filter_map(|line| line.split("\"executable\":\"").nth(1)?.split('"').next())
        .map(PathBuf::from)
        .next_back()
        .ok_or_else(|| format!("cargo did not say where the benchmark {name} is").into())
}
