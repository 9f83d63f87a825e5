include!("../domain.rs");
include!("../handlers.rs");

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "my account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub struct Account {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += amount)]
    balance: u64,
    #[apply(Closed = true)]
    closed: bool,
}

fn main() {}
