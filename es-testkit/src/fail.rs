//! The one place where a scenario fails.

use crate::report::Report;

/// Fails the test at the user's line.
#[track_caller]
#[allow(clippy::panic)] // a panic is how a test fails
pub(crate) fn fail(report: &Report) -> ! {
    panic!("{}", report.text())
}
