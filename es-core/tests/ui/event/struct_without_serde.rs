use es_core::prelude::*;

#[derive(Event)]
#[event(name = "account.frozen")]
pub struct Frozen {
    reason: String,
}

fn main() {}
