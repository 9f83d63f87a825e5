include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub struct Mailer;

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus")]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened, _: &Mailer) {}
}

fn main() {}
