use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 3)]
    #[upcast(2 => 3, rename(holder => owner))]
    Opened { owner: String, limit: u64 },
}

fn main() {}
