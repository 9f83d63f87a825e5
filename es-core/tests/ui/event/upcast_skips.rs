use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 3)]
    #[upcast(1 => 3, rename(holder => owner))]
    #[upcast(2 => 3, add(limit: u64 = 0))]
    Opened { owner: String, limit: u64 },
}

fn main() {}
