use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[upcast(1 => 2, rename(holder => owner))]
    Opened { owner: String },
}

fn main() {}
