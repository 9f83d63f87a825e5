//! The load generator, over a shop of its own.

use std::time::Duration;

use shop::load::Load;

use crate::running::Running;

#[tokio::test]
async fn whole_orders_are_placed_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("shop.db"), &[]);
    let load = Load {
        url: running.url.clone(),
        time: Duration::from_millis(300),
        clients: 3,
    };
    for _ in 0..2 {
        let mut out = Vec::new();
        let figures = load.run(&mut out).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(figures.placed() >= 3, "{out}");
        for word in [
            "orders by 3 clients in ",
            "p99 ms",
            "requests ",
            "to be shipped ",
        ] {
            assert!(out.contains(word), "{word}: {out}");
        }
    }
}
