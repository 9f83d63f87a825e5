//! The schemas of a crate's events, checked in a test.

/// Checks that today's code reads all that a crate has published in its `schemas/` folder, and that
/// all its events are published.
///
/// The crate is named as in `use`; the folder stands beside the `Cargo.toml` of the package the test
/// is in, or at a path from there. Fails with the report; `cargo es schema bless` publishes.
///
/// ```no_run
/// # extern crate es_core as bank;
/// #[test]
/// fn what_is_stored_is_read() {
///     es_testkit::assert_schemas!(bank);
/// }
///
/// #[test]
/// fn what_the_bank_stored_is_read() {
///     es_testkit::assert_schemas!(bank, "../bank/schemas");
/// }
/// ```
#[macro_export]
macro_rules! assert_schemas {
    ($crate_name:ident $(,)?) => {
        $crate::assert_schemas!($crate_name, "schemas")
    };
    ($crate_name:ident, $path:expr $(,)?) => {{
        // What nothing names is not linked, and its events are not found.
        #[allow(unused_imports)]
        use $crate_name as _;
        $crate::__private::assert_schemas(
            ::core::stringify!($crate_name),
            ::core::env!("CARGO_MANIFEST_DIR"),
            ::core::convert::AsRef::as_ref($path),
        );
    }};
}

/// What [`assert_schemas!`](crate::assert_schemas!) calls.
#[doc(hidden)]
#[track_caller]
#[allow(clippy::panic)] // a panic is how a test fails
pub fn assert_schemas(crate_name: &str, manifest_dir: &str, schemas: &std::path::Path) {
    let schemas = std::path::Path::new(manifest_dir).join(schemas);
    let crate_name = crate_name.trim_start_matches("r#");
    if let Err(report) = es_schema::assert_schemas(crate_name, schemas) {
        panic!("{report}");
    }
}
