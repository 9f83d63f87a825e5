//! Rules for the fields of structs, and for maps.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::Verdict;
use super::rule::Rule;
use super::walk::Walk;
use super::words::{below, describe, place};
use crate::shape::{Field, Kind, NodeId, Object, Rest};

impl Walk<'_> {
    pub(super) fn objects(&mut self, before: &Object, now: &Object, at: &str) {
        if let (Some(x), Some(y)) = (self.a.enum_map_value(before), self.b.enum_map_value(now)) {
            let keys = |object: &Object| -> BTreeMap<String, Value> {
                object
                    .fields
                    .keys()
                    .map(|key| (key.clone(), Value::from(key.as_str())))
                    .collect()
            };
            self.constants(&keys(before), &keys(now), &format!("{at}/propertyNames"));
            return self.node(x, y, &format!("{at}/additionalProperties"));
        }
        let mut removed: Vec<&String> = Vec::new();
        for (name, field) in &before.fields {
            match now.fields.get(name) {
                Some(same) => self.field(*field, *same, &below(at, "properties", name)),
                None => removed.push(name),
            }
        }
        let mut added: Vec<&String> = now
            .fields
            .keys()
            .filter(|name| !before.fields.contains_key(*name))
            .collect();
        self.renamed(before, now, &mut removed, &mut added, at);
        for name in removed {
            if let Some(field) = before.fields.get(name) {
                self.removed(*field, now.rest, name, at);
            }
        }
        for name in added {
            if let Some(field) = now.fields.get(name) {
                self.added(*field, before.rest, name, at);
            }
        }
        self.rest(before.rest, now.rest, at);
        self.flattened(before, now, at);
    }

    /// A field that was there and is.
    fn field(&mut self, before: Field, now: Field, at: &str) {
        let (x, y) = (self.a.get(before.node), self.b.get(now.node));
        let place = place(at);
        match (before.required, now.required) {
            (false, true) => {
                let read_by = Verdict::when(x.nullable || !y.nullable);
                let what = format!("{place} could be missing and must be there");
                self.emit(
                    Rule::OptionalToRequired,
                    at,
                    "presence",
                    what,
                    Verdict::Breaks,
                    read_by,
                );
            }
            (true, false) => {
                let reads = Verdict::when(y.nullable || !x.nullable);
                let what = format!("{place} had to be there and may be missing");
                self.emit(
                    Rule::RequiredToOptional,
                    at,
                    "presence",
                    what,
                    reads,
                    Verdict::Breaks,
                );
            }
            _ => self.null(before.node, now.node, at, "presence"),
        }
        if !before.required && !now.required {
            let implied = |default: &Option<Value>, nullable: bool| {
                default.clone().or(nullable.then_some(Value::Null))
            };
            let (was, is) = (
                implied(&x.default, x.nullable),
                implied(&y.default, y.nullable),
            );
            if was != is && x.nullable == y.nullable {
                let show = |default: Option<Value>| {
                    default.map_or("another value".to_owned(), |value| format!("`{value}`"))
                };
                let what = format!(
                    "{place} read as {} when missing and reads as {}",
                    show(was),
                    show(is)
                );
                self.emit(
                    Rule::DefaultChanged,
                    at,
                    "default",
                    what,
                    Verdict::Warns,
                    Verdict::Compatible,
                );
            }
        }
        self.kinds(before.node, now.node, at);
    }

    /// Pairs removed fields with added ones: by alias, or where both are the only ones of a type.
    fn renamed(
        &mut self,
        before: &Object,
        now: &Object,
        removed: &mut Vec<&String>,
        added: &mut Vec<&String>,
        at: &str,
    ) {
        let mut pairs: Vec<(&String, &String, bool)> = Vec::new();
        for new in added.iter() {
            let Some(field) = now.fields.get(*new) else {
                continue;
            };
            let aliases = &self.b.get(field.node).aliases;
            if let Some(old) = removed.iter().find(|old| aliases.contains(**old)) {
                pairs.push((old, new, true));
            }
        }
        let alike = |old: &String, new: &String| match (before.fields.get(old), now.fields.get(new))
        {
            (Some(old), Some(new)) => old.required == new.required && self.same(old.node, new.node),
            _ => false,
        };
        let free = |name: &String, pairs: &[(&String, &String, bool)]| {
            !pairs
                .iter()
                .any(|(old, new, _)| *old == name || *new == name)
        };
        for old in removed
            .iter()
            .filter(|old| free(old, &pairs))
            .copied()
            .collect::<Vec<_>>()
        {
            let mut candidates = added
                .iter()
                .filter(|new| free(new, &pairs) && alike(old, new));
            if let (Some(new), None) = (candidates.next(), candidates.next()) {
                let rivals = removed
                    .iter()
                    .filter(|rival| free(rival, &pairs) && alike(rival, new))
                    .count();
                if rivals == 1 {
                    pairs.push((old, new, false));
                }
            }
        }
        for (old, new, aliased) in pairs {
            removed.retain(|name| *name != old);
            added.retain(|name| *name != new);
            let (Some(was), Some(is)) = (before.fields.get(old), now.fields.get(new)) else {
                continue;
            };
            let denied = now.rest == Rest::Closed && !aliased;
            let reads = match (aliased, is.required) {
                (true, _) => Verdict::Compatible,
                (false, true) => Verdict::Breaks,
                (false, false) if denied => Verdict::Breaks,
                // It decodes, and what was said in the old field is lost.
                (false, false) => Verdict::Warns,
            };
            let read_by = match was.required || before.rest == Rest::Closed {
                true => Verdict::Breaks,
                false => Verdict::Warns,
            };
            let what = format!("{} is `{new}` now", place(&below(at, "properties", old)));
            let subject = format!("{old} => {new}");
            self.emit(
                Rule::FieldRenamed,
                &below(at, "properties", old),
                subject,
                what,
                reads,
                read_by,
            );
            if aliased {
                self.field(*was, *is, &below(at, "properties", new));
            }
        }
    }

    fn removed(&mut self, field: Field, rest: Rest, name: &str, at: &str) {
        let reads = match rest {
            Rest::Open => true,
            Rest::Closed => false,
            Rest::Map(value) => self.today_reads(field.node, value),
        };
        let (rule, kind) = match field.required {
            true => (Rule::FieldRemovedRequired, "required"),
            false => (Rule::FieldRemovedOptional, "optional"),
        };
        let at = below(at, "properties", name);
        let what = format!("the {kind} field {} is gone", place(&at));
        self.emit(
            rule,
            &at,
            "removed",
            what,
            Verdict::when(reads),
            Verdict::when(!field.required),
        );
    }

    fn added(&mut self, field: Field, rest: Rest, name: &str, at: &str) {
        let (reads, read_by) = match rest {
            Rest::Open => (true, true),
            Rest::Closed => (true, false),
            Rest::Map(value) => (
                self.today_reads(value, field.node),
                self.published_reads(value, field.node),
            ),
        };
        let (rule, kind) = match field.required {
            true => (Rule::FieldAddedRequired, "required"),
            false => (Rule::FieldAddedOptional, "optional"),
        };
        let at = below(at, "properties", name);
        let what = format!(
            "the {kind} field {} of type `{}` is new",
            place(&at),
            describe(self.b.get(field.node))
        );
        self.emit(
            rule,
            &at,
            "added",
            what,
            Verdict::when(reads && !field.required),
            Verdict::when(read_by),
        );
    }

    fn rest(&mut self, before: Rest, now: Rest, at: &str) {
        let place = place(at);
        let below = format!("{at}/additionalProperties");
        match (before, now) {
            (Rest::Open, Rest::Open) | (Rest::Closed, Rest::Closed) => {}
            (_, Rest::Closed) => {
                let what = format!("unknown fields of {place} are refused");
                self.emit(
                    Rule::UnknownFieldsDenied,
                    at,
                    "rest",
                    what,
                    Verdict::Breaks,
                    Verdict::Compatible,
                );
            }
            (Rest::Closed, _) => {
                let what = format!("unknown fields of {place} are no longer refused");
                self.emit(
                    Rule::UnknownFieldsAllowed,
                    at,
                    "rest",
                    what,
                    Verdict::Compatible,
                    Verdict::Breaks,
                );
            }
            (Rest::Map(before), Rest::Map(now)) => self.node(before, now, &below),
            (Rest::Open, Rest::Map(_)) => {
                let what = format!("other fields of {place} are read into a flattened map");
                self.emit(
                    Rule::TypeNarrowed,
                    &below,
                    "rest",
                    what,
                    Verdict::Breaks,
                    Verdict::Compatible,
                );
            }
            (Rest::Map(_), Rest::Open) => {
                let what =
                    format!("other fields of {place} are no longer read into a flattened map");
                self.emit(
                    Rule::TypeWidened,
                    &below,
                    "rest",
                    what,
                    Verdict::Compatible,
                    Verdict::Breaks,
                );
            }
        }
    }

    fn flattened(&mut self, before: &Object, now: &Object, at: &str) {
        for (x, y) in before.unions.iter().zip(&now.unions) {
            self.node(*x, *y, at);
        }
        let below = format!("{at}/oneOf");
        if now.unions.len() > before.unions.len() {
            let what = format!("{} is new", place(&below));
            let read_by = Verdict::when(before.rest == Rest::Open);
            self.emit(
                Rule::FieldAddedRequired,
                &below,
                "union",
                what,
                Verdict::Breaks,
                read_by,
            );
        }
        if now.unions.len() < before.unions.len() {
            let what = format!("{} is gone", place(&below));
            let reads = Verdict::when(now.rest == Rest::Open);
            self.emit(
                Rule::FieldRemovedRequired,
                &below,
                "union",
                what,
                reads,
                Verdict::Breaks,
            );
        }
    }

    /// Maps, and structs that became maps or the reverse.
    pub(super) fn maps(&mut self, x: NodeId, y: NodeId, at: &str) {
        let (values, keys) = (
            format!("{at}/additionalProperties"),
            format!("{at}/propertyNames"),
        );
        match (&self.a.get(x).kind, &self.b.get(y).kind) {
            (Kind::Map(before), Kind::Map(now)) => {
                if before.keys != now.keys {
                    let (reads, read_by) = (
                        covers(&now.keys, &before.keys),
                        covers(&before.keys, &now.keys),
                    );
                    self.keys(reads, read_by, &keys);
                }
                self.node(before.value, now.value, &values);
            }
            (Kind::Object(before), Kind::Map(now))
                if self.a.enum_map_value(before).is_some() && now.keys.is_none() =>
            {
                self.keys(true, false, &keys);
                if let Some(value) = self.a.enum_map_value(before) {
                    self.node(value, now.value, &values);
                }
            }
            (Kind::Map(before), Kind::Object(now))
                if self.b.enum_map_value(now).is_some() && before.keys.is_none() =>
            {
                self.keys(false, true, &keys);
                if let Some(value) = self.b.enum_map_value(now) {
                    self.node(before.value, value, &values);
                }
            }
            _ => self.cardinality(x, y, at, Verdict::Breaks, Verdict::Breaks),
        }
    }

    fn keys(&mut self, reads: bool, read_by: bool, at: &str) {
        let rule = match (reads, read_by) {
            (true, true) => return,
            (true, false) => Rule::TypeWidened,
            (false, true) => Rule::TypeNarrowed,
            (false, false) => Rule::TypeChanged,
        };
        let what = format!("{} are of another type", place(at));
        self.emit(
            rule,
            at,
            "keys",
            what,
            Verdict::when(reads),
            Verdict::when(read_by),
        );
    }
}

/// Whether all keys of one pattern are keys of another.
fn covers(reader: &Option<String>, written: &Option<String>) -> bool {
    match (reader, written) {
        (None, _) => true,
        (Some(reader), Some(written)) => {
            reader == written || (reader == r"^-?\d+$" && written == r"^\d+$")
        }
        (Some(_), None) => false,
    }
}
