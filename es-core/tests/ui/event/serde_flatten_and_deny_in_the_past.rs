use es_core::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Place {
    city: String,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 3)]
#[upcast(1 => 2, rename(holder => owner))]
#[upcast(2 => 3, remove(#[serde(flatten)] place: Place))]
#[serde(deny_unknown_fields)]
pub struct Opened {
    owner: String,
}

fn main() {}
