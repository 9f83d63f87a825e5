use es_core::prelude::*;

#[derive(AggregateId, Clone, PartialEq)]
pub struct AccountId(f64);

fn main() {}
