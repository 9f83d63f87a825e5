use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(retired(drop))]
    Opened { owner: String, limit: u64 },
}

fn main() {}
