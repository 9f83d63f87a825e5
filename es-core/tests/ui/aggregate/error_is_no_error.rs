include!("../domain.rs");

pub struct Problem;

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = AccountId, error = Problem,
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

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, Problem> {
        Ok(Opened { owner: cmd.owner })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Problem> {
        Ok(Deposited { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Closed, Problem> {
        Ok(Closed)
    }
}

fn main() {}
