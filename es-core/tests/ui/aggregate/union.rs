include!("../domain.rs");

#[derive(Aggregate)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub union Account {
    cents: u64,
    francs: f64,
}

fn main() {}
