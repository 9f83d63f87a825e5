use es_core::prelude::*;

#[derive(AggregateId, Clone, PartialEq)]
pub struct AccountId<T>(T);

fn main() {}
