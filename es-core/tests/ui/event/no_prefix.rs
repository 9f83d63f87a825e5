use es_core::prelude::*;

#[derive(Event)]
pub enum AccountEvent {
    Opened { owner: String },
    Closed,
}

fn main() {}
