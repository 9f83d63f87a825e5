use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
pub struct Frozen {
    reason: String,
}

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(name = "account.frozen")]
    Frozen(Frozen),
}

fn main() {}
