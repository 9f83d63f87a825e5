include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub struct NotACommand;

pub async fn run(app: App, id: AccountId) {
    let _ = app.send(&id, NotACommand).await;
}

fn main() {}
