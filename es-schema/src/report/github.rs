//! Findings as GitHub workflow commands, which show at the files of a pull request.

use std::fmt::Write;

use super::{Compatibility, shown};
use crate::compat::{Finding, Verdict};

/// Findings as workflow commands: breaks are errors, the rest warnings; compatible changes are
/// left out. `file` names the file a finding stands at.
///
/// ```
/// use es_schema::report::{Compatibility, github};
///
/// let text = github(&[], Compatibility::Reads, |finding| {
///     format!("schemas/{}.v{}.json", finding.event, finding.version)
/// });
/// assert_eq!(text, "");
/// ```
pub fn github(
    findings: &[Finding],
    compatibility: Compatibility,
    file: impl Fn(&Finding) -> String,
) -> String {
    let mut text = String::new();
    for finding in findings {
        let change = &finding.change;
        let command = match compatibility.severity(finding) {
            Verdict::Breaks => "error",
            Verdict::Warns => "warning",
            Verdict::Compatible | Verdict::NotApplicable => continue,
        };
        let title = format!(
            "{} {} version {} at {}",
            change.rule,
            finding.event,
            finding.version,
            shown(&change.pointer)
        );
        let mut message = format!(
            "{} (reads {}, read-by {})",
            change.what, change.reads, change.read_by
        );
        if let Some(repair) = &change.repair {
            message.push_str(&format!("\nrepair: {repair}"));
        }
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "::{command} file={},title={}::{}",
            property(&file(finding)),
            property(&title),
            data(&message)
        );
    }
    text
}

/// A command's message: what would end it is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A command's property: what would end it is escaped too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
