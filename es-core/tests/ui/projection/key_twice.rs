include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances", name = "totals")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }
}

fn main() {}
