use es_core::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Place {
    city: String,
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
#[serde(deny_unknown_fields)]
pub enum AccountEvent {
    #[event(version = 2)]
    #[upcast(1 => 2, rename(holder => owner))]
    Opened {
        owner: String,
        #[serde(default, flatten)]
        place: Option<Place>,
    },
}

fn main() {}
