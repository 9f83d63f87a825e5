use es_core::prelude::*;

#[derive(Command, Clone)]
pub struct Freeze {
    reason: String,
}

fn main() {}
