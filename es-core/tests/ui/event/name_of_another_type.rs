use es_core::prelude::*;

pub struct Closed;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Opened { owner: String },
    Closed,
}

fn main() {}
