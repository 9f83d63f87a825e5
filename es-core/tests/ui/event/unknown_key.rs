use es_core::prelude::*;

#[derive(Event)]
#[event(prefx = "account")]
pub enum AccountEvent {
    Opened { owner: String },
    Closed,
}

fn main() {}
