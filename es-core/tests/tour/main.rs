//! An application from its first command to its audit trail, as a user writes it.
//!
//! A test binary of its own: `discover()` finds this domain and no other.
#[path = "../account.rs"]
mod account;

use es_core::prelude::*;
use es_core::{LoadError, MemoryStore};

use account::*;

#[tokio::test]
async fn commands_state_history_and_json() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    let app = App::builder(store).discover().start().await?;

    let id = AccountId::from("acc-1");
    app.send(
        &id,
        Open {
            owner: "Ada".into(),
        },
    )
    .await?;
    let receipt = app
        .send(&id, Deposit { amount: 100 })
        .actor("teller-7")
        .idempotency_key("deposit-4711")
        .await?;
    assert_eq!(receipt.version, Version(2));

    let account: Account = app.load(&id).await?;
    assert_eq!(
        account.clone(),
        Account {
            owner: "Ada".into(),
            balance: 100,
            closed: false
        }
    );
    let (same, version) = app.load_versioned::<Account>(&id).await?;
    assert_eq!((same, version), (account, Version(2)));
    let then: Account = app.load_at(&id, Version(1)).await?;
    assert_eq!(then.balance, 0);
    for e in app.history::<Account>(&id).await? {
        println!("{e}");
    }
    app.dispatch_json("account.withdraw", "acc-1", json!({"amount": 30}))
        .await?;
    assert_eq!(app.load::<Account>("acc-1").await?.balance, 70);
    assert!(matches!(
        app.load::<Account>("acc-2").await,
        Err(LoadError::NotFound)
    ));

    let again = app
        .send(&id, Deposit { amount: 100 })
        .idempotency_key("deposit-4711")
        .await?;
    assert_eq!(again, receipt);

    let refused = app.send(&id, Withdraw { amount: 250 }).await;
    let insufficient = AccountError::InsufficientFunds { balance: 70 };
    assert!(matches!(refused, Err(CommandError::Domain(e)) if e == insufficient));
    assert!(matches!(
        app.send(
            &id,
            Open {
                owner: "Bob".into()
            }
        )
        .await,
        Err(CommandError::AlreadyExists)
    ));
    assert!(matches!(
        app.send("acc-9", AccountCommand::Close).await,
        Err(CommandError::NotFound)
    ));
    Ok(())
}
