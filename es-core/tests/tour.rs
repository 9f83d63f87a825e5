//! Sections 2 to 5 of the tour, as a user writes them.
use es_core::prelude::*;
use es_core::{LoadError, MemoryStore};

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Eur,
    Usd,
}

/// All that can happen to an account.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    /// An account was opened.
    Opened {
        owner: String,
        currency: Currency,
    },
    Deposited {
        amount: u64,
    },
    Withdrawn {
        amount: u64,
    },
    Closed,
}

#[derive(
    AggregateId, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct AccountId(String);

#[derive(Command, Clone, Debug)]
pub enum AccountCommand {
    Open { owner: String },
    Deposit { amount: u64 },
    Withdraw { amount: u64 },
    Close,
}

#[derive(thiserror::Error, Debug, PartialEq)]
pub enum AccountError {
    #[error("balance is {balance}")]
    InsufficientFunds { balance: u64 },
    #[error("account is closed")]
    Closed,
}

#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "account", id = AccountId, error = AccountError,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
    snapshot(every = 100),
)]
pub struct Account {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += amount, Withdrawn -= amount)]
    balance: u64,
    #[apply(Closed = true)]
    closed: bool,
}

impl Account {
    fn ensure_open(&self) -> Result<(), AccountError> {
        if self.closed { Err(AccountError::Closed) } else { Ok(()) }
    }
}

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, AccountError> {
        Ok(Opened { owner: cmd.owner, currency: Currency::Eur })
    }
    fn deposit(&self, cmd: Deposit) -> Result<Deposited, AccountError> {
        self.ensure_open()?;
        Ok(Deposited { amount: cmd.amount })
    }
    fn withdraw(&self, cmd: Withdraw) -> Result<Withdrawn, AccountError> {
        self.ensure_open()?;
        if cmd.amount > self.balance {
            return Err(AccountError::InsufficientFunds { balance: self.balance });
        }
        Ok(Withdrawn { amount: cmd.amount })
    }
    fn close(&self, _: Close) -> Result<Option<Closed>, AccountError> {
        Ok((!self.closed).then_some(Closed))
    }
}

#[tokio::test]
async fn section_5_runs_as_shown() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    let app = App::builder(store).discover().start().await?;

    let id = AccountId::from("acc-1");
    app.send(&id, Open { owner: "Ada".into() }).await?;
    let receipt = app
        .send(&id, Deposit { amount: 100 })
        .actor("teller-7")
        .idempotency_key("deposit-4711")
        .await?;
    assert_eq!(receipt.version, Version(2));

    let account: Account = app.load(&id).await?;
    assert_eq!(account, Account { owner: "Ada".into(), balance: 100, closed: false });
    let then: Account = app.load_at(&id, Version(1)).await?;
    assert_eq!(then.balance, 0);
    for e in app.history::<Account>(&id).await? {
        println!("{e}");
    }
    app.dispatch_json("account.withdraw", "acc-1", json!({"amount": 30})).await?;
    assert_eq!(app.load::<Account>("acc-1").await?.balance, 70);
    assert!(matches!(app.load::<Account>("acc-2").await, Err(LoadError::NotFound)));

    let again = app.send(&id, Deposit { amount: 100 }).idempotency_key("deposit-4711").await?;
    assert_eq!(again, receipt);

    let refused = app.send(&id, Withdraw { amount: 250 }).await;
    let insufficient = AccountError::InsufficientFunds { balance: 70 };
    assert!(matches!(refused, Err(CommandError::Domain(e)) if e == insufficient));
    assert!(matches!(
        app.send(&id, Open { owner: "Bob".into() }).await,
        Err(CommandError::AlreadyExists)
    ));
    assert!(matches!(app.send("acc-9", AccountCommand::Close).await, Err(CommandError::NotFound)));
    Ok(())
}
