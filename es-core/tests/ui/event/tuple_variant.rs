use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Opened(String, u64),
    Closed,
}

fn main() {}
