use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
pub struct Frozen(String);

fn main() {}
