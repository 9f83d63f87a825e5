//! Strings: by format, by length, by pattern.

use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

use crate::shape::{Constraints, Text};

/// Longest string that is made for a length.
const LONGEST: usize = 10_000;

pub(super) fn text(kind: &Text, constraints: &Constraints, full: bool) -> String {
    if let Some(known) = kind
        .format
        .as_deref()
        .and_then(|format| of_format(format, full))
    {
        return known.to_owned();
    }
    if let Some(known) = constraints
        .get("format")
        .and_then(Value::as_str)
        .and_then(|format| of_format(format, full))
    {
        return known.to_owned();
    }
    if let Some(matching) = constraints
        .get("pattern")
        .and_then(Value::as_str)
        .and_then(matching)
    {
        return matching;
    }
    let bound = |keyword: &str| {
        constraints
            .get(keyword)
            .and_then(Value::as_u64)
            .and_then(|bound| usize::try_from(bound).ok())
    };
    let least = bound("minLength").unwrap_or(0).min(LONGEST);
    let most = bound("maxLength").unwrap_or(LONGEST);
    let base = if full { "text é" } else { "" };
    let mut text: String = base.chars().take(most).collect();
    while text.chars().count() < least {
        text.push('x');
    }
    text
}

fn of_format(format: &str, full: bool) -> Option<&'static str> {
    let (smallest, fullest) = match format {
        "date-time" => ("1970-01-01T00:00:00Z", "2026-12-31T23:59:58.123456789Z"),
        "date" => ("1970-01-01", "2026-12-31"),
        "time" => ("00:00:00Z", "23:59:58.123456789Z"),
        "partial-time" => ("00:00:00", "23:59:58.123456789"),
        "partial-date-time" => ("1970-01-01T00:00:00", "2026-12-31T23:59:58.123456789"),
        "zoned-date-time" => (
            "1970-01-01T00:00:00Z[UTC]",
            "2026-12-31T23:59:58.123456789+00:00[UTC]",
        ),
        "duration" => ("PT0S", "PT1H30M"),
        "uuid" => (
            "00000000-0000-0000-0000-000000000000",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
        ),
        "ip" | "ipv4" => ("0.0.0.0", "192.0.2.255"),
        "ipv6" => ("::", "2001:db8::ff00:42:8329"),
        "email" | "idn-email" => ("a@example.com", "ada.lovelace@example.com"),
        "hostname" | "idn-hostname" => ("a.example", "www.example.com"),
        "uri" | "url" | "iri" => ("https://example.com/", "https://example.com/a?b=c#d"),
        "uri-reference" | "iri-reference" => ("/", "/a?b=c#d"),
        "json-pointer" => ("", "/a/0"),
        "regex" => ("a", "^[a-z]+$"),
        "char" => ("a", "é"),
        "byte" => ("", "AAEC"),
        _ => return None,
    };
    Some(if full { fullest } else { smallest })
}

/// A short string that matches a pattern, as far as Rust's and JavaScript's patterns agree.
pub(super) fn matching(pattern: &str) -> Option<String> {
    let parsed = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&parsed, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let easy = ['a', 'A', '0', '-', '_'].into_iter();
            let easy = easy.into_iter().find(|letter| {
                ranges
                    .iter()
                    .any(|range| range.start() <= *letter && *letter <= range.end())
            });
            text.push(easy.or_else(|| ranges.first().map(|range| range.start()))?);
        }
        HirKind::Class(Class::Bytes(class)) => {
            text.push(char::from(class.ranges().first()?.start()))
        }
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                write(&repetition.sub, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, text)?;
            }
        }
        HirKind::Alternation(alternatives) => write(alternatives.first()?, text)?,
    }
    Some(())
}
