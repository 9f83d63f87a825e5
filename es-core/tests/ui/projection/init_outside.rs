include!("../domain.rs");

pub struct Balances;

impl Balances {
    #[init]
    pub fn create() {}
}

fn main() {}
