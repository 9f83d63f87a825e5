include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub struct Mailer;

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus", services = Mialer)]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened, id: &AccountId) -> es_core::To<Deposit> {
        Deposit { amount: 10 }.to(id)
    }
}

fn main() {}
