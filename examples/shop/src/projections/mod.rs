//! The read models: each a durable projection into tables of its own.

mod best_sellers;
mod order_status;
mod revenue;
mod stock_level;

pub use best_sellers::BestSellers;
pub use order_status::OrderStatus;
pub use revenue::RevenuePerDay;
pub use stock_level::StockLevel;
