include!("../domain.rs");
include!("../aggregate.rs");

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, Refused> {
        Ok(Opened { owner: cmd.owner })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }
}

#[handlers]
impl Account {
    fn close(&self, _: Close) -> Result<Closed, Refused> {
        Ok(Closed)
    }
}

fn main() {}
