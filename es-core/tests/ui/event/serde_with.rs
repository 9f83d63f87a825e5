use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Opened {
        #[serde(with = "names")]
        owner: String,
    },
}

mod names {}

fn main() {}
