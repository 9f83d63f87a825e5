//! Findings for people.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{Colour, Compatibility, Count, Outcome, shown};
use crate::compat::{Finding, Verdict};

/// Findings by event and version, the most severe first, with a summary at the end.
///
/// ```
/// use es_schema::report::{Colour, Compatibility, human};
///
/// let text = human(&[], Compatibility::Reads, Colour::Never);
/// assert_eq!(text, "schemas hold: nothing changed\n");
/// ```
pub fn human(findings: &[Finding], compatibility: Compatibility, colour: Colour) -> String {
    let summary = summary(findings, compatibility, &Paint { colour });
    format!("{}{summary}\n", listing(findings, compatibility, colour))
}

/// The findings without the summary.
pub(crate) fn listing(
    findings: &[Finding],
    compatibility: Compatibility,
    colour: Colour,
) -> String {
    let paint = Paint { colour };
    let mut groups: BTreeMap<(&str, u32), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups
            .entry((&finding.event, finding.version))
            .or_default()
            .push(finding);
    }
    let severity = |finding: &&Finding| compatibility.severity(finding);
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, findings)| Reverse(findings.iter().map(severity).max()));
    let mut text = String::new();
    for ((event, version), mut findings) in groups {
        findings.sort_by_key(|finding| Reverse(compatibility.severity(finding)));
        let title = paint.with(Style::new().bold(), &format!("{event} version {version}"));
        line(&mut text, &title);
        let mut repairs = BTreeSet::new();
        for finding in findings {
            one(&mut text, finding, compatibility, &paint, &mut repairs);
        }
        line(&mut text, "");
    }
    text
}

/// One finding; a repair that was told of another of the version is not told again.
fn one<'f>(
    text: &mut String,
    finding: &'f Finding,
    compatibility: Compatibility,
    paint: &Paint,
    repairs: &mut BTreeSet<&'f str>,
) {
    let change = &finding.change;
    let severity = compatibility.severity(finding);
    let word = match severity {
        Verdict::Breaks => "breaks",
        Verdict::Warns => "warns ",
        Verdict::Compatible | Verdict::NotApplicable => "ok    ",
    };
    let word = paint.verdict(severity, word);
    line(
        text,
        &format!("  {word} {} at {}", change.rule, shown(&change.pointer)),
    );
    line(text, &format!("         {}", change.what));
    let (reads, read_by) = (change.reads.to_string(), change.read_by.to_string());
    let why = match change.reads {
        // It is found against git alone.
        Verdict::NotApplicable => " (the file here has the change already)",
        _ => "",
    };
    let verdicts = format!(
        "         reads {}{why}, read-by {}",
        paint.verdict(change.reads, &reads),
        paint.verdict(change.read_by, &read_by)
    );
    line(text, &verdicts);
    // What is well needs none.
    let repair = change.repair.as_ref();
    if let Some(repair) = repair.filter(|_| severity > Verdict::Compatible) {
        let label = paint.with(
            Style::new().fg_color(Some(AnsiColor::Cyan.into())),
            "repair:",
        );
        let repair = match repairs.insert(repair) {
            true => repair,
            false => "as above",
        };
        line(text, &format!("         {label} {repair}"));
    }
}

fn summary(findings: &[Finding], compatibility: Compatibility, paint: &Paint) -> String {
    if findings.is_empty() {
        return format!(
            "{}: nothing changed",
            paint.verdict(Verdict::Compatible, "schemas hold")
        );
    }
    let verdict = match compatibility.outcome(findings) {
        Outcome::Broken => paint.verdict(Verdict::Breaks, "schemas are broken"),
        Outcome::Holds => paint.verdict(Verdict::Compatible, "schemas hold"),
    };
    format!("{verdict}: {}", counted(findings, compatibility, ", "))
}

/// How many changes there are, and how many of each severity.
pub(crate) fn counted(findings: &[Finding], compatibility: Compatibility, colon: &str) -> String {
    let Count {
        breaking,
        warning,
        compatible,
    } = Count::of(findings, compatibility);
    let changes = if findings.len() == 1 {
        "change"
    } else {
        "changes"
    };
    format!(
        "{} {changes}{colon}{breaking} breaking, {warning} warning, {compatible} compatible",
        findings.len()
    )
}

fn line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}

struct Paint {
    colour: Colour,
}

impl Paint {
    fn with(&self, style: Style, text: &str) -> String {
        match self.colour {
            Colour::Never => text.to_owned(),
            Colour::Always => format!("{style}{text}{style:#}"),
        }
    }

    fn verdict(&self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Breaks => AnsiColor::Red,
            Verdict::Warns => AnsiColor::Yellow,
            Verdict::Compatible => AnsiColor::Green,
            Verdict::NotApplicable => AnsiColor::BrightBlack,
        };
        self.with(Style::new().fg_color(Some(colour.into())), text)
    }
}
