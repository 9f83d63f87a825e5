//! What is published of the shop's events is what the code reads.

#[test]
fn what_is_stored_is_read() {
    es_testkit::assert_schemas!(shop_domain);
}
