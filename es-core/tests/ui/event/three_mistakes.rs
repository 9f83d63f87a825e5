use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account", drive(Eq))]
pub enum AccountEvent {
    #[event(nam = "account.opened")]
    Opened { owner: String },
    Deposited(u64, u64),
    #[event(version = 0)]
    Closed,
}

fn main() {}
