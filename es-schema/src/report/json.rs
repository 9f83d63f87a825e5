//! Findings for programs.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Compatibility, Count, Outcome};
use crate::compat::Finding;

#[derive(Serialize)]
struct Document<'f> {
    format: u32,
    compatibility: Compatibility,
    outcome: Outcome,
    count: Count,
    findings: &'f [Finding],
}

/// Findings as one JSON object:
///
/// | key | value |
/// |---|---|
/// | `format` | 1; another number if this table changes |
/// | `compatibility` | `reads` or `full` |
/// | `outcome` | `holds` or `broken` |
/// | `count` | `breaking`, `warning` and `compatible`, how many of each |
/// | `findings` | a list of objects: `event`, `version`, `rule`, `pointer`, `what`, `reads`, `read_by` (each `compatible`, `warns`, `breaks` or `not_applicable`), `repair` (a string or `null`) |
///
/// ```
/// let text = es_schema::report::json(&[], es_schema::report::Compatibility::Reads);
/// let value: serde_json::Value = serde_json::from_str(&text)?;
/// assert_eq!(value["outcome"], "holds");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn json(findings: &[Finding], compatibility: Compatibility) -> String {
    format!("{:#}\n", document(findings, compatibility))
}

/// The same as a value.
pub(crate) fn document(findings: &[Finding], compatibility: Compatibility) -> Value {
    json!(Document {
        format: 1,
        compatibility,
        outcome: compatibility.outcome(findings),
        count: Count::of(findings, compatibility),
        findings,
    })
}
