include!("../domain.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened<T>(&mut self, _: &Opened) {}
}

fn main() {}
