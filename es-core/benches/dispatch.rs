//! The generated path (decide and apply, in memory, no store) beside the same domain written by
//! hand with a match. `cargo xtask bench dispatch` counts the instructions of both.
//!
//! `dispatch generated|by-hand COMMANDS` runs so many commands; alone it runs both once.

#![allow(clippy::expect_used)] // a benchmark

use es_core::prelude::*;
use es_core::{EventSet, Handled, Handling, Inputs, Origin, Refusal};

mod generated {
    use super::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "account")]
    pub(crate) enum AccountEvent {
        Opened { owner: String },
        Deposited { amount: u64 },
        Withdrawn { amount: u64 },
        Closed,
    }

    #[derive(Command, Clone, Debug)]
    pub(crate) enum AccountCommand {
        Open { owner: String },
        Deposit { amount: u64 },
        Withdraw { amount: u64 },
        Close,
    }

    #[derive(Debug, PartialEq)]
    pub(crate) enum AccountError {
        InsufficientFunds { balance: u64 },
        Closed,
    }

    impl std::fmt::Display for AccountError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{self:?}")
        }
    }

    impl std::error::Error for AccountError {}

    #[derive(Aggregate, Debug)]
    #[aggregate(
        name = "account", id = String, error = AccountError,
        commands = AccountCommand, events = AccountEvent, created_by(Opened),
    )]
    pub(crate) struct Account {
        #[apply(Opened = owner)]
        pub(crate) owner: String,
        #[apply(Deposited += amount, Withdrawn -= amount)]
        pub(crate) balance: u64,
        #[apply(Closed = true)]
        pub(crate) closed: bool,
    }

    impl Account {
        fn ensure_open(&self) -> Result<(), AccountError> {
            if self.closed {
                Err(AccountError::Closed)
            } else {
                Ok(())
            }
        }
    }

    #[handlers]
    impl Account {
        fn open(cmd: Open) -> Result<Opened, AccountError> {
            Ok(Opened { owner: cmd.owner })
        }
        fn deposit(&self, cmd: Deposit) -> Result<Deposited, AccountError> {
            self.ensure_open()?;
            Ok(Deposited { amount: cmd.amount })
        }
        fn withdraw(&self, cmd: Withdraw) -> Result<Withdrawn, AccountError> {
            self.ensure_open()?;
            if cmd.amount > self.balance {
                return Err(AccountError::InsufficientFunds {
                    balance: self.balance,
                });
            }
            Ok(Withdrawn { amount: cmd.amount })
        }
        fn close(&self, _: Close) -> Result<Option<Closed>, AccountError> {
            Ok((!self.closed).then_some(Closed))
        }
    }
}

mod by_hand {
    use super::generated::AccountError;

    #[derive(Clone)]
    pub(crate) enum Command {
        Open { owner: String },
        Deposit { amount: u64 },
        Withdraw { amount: u64 },
        Close,
    }

    pub(crate) enum Event {
        Opened { owner: String },
        Deposited { amount: u64 },
        Withdrawn { amount: u64 },
        Closed,
    }

    pub(crate) struct Account {
        pub(crate) owner: String,
        pub(crate) balance: u64,
        pub(crate) closed: bool,
    }

    pub(crate) enum Refusal {
        #[expect(dead_code)] // made as an application would, though nobody here reads it
        Domain(AccountError),
        NotFound,
        AlreadyExists,
    }

    impl Account {
        fn ensure_open(&self) -> Result<(), AccountError> {
            if self.closed {
                Err(AccountError::Closed)
            } else {
                Ok(())
            }
        }
    }

    pub(crate) fn decide(
        state: Option<&Account>,
        command: Command,
    ) -> Result<Option<Event>, Refusal> {
        match command {
            Command::Open { owner } => match state {
                None => Ok(Some(Event::Opened { owner })),
                Some(_) => Err(Refusal::AlreadyExists),
            },
            Command::Deposit { amount } => {
                let account = state.ok_or(Refusal::NotFound)?;
                account.ensure_open().map_err(Refusal::Domain)?;
                Ok(Some(Event::Deposited { amount }))
            }
            Command::Withdraw { amount } => {
                let account = state.ok_or(Refusal::NotFound)?;
                account.ensure_open().map_err(Refusal::Domain)?;
                if amount > account.balance {
                    let balance = account.balance;
                    return Err(Refusal::Domain(AccountError::InsufficientFunds { balance }));
                }
                Ok(Some(Event::Withdrawn { amount }))
            }
            Command::Close => {
                let account = state.ok_or(Refusal::NotFound)?;
                Ok((!account.closed).then_some(Event::Closed))
            }
        }
    }

