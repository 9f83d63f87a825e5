use es_core::prelude::*;

#[derive(Command, Clone)]
pub enum AccountCommand {
    #[command(nane = "account.shut")]
    Close,
}

fn main() {}
