use es_core::prelude::*;

#[derive(Command, Clone)]
pub enum AccountCommand {
    Deposit(u64, String),
    Close,
}

fn main() {}
