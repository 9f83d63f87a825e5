include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl PartialEq for Balances {
    #[on]
    fn eq(&self, _: &Balances) -> bool { true }
}

fn main() {}
