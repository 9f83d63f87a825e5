include!("../domain.rs");
include!("../aggregate.rs");

pub struct Money(u64);

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

    fn fee(&self, _: Money) -> Result<(), Refused> {
        Ok(())
    }
}

fn main() {}
