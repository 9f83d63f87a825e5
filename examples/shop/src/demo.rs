//! A few articles to begin with.

use std::error::Error;

use shop_domain::product::List;
use shop_domain::stock::Receive;

use crate::service::Shop;

/// The articles: number, name, price in cents, pieces.
const ARTICLES: [(&str, &str, u32, u32); 5] = [
    ("mug", "Mug", 1_500, 1_000),
    ("pot", "Tea pot", 4_000, 500),
    ("tea", "Tea, 100 g", 900, 5_000),
    ("spoon", "Tea spoon", 350, 2_000),
    ("kettle", "Kettle", 8_900, 100),
];

/// Lists some articles and takes them into stock, unless that was done before.
///
/// # Errors
/// What went wrong in the store.
pub async fn seed(shop: &Shop) -> Result<(), Box<dyn Error>> {
    for (sku, name, unit_cents, pieces) in ARTICLES {
        let name = name.to_owned();
        shop.app
            .send(sku, List { name, unit_cents })
            .actor("demo")
            .idempotency_key("demo")
            .await?;
        shop.app
            .send(sku, Receive { pieces })
            .actor("demo")
            .idempotency_key("demo")
            .await?;
    }
    Ok(())
}
