//! Policies: what follows from what.

use std::sync::Arc;

use es_core::{HandlerError, prelude::*};
use es_testkit::prelude::*;
use shop_domain::cart::{Cart, CheckedOut};
use shop_domain::gateway::{Gateway, InProcessGateway};
use shop_domain::order::{self, *};
use shop_domain::payment::{Decline, Declined, Payment, Refund, Take, Taken};
use shop_domain::policies::*;
use shop_domain::shipment::{Dispatched, Request};
use shop_domain::stock::{Pick, Release, Reserve, Reserved, StockError};

use crate::values::{address, lines};

fn order() -> OrderId {
    "o-1".into()
}

fn gateway() -> Gateway {
    Arc::new(InProcessGateway::default())
}

fn placed() -> Placed {
    Placed {
        customer: "ada".into(),
        lines: lines(),
        cents: 7000,
        address: address(),
        payment_method: "card-4242".into(),
    }
}

fn reserve(pieces: u32) -> Reserve {
    Reserve {
        order: order(),
        pieces,
    }
}

fn out_of_stock(sku: &str) -> To<Cancel> {
    let reason = CancelReason::OutOfStock { sku: sku.into() };
    Cancel { reason }.to("o-1")
}

fn stock_reserved(payment_method: &str) -> StockReserved {
    StockReserved {
        cents: 7000,
        payment_method: payment_method.into(),
    }
}

#[test]
fn a_checked_out_cart_becomes_an_order() {
    let checked_out = CheckedOut {
        order: order(),
        customer: "ada".into(),
        lines: lines(),
        address: address(),
        payment_method: "card-4242".into(),
    };
    let place = Place {
        customer: "ada".into(),
        lines: lines(),
        address: address(),
        payment_method: "card-4242".into(),
    };
    policy(PlaceOrder)
        .when(stream::<Cart>("o-1", checked_out))
        .then(place.to("o-1"));
}

#[test]
fn every_line_of_a_new_order_is_reserved() {
    policy(ReserveStock)
        .when(stream("o-1", placed()))
        .then((reserve(2).to("mug"), reserve(1).to("pot")));
}

#[test]
fn an_order_that_cannot_be_reserved_is_cancelled() {
    policy(ReserveStock)
        .when(stream("o-1", placed()))
        .refused_with(StockError::NotEnough { available: 0 })
        .then((out_of_stock("mug"), out_of_stock("pot")));
    policy(ReserveStock)
        .when(stream("o-1", placed()))
        .refused_as_not_found()
        .then((out_of_stock("mug"), out_of_stock("pot")));
}

#[test]
fn an_order_hears_of_its_reservations() {
    let (order, pieces) = (order(), 2);
    policy(ConfirmReservations)
        .when(stream("mug", Reserved { order, pieces }))
        .then(ConfirmReservation { sku: "mug".into() }.to("o-1"));
}

#[test]
fn what_is_reserved_for_nothing_is_released() {
    let release = || Release { order: order() };
    policy(ReleaseStock)
        .when(stream(
            "o-1",
            Cancelled {
                reason: CancelReason::ByCustomer,
                reserved: vec!["mug".into(), "pot".into()],
            },
        ))
        .then((release().to("mug"), release().to("pot")));
    policy(ReleaseStock)
        .when(stream("o-1", ReservationLapsed { sku: "pot".into() }))
        .then(release().to("pot"));
}

#[test]
fn what_is_reserved_is_paid() {
    policy_with(TakePayment, gateway())
        .when(stream("o-1", stock_reserved("card-4242")))
        .then(
            Take {
                order: order(),
                cents: 7000,
                reference: "charge-o-1".into(),
            }
            .to("o-1"),
        );
    policy_with(TakePayment, gateway())
        .when(stream("o-1", stock_reserved("card-0002")))
        .then(
            Decline {
                order: order(),
                reason: "insufficient funds".into(),
            }
            .to("o-1"),
        );
    policy_with(TakePayment, gateway())
        .when(stream("o-1", stock_reserved("card-0119")))
        .then_error_matching(|error| matches!(error, HandlerError::Failed(_)));
}

#[test]
fn the_gateway_charges_a_payment_once() {
    let gateway = Arc::new(InProcessGateway::default());
    for _ in 0..2 {
        policy_with(TakePayment, gateway.clone() as Gateway)
            .when(stream("o-1", stock_reserved("card-4242")))
            .then(
                Take {
                    order: order(),
                    cents: 7000,
                    reference: "charge-o-1".into(),
                }
                .to("o-1"),
            );
    }
    assert_eq!(gateway.charges(), 1);
}

#[test]
fn an_order_hears_of_its_payment() {
    let taken = Taken {
        order: order(),
        cents: 7000,
        reference: "r".into(),
    };
    policy(ConfirmPayments)
        .when(stream::<Payment>("o-1", taken))
        .then(
            ConfirmPayment {
                payment: "o-1".into(),
            }
            .to("o-1"),
        );
    let reason = "insufficient funds".to_owned();
    let declined = Declined {
        order: order(),
        reason: reason.clone(),
    };
    let reason = CancelReason::PaymentDeclined { reason };
    policy(ConfirmPayments)
        .when(stream::<Payment>("o-1", declined))
        .then(Cancel { reason }.to("o-1"));
}

#[test]
fn what_was_paid_for_nothing_is_refunded() {
    let gateway = Arc::new(InProcessGateway::default());
    policy_with(RefundPayment, gateway.clone() as Gateway)
        .when(stream(
            "o-1",
            PaymentLapsed {
                payment: "o-1".into(),
            },
        ))
        .then(Refund.to("o-1"));
    assert_eq!(gateway.refunds(), 1);
}

#[test]
fn what_is_paid_is_shipped_and_then_picked() {
    let paid = order::Paid {
        payment: "o-1".into(),
        lines: lines(),
        address: address(),
    };
    let request = Request {
        order: order(),
        lines: lines(),
        address: address(),
    };
    policy(RequestShipment)
        .when(stream("o-1", paid))
        .then(request.to("o-1"));

    let dispatched = Dispatched {
        order: order(),
        lines: lines(),
        tracking: "P1".into(),
    };
    let pick = || Pick { order: order() };
    let shipped = MarkShipped {
        tracking: "P1".into(),
    };
    policy(CompleteOrder).when(stream("o-1", dispatched)).then((
        shipped.to("o-1"),
        pick().to("mug"),
        pick().to("pot"),
    ));
}
