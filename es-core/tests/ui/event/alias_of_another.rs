use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(alias = "account.closed")]
    Opened { owner: String },
    Closed,
}

fn main() {}
