//! Rules for enums with data and for alternatives.

use super::change::Verdict;
use super::rule::Rule;
use super::walk::Walk;
use super::words::{below, place};
use crate::shape::{Kind, Node, NodeId, Shape, Tagging, Union, Variant};

impl Walk<'_> {
    pub(super) fn unions(&mut self, x: NodeId, y: NodeId, at: &str) {
        let (before, now) = (as_union(self.a.get(x)), as_union(self.b.get(y)));
        let untagged = |union: &Option<Union>| {
            union
                .as_ref()
                .is_some_and(|union| union.tagging == Tagging::Untagged)
        };
        match (before, now) {
            (Some(before), Some(now))
                if untagged(&Some(before.clone())) && untagged(&Some(now.clone())) =>
            {
                self.untagged(&before, &now, at);
            }
            (Some(before), Some(now)) if self.alike_tagged(&before, &now) => {
                self.tagged(&before, &now, at)
            }
            (before, now) if untagged(&before) != untagged(&now) => {
                // A plain type that became one of several alternatives, or the reverse.
                let (reads, read_by) = (self.covers(x, y, true), self.covers(x, y, false));
                if before.is_some() && now.is_some() && !reads && !read_by {
                    return self.retagged(x, y, at);
                }
                self.retyped(x, y, at, Verdict::when(reads), Verdict::when(read_by));
            }
            (Some(_), Some(_)) => self.retagged(x, y, at),
            _ => self.retyped(x, y, at, Verdict::Breaks, Verdict::Breaks),
        }
    }

    /// Whether the reader of one side (today's if `forwards`) has an alternative for each of the
    /// other's.
    fn covers(&self, x: NodeId, y: NodeId, forwards: bool) -> bool {
        let alternatives = |shape: &Shape, node: NodeId| match &shape.get(node).kind {
            Kind::Union(union) if union.tagging == Tagging::Untagged => union
                .variants
                .iter()
                .filter_map(|variant| variant.content)
                .collect(),
            _ => vec![node],
        };
        let (xs, ys) = (alternatives(self.a, x), alternatives(self.b, y));
        if forwards {
            xs.iter()
                .all(|x| ys.iter().any(|y| self.today_reads(*x, *y)))
        } else {
            ys.iter()
                .all(|y| xs.iter().any(|x| self.published_reads(*x, *y)))
        }
    }

    fn retagged(&mut self, x: NodeId, y: NodeId, at: &str) {
        let what = self.was_and_is("", x, y, at);
        self.emit(
            Rule::TaggingChanged,
            at,
            "type",
            what,
            Verdict::Breaks,
            Verdict::Breaks,
        );
    }

    /// Whether the variants of two enums are told apart in the same way.
    fn alike_tagged(&self, before: &Union, now: &Union) -> bool {
        let uses = |shape: &Shape, union: &Union, name: &String| {
            union
                .variants
                .iter()
                .filter_map(|variant| variant.content)
                .any(|content| match &shape.get(content).kind {
                    Kind::Object(object) => object.fields.contains_key(name),
                    _ => false,
                })
        };
        match (&before.tagging, &now.tagging) {
            // An internal tag beside one field looks like an adjacent one, so the field decides.
            (Tagging::Adjacent(tag, content), Tagging::Internal(other)) => {
                tag == other && (uses(self.b, now, content) || all_units(self.b, now))
            }
            (Tagging::Internal(tag), Tagging::Adjacent(other, content)) => {
                tag == other && (uses(self.a, before, content) || all_units(self.a, before))
            }
            (before, now) => before == now,
        }
    }

    fn tagged(&mut self, before: &Union, now: &Union, at: &str) {
        for variant in &before.variants {
            let at = below(at, "oneOf", &variant.name);
            match now.variants.iter().find(|other| other.name == variant.name) {
                Some(same) => self.variant(variant, same, &at),
                None => {
                    let what = format!("{} is gone", place(&at));
                    self.emit(
                        Rule::VariantRemoved,
                        &at,
                        "variant",
                        what,
                        Verdict::Breaks,
                        Verdict::Compatible,
                    );
                }
            }
        }
        for variant in &now.variants {
            if !before
                .variants
                .iter()
                .any(|other| other.name == variant.name)
            {
                let at = below(at, "oneOf", &variant.name);
                let what = format!("{} is new", place(&at));
                self.emit(
                    Rule::VariantAdded,
                    &at,
                    "variant",
                    what,
                    Verdict::Compatible,
                    Verdict::Breaks,
                );
            }
        }
    }

    fn variant(&mut self, before: &Variant, now: &Variant, at: &str) {
        if before.description != now.description {
            self.documented(&format!("the description of {} changed", place(at)), at);
        }
        match (before.content, now.content) {
            (None, None) => {}
            (Some(x), Some(y)) if form(self.a.get(x)) == form(self.b.get(y)) => self.node(x, y, at),
            (Some(x), Some(y)) => {
                let (reads, read_by) = (self.today_reads(x, y), self.published_reads(x, y));
                let what = self.was_and_is("the content of ", x, y, at);
                self.emit(
                    Rule::VariantChanged,
                    at,
                    "variant",
                    what,
                    Verdict::when(reads),
                    Verdict::when(read_by),
                );
            }
            (unit, _) => {
                let (was, is) = if unit.is_none() {
                    ("no data", "data")
                } else {
                    ("data", "no data")
                };
                let what = format!("{} had {was} and has {is}", place(at));
                self.emit(
                    Rule::VariantChanged,
                    at,
                    "variant",
                    what,
                    Verdict::Breaks,
                    Verdict::Breaks,
                );
            }
        }
    }

    /// Alternatives have no names: each is compared with its equal, or with the one that remains.
    fn untagged(&mut self, before: &Union, now: &Union, at: &str) {
        let contents = |union: &Union| -> Vec<(usize, NodeId)> {
            union
                .variants
                .iter()
                .filter_map(|variant| variant.content)
                .enumerate()
                .collect()
        };
        let (mut xs, mut ys) = (contents(before), contents(now));
        let (all_xs, all_ys) = (xs.clone(), ys.clone());
        xs.retain(
            |(_, x)| match ys.iter().position(|(_, y)| self.same(*x, *y)) {
                Some(index) => {
                    let (place, y) = ys.remove(index);
                    self.node(*x, y, &format!("{at}/anyOf/{place}"));
                    false
                }
                None => true,
            },
        );
        // What is left changed: pair what has the same form, if it is the only one.
        xs.retain(|(_, x)| {
            let form_of = form(self.a.get(*x));
            let mut alike = (0..ys.len()).filter(|index| {
                ys.get(*index)
                    .is_some_and(|(_, y)| form(self.b.get(*y)) == form_of)
            });
            let (Some(index), None) = (alike.next(), alike.next()) else {
                return true;
            };
            let (place, y) = ys.remove(index);
            self.node(*x, y, &format!("{at}/anyOf/{place}"));
            false
        });
        for (index, x) in xs {
            let reads = all_ys.iter().any(|(_, y)| self.today_reads(x, *y));
            let at = format!("{at}/anyOf/{index}");
            let what = format!("{} is gone", place(&at));
            self.emit(
                Rule::VariantRemoved,
                &at,
                "removed",
                what,
                Verdict::when(reads),
                Verdict::Compatible,
            );
        }
        for (index, y) in ys {
            let read_by = all_xs.iter().any(|(_, x)| self.published_reads(*x, y));
            let at = format!("{at}/anyOf/{index}");
            let what = format!("{} is new", place(&at));
            self.emit(
                Rule::VariantAdded,
                &at,
                "added",
                what,
                Verdict::Compatible,
                Verdict::when(read_by),
            );
        }
    }
}

