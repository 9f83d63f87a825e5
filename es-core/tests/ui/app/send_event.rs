include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub async fn run(app: App, id: AccountId) {
    let _ = app.send(&id, Closed).await;
}

fn main() {}
