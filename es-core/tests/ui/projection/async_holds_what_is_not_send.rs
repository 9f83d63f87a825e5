include!("../domain.rs");
include!("../transactions.rs");

#[derive(Default)]
pub struct Balances(u64);

#[projection(name = "balances")]
impl Balances {
    #[on]
    async fn opened(&self, _: &Opened, tx: &mut WaitingTx<'_>) {
        let count = std::rc::Rc::new(1);
        std::future::ready(()).await;
        tx.0.truncate(*count);
    }
}

fn main() {}
