use es_core::prelude::*;

#[derive(Event)]
pub union Amount {
    cents: u64,
    francs: f64,
}

fn main() {}
