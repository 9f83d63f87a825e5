include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus<T>(T);

#[policy(name = "bonus")]
impl<T: Send + Sync + 'static> Bonus<T> {
    #[on]
    fn opened(&self, _: &Opened, id: &AccountId) -> es_core::To<Deposit> {
        Deposit { amount: 10 }.to(id)
    }
}

fn main() {}
