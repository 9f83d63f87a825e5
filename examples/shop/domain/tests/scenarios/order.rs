//! Orders: what they wait for, and what happens when things cross.

use es_testkit::prelude::*;
use shop_domain::order::*;

use crate::values::{address, lines};

fn placed() -> Placed {
    Placed {
        customer: "ada".into(),
        lines: lines(),
        cents: 7000,
        address: address(),
        payment_method: "card-4242".into(),
    }
}

fn reserved(sku: &str) -> LineReserved {
    LineReserved { sku: sku.into() }
}

fn stock_reserved() -> StockReserved {
    StockReserved {
        cents: 7000,
        payment_method: "card-4242".into(),
    }
}

fn confirm(sku: &str) -> ConfirmReservation {
    ConfirmReservation { sku: sku.into() }
}

fn pay() -> ConfirmPayment {
    ConfirmPayment {
        payment: "o-1".into(),
    }
}

fn cancel() -> Cancel {
    Cancel {
        reason: CancelReason::ByCustomer,
    }
}

fn cancelled<const N: usize>(reserved: [&str; N]) -> Cancelled {
    Cancelled {
        reason: CancelReason::ByCustomer,
        reserved: reserved.map(Into::into).into(),
    }
}

fn paid() -> Paid {
    Paid {
        payment: "o-1".into(),
        lines: lines(),
        address: address(),
    }
}

#[test]
fn it_is_placed_with_its_total() {
    let place = |lines| Place {
        customer: "ada".into(),
        lines,
        address: address(),
        payment_method: "card-4242".into(),
    };
    given_nothing::<Order>()
        .when(place(Vec::new()))
        .then_error(OrderError::NoLines)
        .when(place(lines()))
        .then(placed())
        .when(place(lines()))
        .then_already_exists();
}

#[test]
fn the_last_reservation_makes_it_ready_to_be_paid() {
    given::<Order>(placed())
        .when(confirm("lid"))
        .then_error(OrderError::NotOrdered { sku: "lid".into() })
        .when(confirm("pot"))
        .then(reserved("pot"))
        .when(confirm("pot"))
        .then_nothing()
        .when(pay())
        .then_error(OrderError::NotReserved)
        .when(confirm("mug"))
        .then((reserved("mug"), stock_reserved()))
        .when(confirm("mug"))
        .then_nothing();
}

#[test]
fn it_is_paid_and_shipped_once() {
    let ship = || MarkShipped {
        tracking: "P1".into(),
    };
    given::<Order>((placed(), reserved("mug"), reserved("pot"), stock_reserved()))
        .when(ship())
        .then_error(OrderError::NotPaid)
        .when(pay())
        .then(paid())
        .when(pay())
        .then_nothing()
        .when(cancel())
        .then_error(OrderError::AlreadyPaid)
        .when(ship())
        .then(Shipped {
            tracking: "P1".into(),
        })
        .when(ship())
        .then_nothing();
}

#[test]
fn cancelled_it_says_what_was_reserved() {
    given::<Order>((placed(), reserved("pot")))
        .when(cancel())
        .then(cancelled(["pot"]))
        .when(cancel())
        .then_nothing();
}

#[test]
fn what_comes_after_the_cancellation_lapses() {
    given::<Order>((placed(), cancelled([])))
        .when(confirm("mug"))
        .then(ReservationLapsed { sku: "mug".into() })
        .when(pay())
        .then(PaymentLapsed {
            payment: "o-1".into(),
        });
}
