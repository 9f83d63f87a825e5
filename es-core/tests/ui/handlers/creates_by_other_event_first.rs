include!("../domain.rs");
include!("../aggregate.rs");

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<(Deposited, Opened), Refused> {
        Ok((Deposited { amount: 1 }, Opened { owner: cmd.owner }))
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Closed, Refused> {
        Ok(Closed)
    }
}

fn main() {}
