//! The text of a failure: a headline in words, then titled sections, one of them a diff.

use std::fmt::{Debug, Write};
use std::io::{IsTerminal, stderr, stdout};

use similar::{ChangeTag, TextDiff};

/// Unchanged lines shown around a change in a long diff.
const AROUND: usize = 4;
/// A diff of no more lines than this is shown whole.
const SHOWN_WHOLE: usize = 60;
/// A value's Debug text up to this length is shown on one line.
const ONE_LINE: usize = 84;

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// Why a scenario failed.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    headline: String,
    sections: Vec<Section>,
}

#[derive(Clone, Debug)]
struct Section {
    title: String,
    lines: Vec<Line>,
}

/// A line and whether it was expected in vain (`-`), happened unexpectedly (`+`), or neither.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    mark: char,
    text: String,
}

impl Line {
    /// The lines of a text, all with this mark.
    pub(crate) fn marked(mark: char, text: &str) -> impl Iterator<Item = Self> {
        text.lines().map(move |line| Self {
            mark,
            text: line.to_owned(),
        })
    }
}

impl Report {
    pub(crate) fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            sections: Vec::new(),
        }
    }

    /// Adds a section of plain text.
    pub(crate) fn section(self, title: impl Into<String>, text: &str) -> Self {
        self.lines(title, Line::marked(' ', text).collect())
    }

    /// Adds a section of lines that have marks.
    pub(crate) fn lines(mut self, title: impl Into<String>, lines: Vec<Line>) -> Self {
        self.sections.push(Section {
            title: title.into(),
            lines,
        });
        self
    }

    /// Adds a section that compares two texts by their lines.
    pub(crate) fn diff(self, title: impl Into<String>, expected: &str, happened: &str) -> Self {
        if expected == happened {
            return self.section(title, expected).section(
                "note",
                "the two print the same but are not equal: `PartialEq` sees what `Debug` does not show",
            );
        }
        self.lines(title, diff(expected, happened))
    }

    /// The other's sections after one's own.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.sections.extend(other.sections.iter().cloned());
        self
    }

    /// The text, for where the test's output is seen.
    pub(crate) fn text(&self) -> String {
        // A test's panic is printed by its thread to the one or gathered and printed to the other.
        let seen = stderr().is_terminal() && stdout().is_terminal();
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        self.render(seen && !unwanted)
    }

    fn render(&self, coloured: bool) -> String {
        let paint = |colour: &str, text: &str| {
            if coloured && !text.is_empty() {
                format!("{colour}{text}{RESET}")
            } else {
                text.to_owned()
            }
        };
        let mut out = paint(BOLD, &self.headline);
        out.push('\n');
        for Section { title, lines } in &self.sections {
            // Writing to a string has no way to fail.
            let _ = write!(out, "\n{title}:\n");
            for Line { mark, text } in lines {
                let line = format!("{mark} {text}");
                let line = line.trim_end();
                let line = match mark {
                    '-' => paint(RED, line),
                    '+' => paint(GREEN, line),
                    _ => line.to_owned(),
                };
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }
}

/// A value on one line if it is short, else on several.
pub(crate) fn shown(value: &impl Debug) -> String {
    let line = format!("{value:?}");
    if line.chars().count() <= ONE_LINE && !line.contains('\n') {
        line
    } else {
        format!("{value:#?}")
    }
}

/// Values one after the other, each as [`shown`].
pub(crate) fn all_shown(values: &[impl Debug]) -> String {
    values.iter().map(|value| shown(value) + "\n").collect()
}

/// Values one after the other, one line a field: for a diff.
pub(crate) fn listed(values: &[impl Debug]) -> String {
    values.iter().map(|value| format!("{value:#?}\n")).collect()
}

/// How many, in words.
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn diff(expected: &str, happened: &str) -> Vec<Line> {
    let (expected, happened) = (ended(expected), ended(happened));
    let diff = TextDiff::from_lines(expected.as_str(), happened.as_str());
    let long = diff.old_len() + diff.new_len() > SHOWN_WHOLE;
    let around = if long { AROUND } else { usize::MAX / 4 };
    let mut lines = Vec::new();
    let mut shown_to = 0;
    for group in diff.grouped_ops(around) {
        if group
            .first()
            .is_some_and(|op| op.old_range().start > shown_to)
        {
            lines.extend(Line::marked(' ', "…"));
        }
        shown_to = group.last().map_or(shown_to, |op| op.old_range().end);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.extend(Line::marked(mark, change.value()));
        }
    }
    if shown_to < diff.old_len() {
        lines.extend(Line::marked(' ', "…"));
    }
    lines
}

/// The text with an end of line after its last line.
fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_the_marked_lines() {
        let report = Report::new("no")
            .diff("d", "a\nb\n", "a\nc\n")
            .section("s", "- plain");
        assert_eq!(
            report.render(false),
            "no\n\nd:\n  a\n- b\n+ c\n\ns:\n  - plain\n"
        );
        assert_eq!(
            report.render(true),
            "\u{1b}[1mno\u{1b}[0m\n\nd:\n  a\n\u{1b}[31m- b\u{1b}[0m\n\u{1b}[32m+ c\u{1b}[0m\n\ns:\n  - plain\n"
        );
    }

    #[test]
    fn a_long_diff_shows_the_changes_only() {
        let numbers = |changed: usize| -> String {
            (0..100)
                .map(|i| format!("{}\n", if i == changed { 1000 } else { i }))
                .collect()
        };
        let report = Report::new("no").diff("d", &numbers(100), &numbers(50));
        assert_eq!(
            report.render(false),
            "no\n\nd:\n  …\n  46\n  47\n  48\n  49\n- 50\n+ 1000\n  51\n  52\n  53\n  54\n  …\n"
        );
    }

    #[test]
    fn values_that_print_the_same_are_said_to_differ() {
        let text = Report::new("no").diff("d", "a", "a").render(false);
        assert!(
            text.contains("the two print the same but are not equal"),
            "{text}"
        );
    }
}
