include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

pub struct Mailer;

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus", services = Mailer)]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened, _: &Mailer, _: &Mailer) {}
}

fn main() {}
