use es_core::prelude::*;

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(alias = "acct.closed")]
    Closed,
}

fn main() {}
