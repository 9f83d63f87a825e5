//! `bank run FILE`: a file of commands, one JSON object a line.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use bank::{Account, AccountId};
use es_core::prelude::*;
use es_core::{DispatchError, LoadError, Position};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::shell;

/// How many accounts are served at once. Commands of one account stay in the file's order.
const ACCOUNTS_AT_ONCE: usize = 64;

/// A line: `{"command": "account.deposit", "id": "acc-1", "data": {…}, "key": "…"}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    command: String,
    id: String,
    #[serde(default)]
    data: Value,
    key: Option<String>,
}

/// What became of a line.
enum Outcome {
    Done,
    /// An earlier run, or an earlier line, had done it: its key says so.
    DoneBefore,
    /// There was nothing to record.
    NothingToDo,
    Refused(String),
    /// The line is not a command, or could not be carried out.
    Bad(String),
}

/// Carries out the file and prints what was done, what was refused and why, and the balances.
pub(crate) async fn run(
    app: &App,
    file: &Path,
    actor: &str,
    out: &mut impl Write,
) -> Result<ExitCode, Box<dyn Error>> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut accounts: BTreeMap<String, Vec<(usize, Line)>> = BTreeMap::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(line) {
            Ok(line) => accounts
                .entry(line.id.clone())
                .or_default()
                .push((index + 1, line)),
            Err(error) => {
                outcomes.insert(index + 1, Outcome::Bad(not_a_command(&error)));
            }
        }
    }

    let started = Instant::now();
    let start = app.store().last_position().await?;
    let commands = accounts.values().map(Vec::len).sum::<usize>();
    let progress = ProgressBar::new(commands as u64).with_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} commands, {per_sec}, {eta} left",
    )?);
    let ids: Vec<String> = accounts.keys().cloned().collect();
    let mut tasks = JoinSet::new();
    for lines in accounts.into_values() {
        if tasks.len() >= ACCOUNTS_AT_ONCE
            && let Some(finished) = tasks.join_next().await
        {
            outcomes.extend(finished?);
        }
        let (app, actor, progress) = (app.clone(), actor.to_owned(), progress.clone());
        tasks.spawn(async move {
            let mut outcomes = Vec::with_capacity(lines.len());
            for (number, line) in lines {
                outcomes.push((number, carry_out(&app, line, &actor, start).await));
                progress.inc(1);
            }
            outcomes
        });
    }
    while let Some(finished) = tasks.join_next().await {
        outcomes.extend(finished?);
    }
    progress.finish_and_clear();

    let seconds = started.elapsed().as_secs_f64();
    writeln!(
        out,
        "{}: {commands} commands in {seconds:.2} s",
        file.display()
    )?;
    let bad = report(&outcomes, out)?;
    balances(app, &ids, out).await?;
    Ok(if bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What serde_json says, with the place within the file's line: each line is a text of its own.
fn not_a_command(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((reason, _)) => format!("column {}: {reason}", error.column()),
        None => text,
    }
}

async fn carry_out(app: &App, line: Line, actor: &str, start: Position) -> Outcome {
    let mut request = app
        .dispatch_json(line.command, line.id, line.data)
        .actor(actor);
    if let Some(key) = line.key {
        request = request.idempotency_key(key);
    }
    match request.await {
        Ok(receipt) if receipt.events == 0 => Outcome::NothingToDo,
        Ok(receipt) if receipt.position <= start => Outcome::DoneBefore,
        Ok(_) => Outcome::Done,
        Err(
            error @ (DispatchError::Refused { .. }
            | DispatchError::NotFound { .. }
            | DispatchError::AlreadyExists { .. }),
        ) => Outcome::Refused(error.to_string()),
        Err(error) => Outcome::Bad(error.to_string()),
    }
}

/// Prints the outcomes; answers how many lines were bad.
fn report(outcomes: &BTreeMap<usize, Outcome>, out: &mut impl Write) -> io::Result<usize> {
    let count = |wanted: fn(&Outcome) -> bool| outcomes.values().filter(|o| wanted(o)).count();
    let bad = count(|outcome| matches!(outcome, Outcome::Bad(_)));
    writeln!(
        out,
        "{:>7} done",
        count(|outcome| matches!(outcome, Outcome::Done))
    )?;
    writeln!(
        out,
        "{:>7} done before",
        count(|outcome| matches!(outcome, Outcome::DoneBefore))
    )?;
    writeln!(
        out,
        "{:>7} with nothing to do",
        count(|outcome| matches!(outcome, Outcome::NothingToDo))
    )?;
    writeln!(
        out,
        "{:>7} refused",
        count(|outcome| matches!(outcome, Outcome::Refused(_)))
    )?;
    for (number, outcome) in outcomes {
        if let Outcome::Refused(reason) = outcome {
            writeln!(out, "          line {number}: {reason}")?;
        }
    }
    writeln!(out, "{bad:>7} bad")?;
    for (number, outcome) in outcomes {
        if let Outcome::Bad(reason) = outcome {
            writeln!(out, "          line {number}: {reason}")?;
        }
    }
    Ok(bad)
}

/// Prints the balances of the accounts the file speaks of.
async fn balances(app: &App, ids: &[String], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "balances")?;
    for id in ids {
        // What is not an id has been reported with its line.
        let Ok(id) = id.parse::<AccountId>() else {
            continue;
        };
        match app.load::<Account>(&id).await {
            Ok(account) => shell::show(&id, &account, out)?,
            Err(LoadError::NotFound) => {}
            Err(error) => writeln!(out, "{id:<10} {error}")?,
        }
    }
    Ok(())
}
