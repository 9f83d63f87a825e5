use es_testkit::prelude::*;
use giftcard::*;

#[test]
fn redeeming_leaves_the_rest() {
    given::<Card>(Issued { cents: 5000 })
        .when(Redeem { cents: 1250 })
        .then(Redeemed { cents: 1250 })
        .and_state(|card| assert_eq!(card.left, 3750));
}

#[test]
fn no_more_than_is_left_is_redeemed() {
    given::<Card>((Issued { cents: 5000 }, Redeemed { cents: 4000 }))
        .when(Redeem { cents: 1001 })
        .then_error(CardError::NotEnough { left: 1000 });
}

#[test]
fn a_card_is_issued_once() {
    given_nothing::<Card>()
        .when(Issue { cents: 5000 })
        .then(Issued { cents: 5000 })
        .when(Issue { cents: 1 })
        .then_already_exists();
}
