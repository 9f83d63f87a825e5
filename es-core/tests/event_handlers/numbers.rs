//! What the `metrics` facade is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use es_core::MemoryStore;
use es_core::prelude::*;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::account::*;

/// Keeps counters and gauges by name and labels.
#[derive(Default)]
struct Numbers(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

static NUMBERS: LazyLock<Numbers> = LazyLock::new(Numbers::default);

impl Numbers {
    fn of(&self, name: &str) -> Arc<AtomicU64> {
        Arc::clone(self.0.lock().unwrap().entry(name.to_owned()).or_default())
    }
}

fn told(key: &Key) -> String {
    let labels: Vec<_> = key
        .labels()
        .map(|label| format!("{}={}", label.key(), label.value()))
        .collect();
    format!("{} {}", key.name(), labels.join(" "))
}

struct ToNumbers;

impl Recorder for ToNumbers {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(NUMBERS.of(&told(key)))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(NUMBERS.of(&told(key)))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[derive(Default)]
struct Counted(u64);

#[projection(name = "counted")]
impl Counted {
    #[on]
    fn deposited(&mut self, e: &Deposited) -> Result<(), &'static str> {
        if e.amount == 0 {
            return Err("nothing");
        }
        self.0 += 1;
        Ok(())
    }
}

#[tokio::test]
async fn handlers_and_commands_are_counted() {
    metrics::set_global_recorder(ToNumbers).ok().unwrap();
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .projection(Counted::default())
        .start()
        .await
        .unwrap();
    let refused = NUMBERS.of("es_commands_total aggregate=account command=close outcome=refused");
    let before = refused.load(Ordering::SeqCst);
    for id in ["counted-1", "counted-2"] {
        app.send(
            id,
            Open {
                owner: "Ada".into(),
            },
        )
        .await
        .unwrap();
    }
    app.send("counted-9", Close).await.unwrap_err();
    app.send("counted-1", Deposit { amount: 5 }).await.unwrap();
    app.send("counted-2", Deposit { amount: 0 }).await.unwrap();
    let last = app.send("counted-1", Deposit { amount: 5 }).await.unwrap();
    app.caught_up("counted", last.position).await.unwrap();

    let of = |name: &str| NUMBERS.of(name).load(Ordering::SeqCst);
    assert_eq!(of("es_handled_events_total handler=counted"), 3);
    assert_eq!(of("es_failed_events_total handler=counted"), 1);
    let gauge = |name: &str| f64::from_bits(of(name));
    assert_eq!(gauge("es_parked_streams handler=counted"), 1.0);
    assert_eq!(gauge("es_handler_lag_events handler=counted"), 0.0);
    assert!(refused.load(Ordering::SeqCst) > before);
    assert!(of("es_commands_total aggregate=account command=deposit outcome=done") >= 3);
}
