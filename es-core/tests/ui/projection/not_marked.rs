include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }

    fn reset(&mut self) {
        self.0 = 0;
    }
}

fn main() {}
