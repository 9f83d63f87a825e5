use es_core::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub struct Old {
    name: String,
}

fn up(old: Old) -> String {
    old.name
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 2)]
    #[upcast(1 => 2, with = up, from = Old)]
    Opened { owner: String, limit: u64 },
}

fn main() {}
