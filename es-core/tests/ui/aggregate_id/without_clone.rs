use es_core::prelude::*;

#[derive(AggregateId, PartialEq)]
pub struct AccountId(String);

fn main() {}
