//! The walk through two shapes side by side.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::mem::discriminant;
use std::rc::Rc;

use super::change::{Change, Draft, Verdict};
use super::repair;
use super::rule::Rule;
use super::words::{describe, place};
use crate::shape::{Kind, NodeId, Shape};

/// Deepest pair of places that is compared.
const DEEPEST: usize = 80;
/// Most comparisons of places in one walk, probes included.
const MOST: u32 = 300_000;
/// How often one pair's changes are reported, at different places.
const REPEATED: u32 = 32;

/// A place of `a`, one of `b`, and whether `a` is today's.
type Pair = (NodeId, NodeId, bool);

pub(super) struct Walk<'s> {
    pub(super) a: &'s Shape,
    pub(super) b: &'s Shape,
    reversed: bool,
    /// Pairs being compared: met again, they are taken to be alike, for nothing else would tell
    /// two recursive types apart.
    assumed: HashSet<Pair>,
    visits: HashMap<Pair, u32>,
    left: Rc<Cell<u32>>,
    depth: usize,
    out: Vec<Draft>,
}

impl<'s> Walk<'s> {
    /// What changed from `a` to `b`, with what it does to a reader of each.
    pub(super) fn compare(a: &'s Shape, b: &'s Shape) -> Vec<Draft> {
        let mut walk = Self {
            a,
            b,
            reversed: false,
            assumed: HashSet::new(),
            visits: HashMap::new(),
            left: Rc::new(Cell::new(MOST)),
            depth: 0,
            out: Vec::new(),
        };
        walk.node(a.root_id(), b.root_id(), "");
        walk.out
    }

    /// Compares two places, `null` included.
    pub(super) fn node(&mut self, x: NodeId, y: NodeId, at: &str) {
        self.null(x, y, at, "null");
        self.kinds(x, y, at);
    }

    /// Compares whether `null` may stand at two places.
    pub(super) fn null(&mut self, x: NodeId, y: NodeId, at: &str, subject: &str) {
        let (x, y) = (self.a.get(x), self.b.get(y));
        if [x, y]
            .iter()
            .any(|node| matches!(node.kind, Kind::Any | Kind::Null | Kind::Never))
        {
            return;
        }
        let place = place(at);
        match (x.nullable, y.nullable) {
            (true, false) => self.emit(
                Rule::TypeNarrowed,
                at,
                subject,
                format!("{place} may no longer be null"),
                Verdict::Breaks,
                Verdict::Compatible,
            ),
            (false, true) => self.emit(
                Rule::TypeWidened,
                at,
                subject,
                format!("{place} may be null"),
                Verdict::Compatible,
                Verdict::Breaks,
            ),
            _ => {}
        }
    }

    /// Compares two places but for `null`.
    pub(super) fn kinds(&mut self, x: NodeId, y: NodeId, at: &str) {
        let origins = (self.a.origin(x), self.b.origin(y));
        let pair = if self.reversed {
            (origins.1, origins.0, true)
        } else {
            (origins.0, origins.1, false)
        };
        let visits = self.visits.entry(pair).or_default();
        *visits += 1;
        if *visits > REPEATED || self.assumed.contains(&pair) {
            return;
        }
        if self.depth >= DEEPEST || self.left.get() == 0 {
            let what = format!("{} is too deep or too large to compare", place(at));
            return self.emit(
                Rule::TypeChanged,
                at,
                "type",
                what,
                Verdict::Breaks,
                Verdict::Breaks,
            );
        }
        self.left.set(self.left.get() - 1);
        self.assumed.insert(pair);
        self.depth += 1;
        self.documentation(x, y, at);
        self.kind(x, y, at);
        self.depth -= 1;
        self.assumed.remove(&pair);
    }

    fn kind(&mut self, x: NodeId, y: NodeId, at: &str) {
        let (a, b) = (self.a.get(x), self.b.get(y));
        if discriminant(&a.kind) == discriminant(&b.kind) {
            self.constraints(&a.constraints, &b.constraints, at);
        }
        match (&a.kind, &b.kind) {
            (Kind::Any, Kind::Any)
            | (Kind::Never, Kind::Never)
            | (Kind::Null, Kind::Null)
            | (Kind::Bool, Kind::Bool) => {}
            (Kind::Any, _) | (_, Kind::Never) => {
                self.retyped(x, y, at, Verdict::Breaks, Verdict::Compatible)
            }
            (_, Kind::Any) | (Kind::Never, _) => {
                self.retyped(x, y, at, Verdict::Compatible, Verdict::Breaks)
            }
            (Kind::Null, _) => self.retyped(x, y, at, Verdict::when(b.nullable), Verdict::Breaks),
            (_, Kind::Null) => self.retyped(x, y, at, Verdict::Breaks, Verdict::when(a.nullable)),
            (Kind::Object(before), Kind::Object(now)) => self.objects(before, now, at),
            (Kind::Object(_) | Kind::Map(_), Kind::Object(_) | Kind::Map(_)) => self.maps(x, y, at),
            (Kind::Union(_), _) | (_, Kind::Union(_)) => self.unions(x, y, at),
            (
                Kind::Seq(_) | Kind::Tuple(_) | Kind::Array(..),
                Kind::Seq(_) | Kind::Tuple(_) | Kind::Array(..),
            ) => {
                self.lists(x, y, at);
            }
            (before, now) if before.is_scalar() && now.is_scalar() => self.scalars(x, y, at),
            (Kind::Object(_), now) if now.is_scalar() => {
                self.retyped(x, y, at, Verdict::Breaks, Verdict::Breaks)
            }
            (before, Kind::Object(_)) if before.is_scalar() => {
                self.retyped(x, y, at, Verdict::Breaks, Verdict::Breaks)
            }
            _ => self.cardinality(x, y, at, Verdict::Breaks, Verdict::Breaks),
        }
    }

