include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Command, Clone, Deserialize)]
pub struct Freeze {
    reason: String,
}

pub async fn run(app: App, id: AccountId) {
    let _ = app.send(&id, Freeze { reason: String::new() }).await;
}

fn main() {}
