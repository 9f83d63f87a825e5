//! Products, stock, carts, payments and shipments.

use es_testkit::prelude::*;

use crate::values::{address, line, lines};

mod product {
    use super::*;
    use shop_domain::product::*;

    fn listed() -> Listed {
        Listed {
            name: "Mug".into(),
            unit_cents: 1500,
        }
    }

    #[test]
    fn it_is_listed_once() {
        let list = |unit_cents| List {
            name: "Mug".into(),
            unit_cents,
        };
        given_nothing::<Product>()
            .when(list(1500))
            .then(listed())
            .and_state(|product| assert!(product.listed))
            .when(list(1))
            .then_already_exists();
    }

    #[test]
    fn it_has_a_name_and_a_price() {
        given_nothing::<Product>()
            .when(List {
                name: " ".into(),
                unit_cents: 1,
            })
            .then_error(ProductError::NoName);
        given_nothing::<Product>()
            .when(List {
                name: "Mug".into(),
                unit_cents: 0,
            })
            .then_error(ProductError::NoPrice);
    }

    #[test]
    fn its_price_changes_while_it_is_sold() {
        given::<Product>(listed())
            .when(Reprice { unit_cents: 1500 })
            .then_nothing()
            .when(Reprice { unit_cents: 0 })
            .then_error(ProductError::NoPrice)
            .when(Reprice { unit_cents: 1700 })
            .then(Repriced { unit_cents: 1700 })
            .and_state(|product| assert_eq!(product.unit_cents, 1700))
            .when(Delist)
            .then(Delisted)
            .when(Delist)
            .then_nothing()
            .when(Reprice { unit_cents: 1 })
            .then_error(ProductError::Delisted);
    }
}

mod stock {
    use super::*;
    use shop_domain::order::OrderId;
    use shop_domain::stock::*;

    fn reserve(order: &str, pieces: u32) -> Reserve {
        let order = OrderId::from(order);
        Reserve { order, pieces }
    }

    fn reserved(order: &str, pieces: u32) -> Reserved {
        let order = OrderId::from(order);
        Reserved { order, pieces }
    }

    #[test]
    fn no_more_is_reserved_than_there_is() {
        given::<Stock>((Received { pieces: 5 }, reserved("o-1", 3)))
            .when(reserve("o-2", 3))
            .then_error(StockError::NotEnough { available: 2 })
            .when(reserve("o-2", 2))
            .then(reserved("o-2", 2))
            .and_state(|stock| assert_eq!((stock.on_hand, stock.available()), (5, 0)));
        given_nothing::<Stock>()
            .when(reserve("o-1", 1))
            .then_not_found();
    }

    #[test]
    fn an_order_reserves_once() {
        given::<Stock>((Received { pieces: 5 }, reserved("o-1", 3)))
            .when(reserve("o-1", 3))
            .then_nothing();
    }

    #[test]
    fn what_is_released_is_available_again() {
        given::<Stock>((Received { pieces: 5 }, reserved("o-1", 3)))
            .when(Release {
                order: "o-1".into(),
            })
            .then(Released {
                order: "o-1".into(),
                pieces: 3,
            })
            .and_state(|stock| assert_eq!(stock.available(), 5))
            .when(Release {
                order: "o-1".into(),
            })
            .then_nothing();
    }

    #[test]
    fn what_is_picked_is_gone() {
        given::<Stock>((Received { pieces: 5 }, reserved("o-1", 3)))
            .when(Pick {
                order: "o-1".into(),
            })
            .then(Picked {
                order: "o-1".into(),
                pieces: 3,
            })
            .and_state(|stock| assert_eq!((stock.on_hand, stock.available()), (2, 2)))
            .when(Pick {
                order: "o-1".into(),
            })
            .then_error(StockError::NotReserved {
                order: "o-1".into(),
            });
    }

    #[test]
    fn pieces_come_in() {
        given_nothing::<Stock>()
            .when(Receive { pieces: 0 })
            .then_error(StockError::NoPieces)
            .when(Receive { pieces: 2 })
            .then(Received { pieces: 2 })
            .when(Receive { pieces: 3 })
            .then(Received { pieces: 3 })
            .and_state(|stock| assert_eq!(stock.on_hand, 5));
    }
}

mod cart {
    use super::*;
    use shop_domain::cart::*;

    fn opened() -> Opened {
        Opened {
            customer: "ada".into(),
        }
    }

