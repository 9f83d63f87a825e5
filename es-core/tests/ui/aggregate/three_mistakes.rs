include!("../domain.rs");
include!("../handlers.rs");

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
    snapshot(evry = 100),
)]
pub struct Account {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += self.fee)]
    balance: u64,
    #[apply(Closed => |e| ())]
    closed: bool,
}

fn main() {}
