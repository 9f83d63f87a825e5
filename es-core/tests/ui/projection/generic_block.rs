include!("../domain.rs");

#[derive(Default)]
pub struct Balances<T>(T);

#[projection(name = "balances")]
impl<T: Send + Sync + 'static> Balances<T> {
    #[on]
    fn opened(&mut self, _: &Opened) {}
}

fn main() {}
