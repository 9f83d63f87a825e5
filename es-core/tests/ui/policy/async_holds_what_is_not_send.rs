include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

#[derive(Default)]
pub struct Bonus;

#[policy(name = "bonus")]
impl Bonus {
    #[on]
    async fn opened(&self, _: &Opened) {
        let count = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(count);
    }
}

fn main() {}
