include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances", version = 0)]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }
}

fn main() {}
