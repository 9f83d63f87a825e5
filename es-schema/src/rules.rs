//! The ids of rules that `es.toml` may name.

use crate::compat::Rule;

/// A sample cannot be read.
pub(crate) const SAMPLE_BROKEN: &str = "SAMPLE_BROKEN";
/// A sample decodes to something else.
pub(crate) const SAMPLE_CHANGED: &str = "SAMPLE_CHANGED";

/// The rules that a finding or a sample can be told of by, each with what it says: those of
/// [`compat::Rule`](crate::compat::Rule), and two of samples.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    let rules = Rule::ALL.iter().map(|rule| (rule.id(), rule.description()));
    rules.chain([
        (SAMPLE_BROKEN, "a sample is no longer read"),
        (SAMPLE_CHANGED, "a sample reads as something else"),
    ])
}

/// All ids, sorted.
pub(crate) fn all() -> Vec<&'static str> {
    let mut all: Vec<_> = rules().map(|(id, _)| id).collect();
    all.sort_unstable();
    all
}

/// Whether there is a rule of this id.
pub(crate) fn known(rule: &str) -> bool {
    all().contains(&rule)
}
