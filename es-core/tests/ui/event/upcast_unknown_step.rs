use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 2)]
    #[upcast(1 => 2, renam(holder => owner))]
    Opened { owner: String, limit: u64 },
}

fn main() {}
