//! Rules for numbers, strings, constants, lists and constraints.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::Verdict;
use super::rule::Rule;
use super::walk::Walk;
use super::words::place;
use crate::shape::{Constraints, Integer, Kind, NodeId, Number, Text};

impl Walk<'_> {
    pub(super) fn scalars(&mut self, x: NodeId, y: NodeId, at: &str) {
        let (before, now) = (&self.a.get(x).kind, &self.b.get(y).kind);
        let both = (Verdict::Breaks, Verdict::Breaks);
        let (reads, read_by) = match (before, now) {
            (Kind::Integer(before), Kind::Integer(now)) if before.unit == now.unit => (
                Verdict::when(holds(now, before)),
                Verdict::when(holds(before, now)),
            ),
            (Kind::Number(before), Kind::Number(now)) if before.unit == now.unit => (
                Verdict::when(now.bits >= before.bits),
                Verdict::when(before.bits >= now.bits),
            ),
            (Kind::Integer(before), Kind::Number(now)) if before.unit == now.unit => {
                let what = self.was_and_is("", x, y, at);
                return self.emit(
                    Rule::IntegerToNumber,
                    at,
                    "type",
                    what,
                    exactly(before, now),
                    Verdict::Breaks,
                );
            }
            (Kind::Number(before), Kind::Integer(now)) if before.unit == now.unit => {
                (Verdict::Breaks, exactly(now, before))
            }
            (Kind::Text(before), Kind::Text(now)) => match (&before.format, &now.format) {
                (Some(before), Some(now)) if before != now => both,
                (before, now) => (
                    Verdict::when(now.is_none() || before == now),
                    Verdict::when(before.is_none() || before == now),
                ),
            },
            (Kind::Enum(before), Kind::Enum(now)) => return self.constants(before, now, at),
            (Kind::Enum(before), _) => (
                Verdict::when(before.values().all(|value| stands(value, now))),
                Verdict::Breaks,
            ),
            (_, Kind::Enum(now)) => (
                Verdict::Breaks,
                Verdict::when(now.values().all(|value| stands(value, before))),
            ),
            _ => both,
        };
        self.retyped(x, y, at, reads, read_by);
    }

    pub(super) fn constants(
        &mut self,
        before: &BTreeMap<String, Value>,
        now: &BTreeMap<String, Value>,
        at: &str,
    ) {
        let place = place(at);
        for (text, value) in before.iter().filter(|(text, _)| !now.contains_key(*text)) {
            let value = name(value, text);
            self.emit(
                Rule::EnumValueRemoved,
                at,
                &value,
                format!("{place} may no longer be `{value}`"),
                Verdict::Breaks,
                Verdict::Compatible,
            );
        }
        for (text, value) in now.iter().filter(|(text, _)| !before.contains_key(*text)) {
            let value = name(value, text);
            self.emit(
                Rule::EnumValueAdded,
                at,
                &value,
                format!("{place} may be `{value}`"),
                Verdict::Compatible,
                Verdict::Breaks,
            );
        }
    }

    pub(super) fn lists(&mut self, x: NodeId, y: NodeId, at: &str) {
        match (&self.a.get(x).kind, &self.b.get(y).kind) {
            (Kind::Seq(before), Kind::Seq(now)) => self.node(*before, *now, &format!("{at}/items")),
            (Kind::Array(before, length), Kind::Array(now, new)) if length == new => {
                self.node(*before, *now, &format!("{at}/items"));
            }
            (Kind::Seq(before), now) => {
                let fits = elements(now)
                    .iter()
                    .all(|now| self.published_reads(*before, *now));
                self.cardinality(x, y, at, Verdict::Breaks, Verdict::when(fits));
            }
            (before, Kind::Seq(now)) => {
                let fits = elements(before)
                    .iter()
                    .all(|before| self.today_reads(*before, *now));
                self.cardinality(x, y, at, Verdict::when(fits), Verdict::Breaks);
            }
            (before, now) if length(before) == length(now) => {
                let (before, now) = (elements(before), elements(now));
                let longest = before.len().max(now.len());
                let last = |elements: &[NodeId], index: usize| {
                    elements.get(index).or(elements.last()).copied()
                };
                for index in 0..longest {
                    if let (Some(before), Some(now)) = (last(&before, index), last(&now, index)) {
                        self.node(before, now, &format!("{at}/prefixItems/{index}"));
                    }
                }
            }
            _ => self.cardinality(x, y, at, Verdict::Breaks, Verdict::Breaks),
        }
    }

    pub(super) fn constraints(&mut self, before: &Constraints, now: &Constraints, at: &str) {
        let mut keywords: Vec<&'static str> = before
            .iter()
            .chain(now.iter())
            .map(|(keyword, _)| keyword)
            .collect();
        keywords.sort_unstable();
        keywords.dedup();
        for keyword in keywords {
            let (before, now) = (before.get(keyword), now.get(keyword));
            if before == now {
                continue;
            }
            let (less, more) = allows(keyword, before, now);
            let show = |value: Option<&Value>| {
                value.map_or("nothing".to_owned(), |value| format!("`{value}`"))
            };
            let what = format!(
                "`{keyword}` of {} was {} and is {}",
                place(at),
                show(before),
                show(now)
            );
            if less {
                let read_by = Verdict::when(!more);
                self.emit(
                    Rule::ConstraintTightened,
                    at,
                    keyword,
                    what,
                    Verdict::Warns,
                    read_by,
                );
            } else if more {
                self.emit(
                    Rule::ConstraintLoosened,
                    at,
                    keyword,
                    what,
                    Verdict::Compatible,
                    Verdict::Breaks,
                );
            }
        }
    }
}

