use es_core::prelude::*;

#[derive(Clone, Deserialize)]
pub struct Freeze {
    reason: String,
}

#[derive(Command, Clone)]
pub enum AccountCommand {
    Freeze(Freeze),
    Close,
}

fn main() {}
