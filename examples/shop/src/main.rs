//! Starts the shop, or puts one under load.
fn main() {}
