include!("../domain.rs");
include!("../transactions.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&self, _: &Opened, tx: &mut Tx) { tx.0.clear() }
}

fn main() {}
