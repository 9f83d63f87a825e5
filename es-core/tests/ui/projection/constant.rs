include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    const ZERO: u64 = 0;

    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }
}

fn main() {}
