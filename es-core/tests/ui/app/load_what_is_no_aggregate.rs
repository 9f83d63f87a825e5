include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub async fn run(app: App, id: AccountId) {
    let _ = app.load::<AccountEvent>(&id).await;
}

fn main() {}
