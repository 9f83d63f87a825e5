//! Schemas are checked in a test.

#[test]
#[should_panic(expected = "no event of crate `es_core` is linked in")]
fn a_crate_without_events_is_not_taken_for_a_compatible_one() {
    es_testkit::assert_schemas!(es_core);
}

#[test]
#[should_panic(expected = "use es_core as _;")]
fn the_folder_may_be_elsewhere() {
    es_testkit::assert_schemas!(es_core, "../es-core/schemas");
}
