include!("../domain.rs");

pub struct Bonus;

impl Bonus {
    #[refused]
    pub fn refused(&self) {}
}

fn main() {}
