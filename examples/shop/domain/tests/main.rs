//! The domain, given, when, then.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod scenarios {
    mod aggregates;
    mod order;
    mod policies;
    mod schemas;
}
mod values;
