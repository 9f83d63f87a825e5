//! `kill -9` under load: nothing that was answered is lost, nothing is done twice.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::EventStore;
use hyper::Method;
use serde_json::{Value, json};
use shop::load::{Client, ClientError};
use shop::service::Shop;
use shop_domain::product::List;
use shop_domain::stock::Receive;
use tokio::task::JoinSet;

use crate::api::checkout;
use crate::replay::{Effects, Replay};
use crate::running::Running;

const LEASE: Duration = Duration::from_millis(100);

/// Articles of which there are plenty, and one of which there are few.
async fn stock_up(database: &Path) {
    let shop = Shop::open(database, LEASE).await.unwrap();
    for (sku, pieces) in [("a", 1_000_000), ("b", 1_000_000), ("few", 20)] {
        let (name, unit_cents) = (sku.to_owned(), 250);
        shop.app.send(sku, List { name, unit_cents }).await.unwrap();
        shop.app.send(sku, Receive { pieces }).await.unwrap();
    }
    shop.close().await.unwrap();
}

/// Places orders and sends their shipments until the service is gone; notes each order whose
/// checkout was answered.
async fn use_it(url: String, client: String, answered: Arc<Mutex<Vec<String>>>) {
    let mut number = 0_u32;
    let work = async {
        let mut to_it = Client::connect(&url).await?;
        loop {
            number += 1;
            let cart = format!("{client}-{number}");
            place(&mut to_it, &cart, number).await?;
            answered.lock().unwrap().push(cart);
            // It may not be there yet, or never will be.
            let path = format!("/shipments/{client}-{}/dispatch", number.saturating_sub(2));
            let tracking = json!({"tracking": "P1"});
            to_it
                .send(Method::POST, &path, &[], Some(&tracking))
                .await?;
        }
    };
    // It ends when the service does.
    let _: Result<(), ClientError> = work.await;
}

async fn place(client: &mut Client, cart: &str, number: u32) -> Result<(), ClientError> {
    let mut send = async |method, path: String, body: Value| {
        let answer = client.send(method, &path, &[], Some(&body)).await?;
        assert!(answer.is_success(), "{path}: {answer:?}");
        Ok::<_, ClientError>(())
    };
    let customer = json!({"customer": "ada"});
    send(Method::PUT, format!("/carts/{cart}"), customer).await?;
    let second = if number.is_multiple_of(3) { "few" } else { "b" };
    for sku in ["a", second] {
        let item = json!({"sku": sku, "pieces": 1});
        send(Method::POST, format!("/carts/{cart}/items"), item).await?;
    }
    let method = if number.is_multiple_of(5) {
        "card-0002"
    } else {
        "card-4242"
    };
    send(
        Method::POST,
        format!("/carts/{cart}/checkout"),
        checkout(method),
    )
    .await
}

fn runs() -> u64 {
    std::env::var("ES_KILL_RUNS").map_or(10, |runs| runs.parse().unwrap())
}

/// What is so when nothing is left to do; and whether something was.
async fn check(database: &Path, answered: &[String]) -> (Effects, bool) {
    let shop = Shop::open(database, LEASE).await.unwrap();
    let before = shop.store.last_position().await.unwrap();
    shop.settled().await.unwrap();
    let left_to_do = shop.store.last_position().await.unwrap() > before;
    assert_eq!(shop.app.parked().await.unwrap(), []);
    let replay = Replay::of(&shop).await;
    replay.assert_read_models(&shop).await;
    let effects = replay.assert_effects();
    for order in answered {
        assert!(replay.has(order), "{order} was answered and is gone");
    }
    shop.close().await.unwrap();
    (effects, left_to_do)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_goes_on_as_if_nothing_had_been() {
    let mut left_to_do = 0;
    let mut totals = Effects::default();
    for run in 0..runs() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        stock_up(&database).await;
        let answered = Arc::new(Mutex::new(Vec::new()));
        for kill in 0..3 {
            let running = Running::start(&database, &["--lease-ms", "100"]);
            let mut clients = JoinSet::new();
            for client in 0..4 {
                let client = format!("{kill}-{client}");
                clients.spawn(use_it(running.url.clone(), client, Arc::clone(&answered)));
            }
            // Moments all over the work; which one is met does not matter.
            tokio::time::sleep(Duration::from_millis(100 + (run * 37 + kill * 61) % 300)).await;
            running.kill();
            while let Some(client) = clients.join_next().await {
                client.unwrap();
            }
        }
        let answered = answered.lock().unwrap().clone();
        let (effects, left) = check(&database, &answered).await;
        left_to_do += u32::from(left);
        totals.add(effects);
    }
    println!(
        "{} runs, {left_to_do} with something left to do: {totals:?}",
        runs()
    );
    assert!(left_to_do > 0 && totals.cancelled > 0 && totals.shipped > 0);
}

/// Two processes on one file share the work. When one dies, the other does the rest of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_one_of_two_is_killed_the_other_goes_on() {
    let mut totals = Effects::default();
    for run in 0..runs().div_ceil(4) {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("shop.db");
        stock_up(&database).await;
        let answered = Arc::new(Mutex::new(Vec::new()));
        let mut clients = JoinSet::new();
        let [one, other] = ["one", "other"].map(|name| {
            let running = Running::start(&database, &["--lease-ms", "100"]);
            for client in 0..2 {
                let client = format!("{name}-{client}");
                clients.spawn(use_it(running.url.clone(), client, Arc::clone(&answered)));
            }
            running
        });
        tokio::time::sleep(Duration::from_millis(150 + run * 53 % 300)).await;
        // The one that started first runs the handlers.
        one.kill();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut client = Client::connect(&other.url).await.unwrap();
        until_it_runs_all(&mut client).await;
        other.kill();
        while let Some(client) = clients.join_next().await {
            client.unwrap();
        }
        let answered = answered.lock().unwrap().clone();
        let (effects, _) = check(&database, &answered).await;
        totals.add(effects);
    }
    println!("{totals:?}");
    assert!(totals.cancelled > 0 && totals.shipped > 0);
}

/// Waits until this process runs every handler.
async fn until_it_runs_all(client: &mut Client) {
    loop {
        let answer = client
            .send(Method::GET, "/handlers", &[], None)
            .await
            .unwrap();
        let handlers = answer.body.as_array().unwrap();
        if handlers
            .iter()
            .all(|handler| handler["stage"] != "elsewhere")
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
