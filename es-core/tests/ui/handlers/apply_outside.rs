include!("../domain.rs");
include!("../aggregate.rs");
include!("../handlers.rs");

impl Account {
    #[apply]
    fn closed(&mut self, _: &Closed) {}
}

fn main() {}
