use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = account)]
pub enum AccountEvent {
    Closed,
}

fn main() {}
