//! The load generator: clients that place whole orders, from the cart to the checkout.

mod client;
mod figures;

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hyper::Method;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

pub use client::{Answer, Client, ClientError};
pub use figures::Figures;

/// How many articles the orders are of.
const ARTICLES: u64 = 10;

/// How much load, and for how long.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where the service listens: `http://127.0.0.1:3000`.
    pub url: String,
    /// For how long.
    pub time: Duration,
    /// How many clients at once; each places one order after the other.
    pub clients: u32,
}

impl Load {
    /// Puts the service under load, and tells on `out` how it did.
    ///
    /// # Errors
    /// The service cannot be reached, or answered a request with an error.
    pub async fn run(&self, out: &mut impl Write) -> Result<Figures, Box<dyn Error>> {
        let run = Uuid::new_v4().simple().to_string();
        self.stock_up(&run).await.map_err(plain)?;
        let placed = Arc::new(AtomicU64::new(0));
        let begin = Instant::now();
        let mut clients = JoinSet::new();
        for number in 0..self.clients.max(1) {
            let (url, placed) = (self.url.clone(), Arc::clone(&placed));
            let (run, end) = (format!("{run}-{number}"), begin + self.time);
            clients.spawn(async move { place_orders(&url, &run, end, &placed).await });
        }
        let (bar, moving) = self.show(begin, &placed);
        let mut figures = Figures::new()?;
        while let Some(done) = clients.join_next().await {
            figures.add(&done?.map_err(plain)?)?;
        }
        figures.took = begin.elapsed();
        moving.abort();
        bar.finish_and_clear();
        figures.followed_through = self.followed_through().await.map_err(plain)?;
        figures.write(out, self.clients)?;
        Ok(figures)
    }

    /// Lists the articles, and takes more pieces in than can be ordered.
    async fn stock_up(&self, run: &str) -> Result<(), ClientError> {
        let mut client = Client::connect(&self.url).await?;
        for article in 0..ARTICLES {
            let product = format!("/products/load-{article}");
            let listed = json!({"name": "An article", "unit_cents": 100 + article});
            let headers = [("idempotency-key", "load")];
            let answer = client
                .send(Method::PUT, &product, &headers, Some(&listed))
                .await?;
            succeeded(&answer)?;
            let stock = format!("/stock/load-{article}/deliveries");
            let headers = [("idempotency-key", run)];
            let delivery = json!({"pieces": 100_000_000});
            let answer = client
                .send(Method::POST, &stock, &headers, Some(&delivery))
                .await?;
            succeeded(&answer)?;
        }
        Ok(())
    }

    /// A progress bar that moves with the time.
    fn show(&self, begin: Instant, placed: &Arc<AtomicU64>) -> (ProgressBar, JoinHandle<()>) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let bar = ProgressBar::new(millis(self.time));
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
            bar.set_style(style);
        }
        let (placed, moved) = (Arc::clone(placed), bar.clone());
        let moving = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(100)).await;
                moved.set_position(millis(begin.elapsed()));
                moved.set_message(format!("{} orders", placed.load(Ordering::Relaxed)));
            }
        });
        (bar, moving)
    }

    /// How long it takes the policies and projections to handle what is left.
    async fn followed_through(&self) -> Result<Duration, ClientError> {
        let begin = Instant::now();
        let mut client = Client::connect(&self.url).await?;
        loop {
            let answer = client.send(Method::GET, "/handlers", &[], None).await?;
            succeeded(&answer)?;
            let handlers = answer.body.as_array().map_or(&[][..], Vec::as_slice);
            let is_behind = |handler: &Value| handler["lag_events"].as_u64() != Some(0);
            if !handlers.iter().any(is_behind) {
                return Ok(begin.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn plain(error: ClientError) -> Box<dyn Error> {
    error
}

fn succeeded(answer: &Answer) -> Result<(), ClientError> {
    if answer.is_success() {
        return Ok(());
    }
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    Err(format!("the service answered {}: {detail}", answer.status).into())
}

/// Places one order after the other until the time is over.
async fn place_orders(
    url: &str,
    run: &str,
    end: Instant,
    placed: &AtomicU64,
) -> Result<Figures, ClientError> {
    let mut client = Client::connect(url).await?;
    let mut figures = Figures::new()?;
    let mut number = 0;
    while Instant::now() < end {
        let begin = Instant::now();
        for (method, path, body) in requests(&format!("{run}-{number}"), number) {
            let begin = Instant::now();
            let headers = [("idempotency-key", path.as_str())];
            let answer = client.send(method, &path, &headers, Some(&body)).await?;
            figures.request(begin.elapsed());
            succeeded(&answer)?;
        }
        figures.order(begin.elapsed());
        placed.fetch_add(1, Ordering::Relaxed);
        number += 1;
    }
    Ok(figures)
}

/// The requests of one order: a cart, two articles, the checkout.
pub fn requests(cart: &str, number: u64) -> [(Method, String, Value); 4] {
    let item = |sku: u64, pieces: u64| {
        let sku = format!("load-{}", sku % ARTICLES);
        json!({"sku": sku, "pieces": pieces})
    };
    let items = format!("/carts/{cart}/items");
    [
        (
            Method::PUT,
            format!("/carts/{cart}"),
            json!({"customer": "load"}),
        ),
        (Method::POST, items.clone(), item(number, 1 + number % 3)),
        // The same key again would be the same request.
        (
            Method::POST,
            format!("{items}?second"),
            item(number + 1 + number % 4, 1),
        ),
        (
            Method::POST,
            format!("/carts/{cart}/checkout"),
            json!({
                "address": {"name": "Ada", "street": "12 St James's Square", "city": "London"},
                "payment_method": "card-4242",
            }),
        ),
    ]
}
