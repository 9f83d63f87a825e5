use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
#[serde(tag = "type")]
pub enum AccountEvent {
    Closed,
}

fn main() {}
