use es_core::prelude::*;

#[derive(Command)]
pub enum AccountCommand {
    Open { owner: String },
    Close,
}

fn main() {}
