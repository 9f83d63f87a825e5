//! A shipment: it is requested when an order is paid, and dispatched by the warehouse.

use es_core::prelude::*;

use crate::order::OrderId;
use crate::values::{Address, Line};

/// All that can happen to a shipment.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "shipment")]
pub enum ShipmentEvent {
    /// The warehouse is to send an order.
    Requested {
        order: OrderId,
        lines: Vec<Line>,
        address: Address,
    },
    /// The parcel left.
    Dispatched {
        order: OrderId,
        lines: Vec<Line>,
        tracking: String,
    },
}

/// The number of a shipment: that of its order.
#[derive(AggregateId, Clone, Debug, PartialEq, Eq)]
pub struct ShipmentId(String);

impl ShipmentId {
    /// The shipment of an order.
    pub fn of(order: &OrderId) -> Self {
        Self(order.to_string())
    }
}

/// What may be asked of a shipment.
#[derive(Command, Clone, Debug)]
pub enum ShipmentCommand {
    /// Asks the warehouse for it.
    Request {
        order: OrderId,
        lines: Vec<Line>,
        address: Address,
    },
    /// Says that the parcel left.
    Dispatch { tracking: String },
}

/// Why a shipment refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum ShipmentError {
    /// A parcel has a number.
    #[error("the tracking number is missing")]
    NoTracking,
    /// It left under another number.
    #[error("the shipment left as {tracking}")]
    Left { tracking: String },
}

/// A shipment.
#[derive(Aggregate, Clone, Debug, PartialEq)]
#[aggregate(
    name = "shipment", id = ShipmentId, error = ShipmentError,
    commands = ShipmentCommand, events = ShipmentEvent, created_by(Requested),
)]
pub struct Shipment {
    /// What it is for.
    #[apply(Requested = order)]
    pub order: OrderId,
    /// What is in it.
    #[apply(Requested = lines)]
    pub lines: Vec<Line>,
    /// Where it goes.
    #[apply(Requested = address)]
    pub address: Address,
    /// The parcel's number, once it left.
    #[apply(Dispatched = Some(e.tracking.clone()))]
    pub tracking: Option<String>,
}

#[handlers]
impl Shipment {
    fn request(cmd: Request) -> Result<Requested, ShipmentError> {
        let Request {
            order,
            lines,
            address,
        } = cmd;
        Ok(Requested {
            order,
            lines,
            address,
        })
    }

    fn dispatch(&self, cmd: Dispatch) -> Result<Option<Dispatched>, ShipmentError> {
        let tracking = cmd.tracking;
        if tracking.trim().is_empty() {
            return Err(ShipmentError::NoTracking);
        }
        match &self.tracking {
            Some(left) if *left == tracking => Ok(None),
            Some(left) => Err(ShipmentError::Left {
                tracking: left.clone(),
            }),
            None => Ok(Some(Dispatched {
                order: self.order.clone(),
                lines: self.lines.clone(),
                tracking,
            })),
        }
    }
}
