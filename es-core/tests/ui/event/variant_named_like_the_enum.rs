use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum Closed {
    Opened { owner: String },
    Closed,
}

fn main() {}
