include!("../domain.rs");
include!("../handlers.rs");

#[derive(Event)]
#[event(prefix = "card")]
pub enum CardEvent {
    Issued,
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub struct Account {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += amount)]
    balance: u64,
    #[apply(Closed = true, Issued = false)]
    closed: bool,
}

fn main() {}
