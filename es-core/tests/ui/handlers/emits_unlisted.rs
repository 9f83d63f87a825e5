include!("../domain.rs");
include!("../aggregate.rs");

#[derive(Event)]
#[event(prefix = "card")]
pub enum CardEvent {
    Blocked,
}

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, Refused> {
        Ok(Opened { owner: cmd.owner })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, Refused> {
        Ok(Deposited { amount: cmd.amount })
    }

    #[emits(Closed, Blocked)]
    fn close(&self, _: Close) -> Result<AccountEvent, Refused> {
        Ok(Closed.into())
    }
}

fn main() {}
