include!("../domain.rs");
include!("../transactions.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&self, _: &Opened, _: &mut Tx<'_>, _: &mut Tx<'_>) {}
}

fn main() {}
