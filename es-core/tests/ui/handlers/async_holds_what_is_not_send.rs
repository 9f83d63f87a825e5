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

    async fn close(&self, _: Close) -> Result<Closed, Refused> {
        let held = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(held);
        Ok(Closed)
    }
}

fn main() {}
