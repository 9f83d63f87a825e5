//! Waiting for news.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use es_core::Position;

use super::Fresh;
use super::sample::{anywhere, events, record, stream};

/// Who is behind is told so without waiting.
pub async fn old_news_is_answered_at_once(fresh: Fresh) {
    let store = &*fresh.store();
    let first = record(store, anywhere(&stream("news"), events(1))).await;
    assert_eq!(
        store.wait_for_news(Position::START).await.unwrap(),
        first.position
    );
    let last = record(store, anywhere(&stream("news"), events(3))).await;
    for behind in [
        Position::START,
        first.position,
        Position(last.position.0 - 1),
    ] {
        assert_eq!(store.wait_for_news(behind).await.unwrap(), last.position);
    }
}

/// Everyone who waits is woken by an append; nobody before it.
pub async fn news_wakes_everyone_who_waits(fresh: Fresh) {
    let store = fresh.store();
    for round in 0..20 {
        let last = store.last_position().await.unwrap();
        let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (store, began) = (store.clone(), began.clone());
                tokio::spawn(async move {
                    let mut news = pin!(store.wait_for_news(last));
                    // Polled once, it must wait.
                    poll_fn(|context| {
                        assert!(news.as_mut().poll(context).is_pending(), "there is no news");
                        Poll::Ready(())
                    })
                    .await;
                    began.send(()).unwrap();
                    news.await.unwrap()
                })
            })
            .collect();
        // In odd rounds some are still on their way.
        for _ in 0..(if round % 2 == 0 { 8 } else { 4 }) {
            begun.recv().await.unwrap();
        }
        if round % 2 == 1 {
            for _ in 0..4 {
                begun.recv().await.unwrap();
            }
        }
        let receipt = record(&*store, anywhere(&stream(round), events(2))).await;
        for waiter in waiting {
            assert_eq!(waiter.await.unwrap(), receipt.position);
        }
    }
}
