//! Findings as GitHub workflow commands, which show at the files of a pull request.

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
        text += &github_command(command, &file(finding), &title, &message);
    }
    text
}

/// One command.
pub(crate) fn github_command(command: &str, file: &str, title: &str, message: &str) -> String {
    format!(
        "::{command} file={},title={}::{}\n",
        property(file),
        property(title),
        data(message)
    )
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
