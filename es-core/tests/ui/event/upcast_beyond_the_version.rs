use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[upcast(1 => 2, rename(holder => owner))]
    Opened { owner: String, limit: u64 },
}

fn main() {}
