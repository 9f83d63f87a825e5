use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account", retired(ToppedUp))]
pub enum AccountEvent {
    Closed,
}

fn main() {}
