use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Frozen {
    reason: String,
}

fn main() {}
