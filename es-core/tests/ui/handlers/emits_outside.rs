include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

impl Account {
    #[emits(Closed)]
    fn shut(&self, _: Close) -> Result<AccountEvent, Refused> {
        Ok(Closed.into())
    }
}

fn main() {}
