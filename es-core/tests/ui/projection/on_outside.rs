include!("../domain.rs");

pub struct Balances;

impl Balances {
    #[on]
    pub fn opened(&mut self, _: &Opened) {}
}

fn main() {}
