include!("../domain.rs");

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
)]
pub enum Account {
    Open {
        #[apply(Deposited += amount)]
        balance: u64,
    },
    Closed,
}

#[handlers]
impl Account {
    fn open(_: Open) -> Result<Opened, Refused> { Err(Refused) }
    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> { Ok(Deposited { amount: cmd.amount }) }
    fn close(&self, _: Close) -> Result<Closed, Refused> { Ok(Closed) }
    #[apply]
    fn opened(_: &Opened) -> Self { Account::Open { balance: 0 } }
    #[apply]
    fn deposited(&mut self, _: &Deposited) {}
    #[apply]
    fn closed(&mut self, _: &Closed) { *self = Account::Closed; }
}

fn main() {}
