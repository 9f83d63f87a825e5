include!("../domain.rs");

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub struct Account<T> {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += amount)]
    balance: T,
    #[apply(Closed = true)]
    closed: bool,
}

fn main() {}
