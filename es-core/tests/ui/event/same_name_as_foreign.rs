use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed")]
pub struct Shut {
    why: String,
}

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Closed,
    Shut(Shut),
}

fn main() {}
