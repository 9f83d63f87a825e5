//! The tests of the testkit.

mod memory;
