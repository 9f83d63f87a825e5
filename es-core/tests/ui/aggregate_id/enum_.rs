use es_core::prelude::*;

#[derive(AggregateId, Clone, PartialEq)]
pub enum AccountId {
    Number(u64),
    Name(String),
}

fn main() {}
