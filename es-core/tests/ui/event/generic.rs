use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent<T> {
    Opened { owner: T },
}

fn main() {}
