include!("../domain.rs");
include!("../transactions.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn deposited(&self, _: &Deposited, tx: &mut Tx<'_>) {
        tx.0.clear();
    }

    #[init]
    fn create(_: &mut Tx<'_>, _: &Metadata) {}
}

fn main() {}
