include!("../domain.rs");

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
    closed: bool,
}

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, Refused> {
        Ok(Opened { owner: cmd.owner })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Closed, Refused> {
        Ok(Closed)
    }

    #[apply]
    fn closed(&mut self, _: Closed) {
        self.closed = true;
    }
}

fn main() {}
