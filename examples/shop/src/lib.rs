//! An online shop on an event store: read models in SQL, an HTTP API, and a load generator.
//!
//! The domain is a crate of its own, [`shop_domain`], so that the build script can check its events
//! against their published schemas.

pub mod demo;
pub mod http;
pub mod load;
pub mod projections;
pub mod read_models;
pub mod serve;
pub mod service;
