//! Given-when-then tests for es domains, and the conformance suite for event stores.

pub mod conformance;
