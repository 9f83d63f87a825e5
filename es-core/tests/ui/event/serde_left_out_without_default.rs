use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    
    Opened { #[serde(skip_serializing_if = "String::is_empty")] owner: String },
}

fn main() {}
