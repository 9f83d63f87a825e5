include!("../domain.rs");
include!("../handlers.rs");

pub struct Number(f64);

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = Number, error = Refused,
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
