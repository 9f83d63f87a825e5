include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus")]
impl PartialEq for Bonus {
    #[on]
    fn eq(&self, _: &Bonus) -> bool { true }
}

fn main() {}
