use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 0)]
    Closed,
}

fn main() {}
