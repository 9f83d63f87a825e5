use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
#[upcast(1 => 2, rename(holder => owner))]
pub enum AccountEvent {
    
    Opened { owner: String },
}

fn main() {}
