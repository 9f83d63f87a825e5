//! What the macros write does not depend on the names, lints and places around it.

mod lints;
mod names;
mod places;
mod shadowed;
mod transactions;
