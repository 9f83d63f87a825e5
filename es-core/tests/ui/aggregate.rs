// The aggregate of the domain, without mistakes.
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
    #[apply(Closed = true)]
    closed: bool,
}
