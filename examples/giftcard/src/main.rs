use es_core::prelude::*;
use es_sqlite::SqliteStore;
use giftcard::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open("giftcard.db").await?;
    let app = App::builder(store).discover().start().await?;

    // A command goes to an id. With a key, sending it again is harmless: run this twice.
    let sale = app.send("card-1", Issue { cents: 5000 });
    let receipt = sale.actor("till-3").idempotency_key("sale-1").await?;
    println!("issued as version {}", receipt.version);
    app.send("card-1", Redeem { cents: 1250 })
        .idempotency_key("sale-2")
        .await?;

    // By name, as an API or a queue has it. Unknown fields are errors.
    app.dispatch_json("card.redeem", "card-1", json!({"cents": 750}))
        .idempotency_key("sale-3")
        .await?;

    // A refusal is the domain's own error.
    match app.send("card-1", Redeem { cents: 9999 }).await {
        Err(CommandError::Domain(CardError::NotEnough { left })) => println!("{left} left"),
        other => println!("unexpected: {other:?}"),
    }

    // The state now, the state then, and all that happened.
    let now: Card = app.load("card-1").await?;
    let then: Card = app.load_at("card-1", Version(1)).await?;
    println!("{} of {} cents", now.left, then.left);
    for event in app.history::<Card>("card-1").await? {
        println!("{event}");
    }
    app.shutdown().await;
    Ok(())
}
