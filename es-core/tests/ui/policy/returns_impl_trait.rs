include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus")]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened) -> Vec<impl Clone> { vec![1] }
}

fn main() {}
