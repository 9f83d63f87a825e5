include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(AggregateId, Clone, PartialEq)]
pub struct CardId(u64);

pub async fn run(app: App, id: AccountId) {
    let card = CardId(7);
    let _ = app.send(&card, Close).await;
}

fn main() {}
