include!("../domain.rs");

type Begun = Opened;

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }

    #[on]
    fn begun(&mut self, _: &Begun) {}
}

fn main() {}
