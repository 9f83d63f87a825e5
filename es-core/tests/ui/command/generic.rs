use es_core::prelude::*;

#[derive(Command, Clone)]
pub enum AccountCommand<T> {
    Open { owner: T },
}

fn main() {}
