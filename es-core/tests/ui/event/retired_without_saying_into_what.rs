use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.topped_up", retired)]
pub struct ToppedUp {
    amount: u64,
}

fn main() {}
