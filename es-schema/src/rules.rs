//! The ids of rules that `es.toml` may name.

use crate::compat::Rule;

/// A sample cannot be read.
pub(crate) const SAMPLE_BROKEN: &str = "SAMPLE_BROKEN";
/// A sample decodes to something else.
pub(crate) const SAMPLE_CHANGED: &str = "SAMPLE_CHANGED";

/// All, sorted.
pub(crate) fn all() -> Vec<&'static str> {
    let mut all: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    all.extend([SAMPLE_BROKEN, SAMPLE_CHANGED]);
    all.sort_unstable();
    all
}

/// Whether there is a rule of this id.
pub(crate) fn known(rule: &str) -> bool {
    all().contains(&rule)
}
