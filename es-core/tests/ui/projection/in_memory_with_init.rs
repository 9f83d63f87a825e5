include!("../domain.rs");
include!("../transactions.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }

    #[init]
    fn create(_: &mut Tx<'_>) {}
}

fn main() {}
