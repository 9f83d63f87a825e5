include!("../domain.rs");

#[handlers]
pub struct Account {
    owner: String,
}

fn main() {}
