include!("../domain.rs");
include!("../aggregate.rs");

#[handlers]
impl Account {
    fn open(_: Open) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: 1 })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Closed, Refused> {
        Ok(Closed)
    }
}

fn main() {}
