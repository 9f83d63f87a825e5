//! The names of files below `schemas/`, and what they say.

/// `account.opened.v3.json`.
pub fn document(event: &str, version: u32) -> String {
    format!("{event}.v{version}.json")
}

/// `account.opened.v3.smallest.json`.
pub fn sample(event: &str, version: u32, name: &str) -> String {
    format!("{event}.v{version}.{name}.json")
}

/// The event and version of a document's file name.
pub(crate) fn parse_document(file: &str) -> Option<(String, u32)> {
    parse_stem(file.strip_suffix(".json")?)
}

/// The event, version and name of a sample's file name.
pub(crate) fn parse_sample(file: &str) -> Option<(String, u32, String)> {
    let (stem, name) = file.strip_suffix(".json")?.rsplit_once('.')?;
    let (event, version) = parse_stem(stem)?;
    (!name.is_empty()).then(|| (event, version, name.to_owned()))
}

/// Whether the name of an event can be part of a file's name everywhere.
pub(crate) fn can_hold(event: &str) -> bool {
    !event.is_empty()
        && !event.starts_with('.')
        && !event
            .chars()
            .any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
}

fn parse_stem(stem: &str) -> Option<(String, u32)> {
    let (event, digits) = stem.rsplit_once(".v")?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    let version = digits.parse().ok().filter(|_| canonical)?;
    (!event.is_empty()).then(|| (event.to_owned(), version))
}
