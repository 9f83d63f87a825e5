include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus")]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened) -> Deposit { Deposit { amount: 10 } }
}

fn main() {}
