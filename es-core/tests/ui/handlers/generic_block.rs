include!("../domain.rs");

pub struct Account<T>(T);

#[handlers]
impl<T> Account<T> {
    fn open(cmd: Open) -> Result<Opened, Refused> {
        Ok(Opened { owner: cmd.owner })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Closed, Refused> {
        Ok(Closed)
    }
}

fn main() {}
