//! What leads from one aggregate to another: each policy reacts to events with commands.

use es_core::RefusedCommand;
use es_core::prelude::*;

use crate::cart::CheckedOut;
use crate::gateway::{Charge, Gateway, GatewayError};
use crate::order::{
    Cancel, CancelReason, Cancelled, ConfirmPayment, ConfirmReservation, MarkShipped, OrderId,
    Paid, PaymentLapsed, Place, Placed, ReservationLapsed, StockReserved,
};
use crate::payment::{Decline, Declined, PaymentId, Refund, Take, Taken};
use crate::shipment::{Dispatched, Request, ShipmentId};
use crate::stock::{Pick, Release, Reserve, Reserved};
use crate::values::Sku;

/// A cart that is checked out becomes an order.
#[derive(Default)]
pub struct PlaceOrder;

#[policy(name = "place_order")]
impl PlaceOrder {
    #[on]
    fn checked_out(&self, e: &CheckedOut) -> To<Place> {
        Place {
            customer: e.customer.clone(),
            lines: e.lines.clone(),
            address: e.address.clone(),
            payment_method: e.payment_method.clone(),
        }
        .to(&e.order)
    }
}

/// The lines of a new order are reserved in stock. If one is not available the order is cancelled.
#[derive(Default)]
pub struct ReserveStock;

#[policy(name = "reserve_stock", concurrency = 32)]
impl ReserveStock {
    #[on]
    fn placed(&self, e: &Placed, order: &OrderId) -> Vec<To<Reserve>> {
        let reserve = |line: &crate::values::Line| {
            let (order, pieces) = (order.clone(), line.pieces);
            Reserve { order, pieces }.to(&line.sku)
        };
        e.lines.iter().map(reserve).collect()
    }

    /// Too few pieces, or none ever: both are out of stock.
    #[refused]
    fn out_of_stock(&self, refusal: &RefusedCommand, order: &OrderId) -> To<Cancel> {
        let sku = Sku::from(refusal.target().id());
        let reason = CancelReason::OutOfStock { sku };
        Cancel { reason }.to(order)
    }
}

/// An order hears of what is reserved for it.
#[derive(Default)]
pub struct ConfirmReservations;

#[policy(name = "confirm_reservations")]
impl ConfirmReservations {
    #[on]
    fn reserved(&self, e: &Reserved, sku: &Sku) -> To<ConfirmReservation> {
        ConfirmReservation { sku: sku.clone() }.to(&e.order)
    }
}

/// What is reserved for an order that is cancelled is released.
#[derive(Default)]
pub struct ReleaseStock;

#[policy(name = "release_stock")]
impl ReleaseStock {
    #[on]
    fn cancelled(&self, e: &Cancelled, order: &OrderId) -> Vec<To<Release>> {
        let order = || order.clone();
        let release = |sku| Release { order: order() }.to(sku);
        e.reserved.iter().map(release).collect()
    }

    #[on]
    fn reservation_lapsed(&self, e: &ReservationLapsed, order: &OrderId) -> To<Release> {
        let order = order.clone();
        Release { order }.to(&e.sku)
    }
}

/// An order that is reserved in full is paid. While the gateway does not answer it is tried again,
/// and then parked.
#[derive(Default)]
pub struct TakePayment;

#[policy(name = "take_payment", services = Gateway)]
impl TakePayment {
    #[on]
    async fn stock_reserved(
        &self,
        e: &StockReserved,
        order: &OrderId,
        gateway: &Gateway,
    ) -> Result<(Option<To<Take>>, Option<To<Decline>>), GatewayError> {
        let payment = PaymentId::of(order);
        let key = payment.to_string();
        let order = order.clone();
        match gateway.charge(&key, e.cents, &e.payment_method).await? {
            Charge::Approved { reference } => {
                let cents = e.cents;
                let take = Take {
                    order,
                    cents,
                    reference,
                };
                Ok((Some(take.to(payment)), None))
            }
            Charge::Declined { reason } => Ok((None, Some(Decline { order, reason }.to(payment)))),
        }
    }
}

/// An order hears of its payment: it is paid, or cancelled.
#[derive(Default)]
pub struct ConfirmPayments;

#[policy(name = "confirm_payments")]
impl ConfirmPayments {
    #[on]
    fn taken(&self, e: &Taken, payment: &PaymentId) -> To<ConfirmPayment> {
        let payment = payment.clone();
        ConfirmPayment { payment }.to(&e.order)
    }

    #[on]
    fn declined(&self, e: &Declined) -> To<Cancel> {
        let reason = CancelReason::PaymentDeclined {
            reason: e.reason.clone(),
        };
        Cancel { reason }.to(&e.order)
    }
}

/// What was paid for an order after it was cancelled is given back.
#[derive(Default)]
pub struct RefundPayment;

#[policy(name = "refund_payment", services = Gateway)]
impl RefundPayment {
    #[on]
    async fn payment_lapsed(
        &self,
        e: &PaymentLapsed,
        gateway: &Gateway,
    ) -> Result<To<Refund>, GatewayError> {
        gateway.refund(&e.payment.to_string()).await?;
        Ok(Refund.to(&e.payment))
    }
}

/// What is paid is to be shipped.
#[derive(Default)]
pub struct RequestShipment;

#[policy(name = "request_shipment")]
impl RequestShipment {
    #[on]
    fn paid(&self, e: &Paid, order: &OrderId) -> To<Request> {
        Request {
            order: order.clone(),
            lines: e.lines.clone(),
            address: e.address.clone(),
        }
        .to(ShipmentId::of(order))
    }
}

/// When a parcel left, its pieces are no longer in stock, and its order is on its way.
#[derive(Default)]
pub struct CompleteOrder;

#[policy(name = "complete_order")]
impl CompleteOrder {
    #[on]
    fn dispatched(&self, e: &Dispatched) -> (To<MarkShipped>, Vec<To<Pick>>) {
        let tracking = e.tracking.clone();
        let pick = |line: &crate::values::Line| {
            let order = e.order.clone();
            Pick { order }.to(&line.sku)
        };
        let picks = e.lines.iter().map(pick).collect();
        (MarkShipped { tracking }.to(&e.order), picks)
    }
}
