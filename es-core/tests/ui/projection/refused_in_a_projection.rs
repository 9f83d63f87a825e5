include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, _: &AccountId) {
        self.0 = 0;
    }

    #[refused]
    fn refused(&self, _: &es_core::RefusedCommand) {}
}

fn main() {}
