use es_core::prelude::*;

#[derive(Event)]
#[event]
pub enum AccountEvent {
    Closed,
}

fn main() {}
