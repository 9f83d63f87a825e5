use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account", prefix = "konto")]
pub enum AccountEvent {
    Closed,
}

fn main() {}
