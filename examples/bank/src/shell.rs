//! The commands one types, and what they print.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bank::{Account, AccountCommand, AccountId};
use clap::{Parser, Subcommand};
use es_core::prelude::*;
use es_core::{At, Timestamp};
use es_sqlite::SqliteStore;

use crate::day;

/// A bank on an event store.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The file that holds all events; it is made if it is not there.
    #[arg(long, global = true, default_value = "bank.db")]
    db: PathBuf,
    /// Who asks; recorded with every event.
    #[arg(long, global = true)]
    actor: Option<String>,
    #[command(subcommand)]
    command: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Open an account.
    Open {
        /// Its number.
        #[arg(value_parser = account)]
        account: AccountId,
        /// Who holds it.
        #[arg(long)]
        owner: String,
    },
    /// Pay in, in cents.
    Deposit {
        #[arg(value_parser = account)]
        account: AccountId,
        amount: u64,
    },
    /// Pay out, in cents.
    Withdraw {
        #[arg(value_parser = account)]
        account: AccountId,
        amount: u64,
    },
    /// Close an account.
    Close {
        #[arg(value_parser = account)]
        account: AccountId,
    },
    /// Print what is on an account.
    Balance {
        #[arg(value_parser = account)]
        account: AccountId,
    },
    /// Print all that happened to an account.
    History {
        #[arg(value_parser = account)]
        account: AccountId,
    },
    /// Print an account as it was: after a version, or at a time.
    At {
        #[arg(value_parser = account)]
        account: AccountId,
        /// A version (3) or a time (2026-01-02T00:00:00Z).
        #[arg(value_parser = point)]
        point: At,
    },
    /// Carry out a file of commands, one JSON object a line.
    Run { file: PathBuf },
}

/// Ids over strings also convert without a check; what is typed is checked.
fn account(text: &str) -> Result<AccountId, es_core::InvalidId> {
    text.parse()
}

fn point(text: &str) -> Result<At, String> {
    if let Ok(version) = text.parse() {
        return Ok(At::Version(Version(version)));
    }
    let time: Timestamp = text.parse().map_err(|error| {
        format!("neither a version (3) nor a time (2026-01-02T00:00:00Z): {error}")
    })?;
    Ok(At::Time(time))
}

/// Carries out what was typed.
pub(crate) async fn run(
    arguments: Arguments,
    out: &mut impl Write,
) -> Result<ExitCode, Box<dyn Error>> {
    let store = SqliteStore::open(&arguments.db).await?;
    let app = App::builder(store).discover().start().await?;
    let actor = arguments.actor.unwrap_or_else(|| "command line".to_owned());
    let code = carry_out(&app, arguments.command, &actor, out).await;
    app.shutdown().await;
    code
}

async fn carry_out(
    app: &App,
    order: Order,
    actor: &str,
    out: &mut impl Write,
) -> Result<ExitCode, Box<dyn Error>> {
    let asked = match order {
        Order::Open { account, owner } => (account, AccountCommand::Open { owner }),
        Order::Deposit { account, amount } => (account, AccountCommand::Deposit { amount }),
        Order::Withdraw { account, amount } => (account, AccountCommand::Withdraw { amount }),
        Order::Close { account } => (account, AccountCommand::Close),
        Order::Balance { account } => {
            let state = app
                .load(&account)
                .await
                .map_err(|error| format!("{account}: {error}"))?;
            show(&account, &state, out)?;
            return Ok(ExitCode::SUCCESS);
        }
        Order::History { account } => {
            for event in app.history::<Account>(&account).await? {
                writeln!(out, "{event}")?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        Order::At { account, point } => {
            let state = app
                .load_at(&account, point)
                .await
                .map_err(|error| format!("{account} at that point: {error}"))?;
            show(&account, &state, out)?;
            return Ok(ExitCode::SUCCESS);
        }
        Order::Run { file } => return day::run(app, &file, actor, out).await,
    };
    let (account, command) = asked;
    let receipt = app
        .send(&account, command)
        .actor(actor)
        .await
        .map_err(|error| format!("{account}: {error}"))?;
    match receipt.events {
        0 => writeln!(
            out,
            "{account}: nothing to do (version {})",
            receipt.version
        )?,
        _ => writeln!(out, "{account}: done (version {})", receipt.version)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An account on one line.
pub(crate) fn show(id: &AccountId, account: &Account, out: &mut impl Write) -> io::Result<()> {
    let (euros, cents) = (account.balance / 100, account.balance % 100);
    let closed = if account.closed { "  closed" } else { "" };
    writeln!(
        out,
        "{id:<10} {:<20} {euros:>9}.{cents:02} EUR{closed}",
        account.owner
    )
}
