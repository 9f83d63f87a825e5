//! The store in memory keeps the contract of all stores.

use es_core::MemoryStore;
use es_testkit::conformance::Fresh;

es_testkit::conformance_tests!(|| async { Fresh::new(MemoryStore::new()) });
