//! Values the scenarios speak of.

use shop_domain::values::{Address, Line};

pub(crate) fn line(sku: &str, pieces: u32, unit_cents: u32) -> Line {
    Line {
        sku: sku.into(),
        pieces,
        unit_cents,
    }
}

/// Two articles, 70.00 together.
pub(crate) fn lines() -> Vec<Line> {
    vec![line("mug", 2, 1500), line("pot", 1, 4000)]
}

pub(crate) fn address() -> Address {
    Address {
        name: "Ada Lovelace".into(),
        street: "12 St James's Square".into(),
        city: "London".into(),
    }
}
