//! Many tasks, one aggregate: everything acknowledged is there, once.

use es_core::prelude::*;
use es_core::*;
use tokio::task::JoinSet;

use crate::account::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_on_one_account() {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let app = app.clone();
        tasks.spawn(async move {
            let mut acknowledged = Vec::new();
            for _ in 0..50 {
                if let Ok(receipt) = app.send("a", Deposit { amount: 1 }).await {
                    acknowledged.push(receipt.version.0);
                }
            }
            acknowledged
        });
    }
    let mut acknowledged: Vec<u64> = tasks.join_all().await.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    let versions: Vec<u64> = (2..=acknowledged.len() as u64 + 1).collect();
    assert_eq!(
        acknowledged, versions,
        "one version an acknowledgement, without gaps"
    );
    let history = app.history::<Account>("a").await.unwrap();
    assert_eq!(history.len(), acknowledged.len() + 1);
    assert_eq!(
        app.load::<Account>("a").await.unwrap().balance,
        acknowledged.len() as u64
    );
    assert_eq!(acknowledged.len(), 64 * 50, "retries were enough for all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_by_many_is_done_once() {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let request = app.send("a", Deposit { amount: 1 }).idempotency_key("once");
        tasks.spawn(request.into_future());
    }
    let receipts: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(receipts.iter().all(|receipt| *receipt == receipts[0]));
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 1);
}