    pub(crate) fn apply(state: &mut Option<Account>, event: Event) -> Result<(), &'static str> {
        match event {
            Event::Opened { owner } => match state {
                None => {
                    *state = Some(Account {
                        owner,
                        balance: 0,
                        closed: false,
                    })
                }
                Some(account) => account.owner = owner,
            },
            Event::Deposited { amount } => {
                let account = state.as_mut().ok_or("does not exist")?;
                account.balance = account.balance.checked_add(amount).ok_or("overflow")?;
            }
            Event::Withdrawn { amount } => {
                let account = state.as_mut().ok_or("does not exist")?;
                account.balance = account.balance.checked_sub(amount).ok_or("overflow")?;
            }
            Event::Closed => state.as_mut().ok_or("does not exist")?.closed = true,
        }
        Ok(())
    }
}

/// What is asked: mostly deposits and withdrawals, one in eight of them refused.
fn script<C>(commands: usize, deposit: fn(u64) -> C, withdraw: fn(u64) -> C) -> Vec<C> {
    (0..commands)
        .map(|n| match n % 8 {
            7 => withdraw(u64::MAX),
            k if k % 2 == 1 => withdraw(1),
            _ => deposit(3),
        })
        .collect()
}

// In an application the events are encoded and stored between the two steps, on another poll of
// another future. So each step is a call of its own here, on both sides: else the compiler merges
// deciding and applying into one switch, which no application's code could have.

#[inline(never)]
fn decide_generated<'a>(
    state: Option<&'a generated::Account>,
    command: generated::AccountCommand,
    inputs: Inputs<'a, generated::Account>,
) -> Handling<'a, generated::Account> {
    command.handle(state, inputs)
}

#[inline(never)]
fn apply_generated(event: generated::AccountEvent, state: &mut Option<generated::Account>) {
    event.apply(state).expect("the domain's own rules hold");
}

fn weight(handling: &Handling<'_, generated::Account>) -> usize {
    match handling {
        Handling::Nothing => 0,
        Handling::Refused(Refusal::Domain(_)) => 1,
        Handling::Refused(_) => 2,
        _ => unreachable!("no handler here does that"),
    }
}

#[inline(never)]
fn run_generated(commands: Vec<generated::AccountCommand>) -> (u64, usize) {
    let id = "acc-1".to_owned();
    let context = Context::new(es_core::Timestamp::UNIX_EPOCH, Origin::default());
    let inputs = Inputs {
        id: &id,
        context: &context,
        services: &(),
    };
    let mut state: Option<generated::Account> = None;
    let mut refused = 0;
    for command in commands {
        let event = match decide_generated(state.as_ref(), command, inputs) {
            Handling::One(event) => event,
            other => {
                refused += weight(&other);
                continue;
            }
        };
        apply_generated(event, &mut state);
    }
    (
        state.map_or(0, |account| account.balance + account.owner.len() as u64),
        refused,
    )
}

#[inline(never)]
fn decide_by_hand(
    state: Option<&by_hand::Account>,
    command: by_hand::Command,
) -> Result<Option<by_hand::Event>, by_hand::Refusal> {
    by_hand::decide(state, command)
}

#[inline(never)]
fn apply_by_hand(event: by_hand::Event, state: &mut Option<by_hand::Account>) {
    by_hand::apply(state, event).expect("the domain's own rules hold");
}

#[inline(never)]
fn run_by_hand(commands: Vec<by_hand::Command>) -> (u64, usize) {
    let mut state = None;
    let mut refused = 0;
    for command in commands {
        match decide_by_hand(state.as_ref(), command) {
            Ok(event) => event
                .into_iter()
                .for_each(|event| apply_by_hand(event, &mut state)),
            Err(by_hand::Refusal::Domain(_)) => refused += 1,
            Err(by_hand::Refusal::NotFound | by_hand::Refusal::AlreadyExists) => refused += 2,
        }
    }
    (
        state.map_or(0, |account| account.balance + account.owner.len() as u64),
        refused,
    )
}

fn generated(commands: usize) -> (u64, usize) {
    use generated::AccountCommand::{Close, Deposit, Open, Withdraw};
    let mut all = vec![Open {
        owner: "Ada".into(),
    }];
    all.extend(script(
        commands,
        |amount| Deposit { amount },
        |amount| Withdraw { amount },
    ));
    all.push(Close);
    run_generated(all)
}

fn by_hand(commands: usize) -> (u64, usize) {
    use by_hand::Command::{Close, Deposit, Open, Withdraw};
    let mut all = vec![Open {
        owner: "Ada".into(),
    }];
    all.extend(script(
        commands,
        |amount| Deposit { amount },
        |amount| Withdraw { amount },
    ));
    all.push(Close);
    run_by_hand(all)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let commands = arguments
        .get(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(1000);
    match arguments.first().map(String::as_str) {
        Some("generated") => println!("{:?}", generated(commands)),
        Some("by-hand") => println!("{:?}", by_hand(commands)),
        _ => assert_eq!(generated(commands), by_hand(commands)),
    }
}