    fn added(sku: &str, pieces: u32, unit_cents: u32) -> Added {
        Added {
            line: line(sku, pieces, unit_cents),
        }
    }

    fn check_out() -> CheckOut {
        CheckOut {
            address: address(),
            payment_method: "card-4242".into(),
        }
    }

    #[test]
    fn the_newest_price_holds_for_all_pieces() {
        given::<Cart>((opened(), added("mug", 1, 1500)))
            .when(Add {
                line: line("mug", 2, 1400),
            })
            .then(added("mug", 2, 1400))
            .and_state(|cart| assert_eq!(cart.lines, [line("mug", 3, 1400)]));
    }

    #[test]
    fn it_takes_a_bounded_number_of_pieces() {
        let add = |pieces| Add {
            line: line("mug", pieces, 1),
        };
        given::<Cart>((opened(), added("mug", 999, 1)))
            .when(add(0))
            .then_error(CartError::Pieces)
            .when(add(2))
            .then_error(CartError::Pieces)
            .when(add(u32::MAX))
            .then_error(CartError::Pieces)
            .when(add(1))
            .then(added("mug", 1, 1));
        let full: Vec<_> = (0..MOST_LINES)
            .map(|sku| added(&sku.to_string(), 1, 1))
            .collect();
        given::<Cart>(opened())
            .and_given(full)
            .when(add(1))
            .then_error(CartError::Full);
    }

    #[test]
    fn what_is_in_it_can_be_taken_out() {
        given::<Cart>((opened(), added("mug", 1, 1500)))
            .when(Remove { sku: "pot".into() })
            .then_error(CartError::NotIn { sku: "pot".into() })
            .when(Remove { sku: "mug".into() })
            .then(Removed { sku: "mug".into() })
            .when(check_out())
            .then_error(CartError::Empty);
    }

    #[test]
    fn it_is_checked_out_once() {
        given::<Cart>((opened(), added("mug", 2, 1500), added("pot", 1, 4000)))
            .when(check_out())
            .then(CheckedOut {
                order: "test-1".into(),
                customer: "ada".into(),
                lines: lines(),
                address: address(),
                payment_method: "card-4242".into(),
            })
            .when(check_out())
            .then_error(CartError::CheckedOut)
            .when(Remove { sku: "mug".into() })
            .then_error(CartError::CheckedOut);
    }

    #[test]
    fn what_an_order_needs_is_asked_for() {
        let mut no_city = check_out();
        no_city.address.city = String::new();
        given::<Cart>((opened(), added("mug", 2, 1500)))
            .when(no_city)
            .then_error(CartError::Missing {
                what: "the city in the address",
            });
        given_nothing::<Cart>()
            .when(Open {
                customer: String::new(),
            })
            .then_error(CartError::Missing {
                what: "the customer",
            });
    }
}

mod payment {
    use super::*;
    use shop_domain::payment::*;

    #[test]
    fn what_was_taken_is_refunded_once() {
        given_nothing::<Payment>()
            .when(Take {
                order: "o-1".into(),
                cents: 7000,
                reference: "r".into(),
            })
            .then(Taken {
                order: "o-1".into(),
                cents: 7000,
                reference: "r".into(),
            })
            .when(Refund)
            .then(Refunded {
                order: "o-1".into(),
                cents: 7000,
            })
            .when(Refund)
            .then_nothing();
    }

    #[test]
    fn what_was_declined_is_not_refunded_and_not_tried_again() {
        let (order, reason) = ("o-1".into(), "no".to_owned());
        given::<Payment>(Declined { order, reason })
            .when(Refund)
            .then_error(PaymentError::WasDeclined)
            .when(Take {
                order: "o-1".into(),
                cents: 1,
                reference: "r".into(),
            })
            .then_already_exists();
    }
}

mod shipment {
    use super::*;
    use shop_domain::shipment::*;

    #[test]
    fn it_leaves_under_one_number() {
        let dispatch = |tracking: &str| Dispatch {
            tracking: tracking.into(),
        };
        given_commands::<Shipment>(Request {
            order: "o-1".into(),
            lines: lines(),
            address: address(),
        })
        .when(dispatch(""))
        .then_error(ShipmentError::NoTracking)
        .when(dispatch("P1"))
        .then(Dispatched {
            order: "o-1".into(),
            lines: lines(),
            tracking: "P1".into(),
        })
        .when(dispatch("P1"))
        .then_nothing()
        .when(dispatch("P2"))
        .then_error(ShipmentError::Left {
            tracking: "P1".into(),
        });
    }
}
