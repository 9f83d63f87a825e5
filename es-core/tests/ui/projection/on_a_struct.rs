include!("../domain.rs");

#[projection(name = "balances")]
#[derive(Default)]
pub struct Balances(u64);

fn main() {}
