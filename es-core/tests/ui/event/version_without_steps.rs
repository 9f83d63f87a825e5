use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 2)]
    Opened { owner: String },
}

fn main() {}
