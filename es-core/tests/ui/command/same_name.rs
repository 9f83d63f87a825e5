use es_core::prelude::*;

#[derive(Command, Clone)]
pub enum AccountCommand {
    #[command(name = "account.shut")]
    Close,
    #[command(name = "account.shut")]
    Shut,
}

fn main() {}
