include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus;

#[policy(from = start)]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened, id: &AccountId) -> es_core::To<Deposit> {
        Deposit { amount: 10 }.to(id)
    }
}

fn main() {}
