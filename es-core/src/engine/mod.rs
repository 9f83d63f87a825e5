//! Runs event handlers: each on its own, from its own place, in order within a stream.
//!
//! ```text
//! EventStore --Feed--> Session (durable projections, policies) --> rows / commands, and the place
//!                      memory  (projections in memory)         --> a value
//! ```

mod feed;
mod kept;
mod leases;
mod memory;
mod parking;
mod policies;
mod routes;
mod running;
mod session;
mod start;
mod status;
mod taking_up;
pub(crate) mod telemetry;

pub(crate) use parking::{ATTEMPTS, Attempts, set_aside};
pub(crate) use routes::Routes;
pub(crate) use running::Running;
pub(crate) use start::{Engine, Plan};
pub use status::{HandlerStage, HandlerStatus, Lag};
