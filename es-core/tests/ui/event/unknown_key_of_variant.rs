use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(colour = "red")]
    Closed,
}

fn main() {}
