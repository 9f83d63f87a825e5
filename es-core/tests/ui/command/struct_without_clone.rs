use es_core::prelude::*;

#[derive(Command, Deserialize)]
pub struct Freeze {
    reason: String,
}

fn main() {}
