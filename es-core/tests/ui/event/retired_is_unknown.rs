use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account", retired(ToppedUp))]
pub enum AccountEvent {
    Closed,
}

fn main() {}
