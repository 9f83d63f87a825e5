include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Metadata, _: &Opened) {}
}

fn main() {}
