use es_core::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct Money(u64);

#[derive(Event)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Deposited { amount: Money },
}

fn main() {}