    /// A type that is another, named by what it does to readers.
    pub(super) fn retyped(
        &mut self,
        x: NodeId,
        y: NodeId,
        at: &str,
        reads: Verdict,
        read_by: Verdict,
    ) {
        let rule = match (reads < Verdict::Breaks, read_by < Verdict::Breaks) {
            (true, true) => return,
            (true, false) => Rule::TypeWidened,
            (false, true) => Rule::TypeNarrowed,
            (false, false) => Rule::TypeChanged,
        };
        let what = self.was_and_is("", x, y, at);
        self.emit(rule, at, "type", what, reads, read_by);
    }

    /// One value, a list, a map, a tuple that became another of these.
    pub(super) fn cardinality(
        &mut self,
        x: NodeId,
        y: NodeId,
        at: &str,
        reads: Verdict,
        read_by: Verdict,
    ) {
        let what = self.was_and_is("", x, y, at);
        self.emit(Rule::CardinalityChanged, at, "type", what, reads, read_by);
    }

    pub(super) fn was_and_is(&self, prefix: &str, x: NodeId, y: NodeId, at: &str) -> String {
        let (before, now) = (describe(self.a.get(x)), describe(self.b.get(y)));
        format!("{prefix}{} was `{before}` and is `{now}`", place(at))
    }

    fn documentation(&mut self, x: NodeId, y: NodeId, at: &str) {
        let (a, b) = (self.a.get(x), self.b.get(y));
        let what = match (a.title != b.title, a.description != b.description) {
            (false, false) => return,
            (true, false) => "title",
            (_, true) => "description",
        };
        self.documented(&format!("the {what} of {} changed", place(at)), at);
    }

    pub(super) fn documented(&mut self, what: &str, at: &str) {
        self.emit(
            Rule::DocChanged,
            at,
            "doc",
            what.to_owned(),
            Verdict::Compatible,
            Verdict::Compatible,
        );
    }

    pub(super) fn emit(
        &mut self,
        rule: Rule,
        at: &str,
        subject: impl Into<String>,
        what: String,
        reads: Verdict,
        read_by: Verdict,
    ) {
        let subject = subject.into();
        let hurts = reads.max(read_by) > Verdict::Compatible;
        let repair = hurts
            .then(|| repair::nested(rule, at, &subject, reads))
            .flatten();
        let change = Change {
            rule,
            pointer: at.to_owned(),
            what,
            reads,
            read_by,
            repair,
        };
        self.out.push(Draft { change, subject });
    }

    fn probe<T>(&self, backwards: bool, ask: impl FnOnce(&mut Walk<'s>) -> T) -> T {
        let (a, b) = if backwards {
            (self.b, self.a)
        } else {
            (self.a, self.b)
        };
        let mut probe = Walk {
            a,
            b,
            reversed: self.reversed != backwards,
            assumed: self.assumed.clone(),
            visits: HashMap::new(),
            left: Rc::clone(&self.left),
            depth: self.depth,
            out: Vec::new(),
        };
        ask(&mut probe)
    }

    /// Whether a reader of `y` decodes all that `x` describes.
    pub(super) fn today_reads(&self, x: NodeId, y: NodeId) -> bool {
        self.probe(false, |walk| {
            walk.node(x, y, "");
            walk.out
                .iter()
                .all(|draft| draft.change.reads < Verdict::Breaks)
        })
    }

    /// Whether a reader of `x` decodes all that `y` describes.
    pub(super) fn published_reads(&self, x: NodeId, y: NodeId) -> bool {
        self.probe(true, |walk| {
            walk.node(y, x, "");
            walk.out
                .iter()
                .all(|draft| draft.change.reads < Verdict::Breaks)
        })
    }

    /// Whether two places describe the same, documentation and defaults aside.
    pub(super) fn same(&self, x: NodeId, y: NodeId) -> bool {
        self.probe(false, |walk| {
            walk.node(x, y, "");
            walk.out
                .iter()
                .all(|draft| matches!(draft.change.rule, Rule::DocChanged | Rule::DefaultChanged))
        })
    }
}

impl Kind {
    fn is_scalar(&self) -> bool {
        matches!(
            self,
            Self::Bool | Self::Integer(_) | Self::Number(_) | Self::Text(_) | Self::Enum(_)
        )
    }
}