fn all_units(shape: &Shape, union: &Union) -> bool {
    union
        .variants
        .iter()
        .filter_map(|variant| variant.content)
        .all(|content| match &shape.get(content).kind {
            Kind::Object(object) => object.fields.is_empty() && object.unions.is_empty(),
            _ => false,
        })
}

/// A union, or an enum of strings seen as one.
fn as_union(node: &Node) -> Option<Union> {
    match &node.kind {
        Kind::Union(union) => Some(union.clone()),
        Kind::Enum(constants) => {
            let unit = |value: &serde_json::Value| {
                Some(Variant {
                    name: value.as_str()?.to_owned(),
                    content: None,
                    description: None,
                })
            };
            Some(Union {
                tagging: Tagging::External,
                variants: constants.values().map(unit).collect::<Option<_>>()?,
            })
        }
        _ => None,
    }
}

/// What a variant's data is, roughly: changes within a form are told in detail.
fn form(node: &Node) -> u8 {
    match &node.kind {
        Kind::Any | Kind::Never => 0,
        Kind::Null => 1,
        Kind::Bool | Kind::Integer(_) | Kind::Number(_) | Kind::Text(_) | Kind::Enum(_) => 2,
        Kind::Object(_) => 3,
        Kind::Map(_) => 4,
        Kind::Seq(_) | Kind::Tuple(_) | Kind::Array(..) => 5,
        Kind::Union(_) => 6,
    }
}
