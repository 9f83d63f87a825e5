include!("../domain.rs");
include!("../handlers.rs");

pub struct Renamed {
    name: String,
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub struct Account {
    #[apply(Opened = owner, Renamed = name)]
    owner: String,
    #[apply(Deposited += amount)]
    balance: u64,
    #[apply(Closed = true)]
    closed: bool,
}

fn main() {}
