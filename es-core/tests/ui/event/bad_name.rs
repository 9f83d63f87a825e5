use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(name = "account closed")]
    Closed,
}

fn main() {}
