//! `es.toml`: how strict the check is, and exceptions with reasons.

use crate::{error::FileError, json_file, report::Compatibility};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

/// What `schemas/es.toml` says. The file may be missing; these are all its keys:
///
/// ```toml
/// # Optional. "reads" (the default): today's code reads all that is stored. "full": and
/// # yesterday's code reads all that today's writes, for rolling deploys.
/// compatibility = "full"
///
/// # Optional, any number of them: a finding that is accepted.
/// [[allow]]
/// rule = "ENUM_VALUE_REMOVED"         # as the finding has it; `cargo es schema rules` lists all
/// event = "card.issued"               # as the finding has it: the published name
/// version = 2                         # optional: without it, every version
/// pointer = "/properties/currency"    # optional: this place and all below it; without it, anywhere
/// reason = "USD was never sold"       # not empty; every check repeats it
/// ```
///
/// An exception for what is gone from an enum also covers the samples that were *made* with it, and
/// bless deletes these. A payload that you put there was stored, which the reason denies: it needs
/// an exception of its own, for `SAMPLE_BROKEN`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Which verdicts fail the check.
    pub compatibility: Compatibility,
    /// Findings that are accepted.
    pub allow: Vec<Allow>,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The rule's id.
    pub rule: String,
    /// The event.
    pub event: String,
    /// The version; `None` is any.
    pub version: Option<u32>,
    /// Where in the payload's schema, with all that is below; `None` is anywhere.
    pub pointer: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Its line in the file.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    compatibility: Compatibility,
    #[serde(default)]
    allow: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: Spanned<String>,
    event: String,
    version: Option<u32>,
    pointer: Option<Spanned<String>>,
    reason: Spanned<String>,
}

impl Settings {
    /// Reads the text of `es.toml`; the path is for messages.
    ///
    /// # Errors
    /// Not TOML, an unknown key, rule or value, an exception without a reason.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let wrong = |error: String| FileError::Settings {
            path: path.into(),
            error,
        };
        let at = |offset: usize| 1 + text.get(..offset).unwrap_or_default().matches('\n').count();
        let file: File = toml::from_str(text).map_err(|error| match json_file::conflict(text) {
            Some(line) => wrong(format!(
                "line {line}: it is half merged; keep what is meant of both sides, and take the markers out"
            )),
            None => wrong(error.to_string()),
        })?;
        let mut allow = Vec::new();
        for entry in file.allow {
            let line = at(entry.span().start);
            let entry = entry.into_inner();
            if !crate::rules::known(entry.rule.get_ref()) {
                return Err(wrong(format!(
                    "line {}: unknown rule `{}`; the rules are {}",
                    at(entry.rule.span().start),
                    entry.rule.get_ref(),
                    crate::rules::all().join(", ")
                )));
            }
            if entry.reason.get_ref().trim().is_empty() {
                return Err(wrong(format!(
                    "line {}: the reason is empty; say why this is accepted",
                    at(entry.reason.span().start)
                )));
            }
            let mut pointer = None;
            if let Some(given) = entry.pointer {
                // The payload itself is shown as `/`.
                let text = given.get_ref().trim_end_matches('/');
                if !text.is_empty() && !text.starts_with('/') {
                    return Err(wrong(format!(
                        "line {}: the pointer `{text}` does not begin with `/`; write it as the finding \
                         has it, `/properties/…`",
                        at(given.span().start)
                    )));
                }
                pointer = Some(text.to_owned());
            }
            allow.push(Allow {
                rule: entry.rule.into_inner(),
                event: entry.event,
                version: entry.version,
                pointer,
                reason: entry.reason.into_inner(),
                line,
            });
        }
        Ok(Self {
            compatibility: file.compatibility,
            allow,
        })
    }
}
