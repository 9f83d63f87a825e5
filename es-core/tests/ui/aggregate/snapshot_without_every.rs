include!("../domain.rs");
include!("../handlers.rs");

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
    snapshot,
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
