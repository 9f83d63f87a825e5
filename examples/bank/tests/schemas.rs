//! What is published of the bank's events is what the code reads.

#[test]
fn what_is_stored_is_read() {
    es_testkit::assert_schemas!(bank);
}
