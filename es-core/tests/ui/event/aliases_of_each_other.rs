use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(name = "a", alias = "b")]
    Opened { owner: String },
    #[event(name = "b", alias = "a")]
    Closed,
}

fn main() {}
