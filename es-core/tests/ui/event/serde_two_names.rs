use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    
    Opened { #[serde(rename(serialize = "a", deserialize = "b"))] owner: String },
}

fn main() {}