/// Whether a constraint allows less than before, and whether it allows more.
fn allows(keyword: &str, before: Option<&Value>, now: Option<&Value>) -> (bool, bool) {
    match (before, now) {
        (None, None) => (false, false),
        (None, Some(_)) => (true, false),
        (Some(_), None) => (false, true),
        (Some(before), Some(now)) => match (before.as_f64(), now.as_f64()) {
            (Some(before), Some(now))
                if keyword.starts_with("min") || keyword == "exclusiveMinimum" =>
            {
                (now > before, now < before)
            }
            (Some(before), Some(now))
                if keyword.starts_with("max") || keyword == "exclusiveMaximum" =>
            {
                (now < before, now > before)
            }
            _ => (true, true),
        },
    }
}

fn name(value: &Value, text: &str) -> String {
    value.as_str().unwrap_or(text).to_owned()
}

fn holds(reader: &Integer, written: &Integer) -> bool {
    reader.least <= written.least
        && reader.greatest >= written.greatest
        && (!reader.nonzero || written.nonzero)
}

/// Whether floating-point numbers hold these integers exactly.
fn exactly(integer: &Integer, number: &Number) -> Verdict {
    let most = 1_u128 << number.bits;
    if integer.greatest <= most && integer.least.unsigned_abs() <= most {
        Verdict::Compatible
    } else {
        Verdict::Warns
    }
}

/// Whether a constant is one of a type's values.
fn stands(value: &Value, kind: &Kind) -> bool {
    match kind {
        Kind::Text(Text { format: None }) => value.is_string(),
        Kind::Bool => value.is_boolean(),
        Kind::Number(_) => value.is_number(),
        Kind::Integer(integer) => {
            let wide = value
                .as_i64()
                .map(i128::from)
                .or(value.as_u64().map(i128::from));
            wide.is_some_and(|value| {
                value >= integer.least
                    && u128::try_from(value).map_or(true, |value| value <= integer.greatest)
                    && (value != 0 || !integer.nonzero)
            })
        }
        _ => false,
    }
}

/// The elements of a list of fixed length; those of an array are one.
fn elements(kind: &Kind) -> Vec<NodeId> {
    match kind {
        Kind::Tuple(elements) => elements.clone(),
        Kind::Array(element, _) => vec![*element],
        _ => Vec::new(),
    }
}

fn length(kind: &Kind) -> Option<u64> {
    match kind {
        Kind::Tuple(elements) => u64::try_from(elements.len()).ok(),
        Kind::Array(_, length) => Some(*length),
        _ => None,
    }
}
