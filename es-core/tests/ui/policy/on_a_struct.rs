include!("../domain.rs");

#[policy(name = "bonus")]
#[derive(Default)]
pub struct Bonus;

fn main() {}
