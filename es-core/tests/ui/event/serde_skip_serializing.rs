use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    
    Opened { #[serde(skip_serializing)] owner: String },
}

fn main() {}
