use es_core::prelude::*;

#[derive(AggregateId, Clone, PartialEq)]
pub struct AccountId(u64, String);

fn main() {}
