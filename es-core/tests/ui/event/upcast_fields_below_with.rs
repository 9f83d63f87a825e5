use es_core::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub struct Old {
    name: String,
}

fn up(old: Old) -> Opened {
    Opened { owner: old.name, limit: 0 }
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    #[event(version = 3)]
    #[upcast(1 => 2, rename(n => name))]
    #[upcast(2 => 3, with = up, from = Old)]
    Opened { owner: String, limit: u64 },
}

fn main() {}
