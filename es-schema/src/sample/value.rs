//! One payload: smallest or fullest, with some choices taken as told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as Fields, Value, json};

use super::text;
use crate::shape::{
    Constraints, Integer, Kind, Map, Node, NodeId, Object, Rest, Shape, Tagging, Union,
};

/// Elements of the longest list that is made.
const LONGEST: u64 = 4096;
/// Places of the largest payload.
const LARGEST: usize = 20_000;

/// A choice that was met: where, and what else there is.
pub(super) struct Point {
    pub(super) place: String,
    pub(super) options: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Size {
    Smallest,
    Fullest,
}

pub(super) struct Maker<'s> {
    shape: &'s Shape,
    /// Choices to take, by place: the index of the option.
    forced: BTreeMap<String, usize>,
    pub(super) points: Vec<Point>,
    /// How deep the least value of a node is; none if it has no finite value.
    heights: BTreeMap<NodeId, u32>,
    stack: Vec<NodeId>,
    made: usize,
}

impl<'s> Maker<'s> {
    pub(super) fn new(shape: &'s Shape, forced: BTreeMap<String, usize>) -> Self {
        Self {
            shape,
            forced,
            points: Vec::new(),
            heights: heights(shape),
            stack: Vec::new(),
            made: 0,
        }
    }

    pub(super) fn smallest(&mut self) -> Option<Value> {
        self.value(self.shape.root_id(), "", Size::Smallest)
    }

    pub(super) fn fullest(&mut self) -> Option<Value> {
        self.value(self.shape.root_id(), "", Size::Fullest)
    }

    fn value(&mut self, id: NodeId, place: &str, size: Size) -> Option<Value> {
        self.made += 1;
        if self.made > LARGEST {
            return None;
        }
        let node = self.shape.get(id);
        // A type within itself is as small as can be, so that payloads end.
        let size = if self.stack.contains(&id) {
            Size::Smallest
        } else {
            size
        };
        if node.nullable && !matches!(node.kind, Kind::Any | Kind::Null) {
            let null = match size {
                Size::Smallest => true,
                Size::Fullest => self
                    .choose(&format!("{place}-"), &["null".to_owned()])
                    .is_some(),
            };
            if null || !self.heights.contains_key(&id) {
                return Some(Value::Null);
            }
        }
        self.heights.get(&id)?;
        self.stack.push(id);
        let value = self.kind(node, place, size);
        self.stack.pop();
        value
    }

    /// The option taken at a place, none for the usual.
    fn choose(&mut self, place: &str, options: &[String]) -> Option<usize> {
        self.points.push(Point {
            place: place.to_owned(),
            options: options.to_vec(),
        });
        self.forced.get(place).copied()
    }

    fn kind(&mut self, node: &'s Node, place: &str, size: Size) -> Option<Value> {
        let full = size == Size::Fullest;
        Some(match &node.kind {
            Kind::Any if full => json!({"any": true}),
            Kind::Any | Kind::Null => Value::Null,
            Kind::Never => return None,
            Kind::Bool if full => {
                match self.choose(place, &["true".to_owned(), "false".to_owned()]) {
                    Some(1) => Value::Bool(false),
                    _ => Value::Bool(true),
                }
            }
            Kind::Bool => Value::Bool(false),
            Kind::Integer(kind) => integer(kind, &node.constraints, full)?,
            Kind::Number(_) => number(&node.constraints, full),
            Kind::Text(kind) => Value::String(text::text(kind, &node.constraints, full)),
            Kind::Enum(constants) => {
                let names: Vec<String> = constants.keys().cloned().collect();
                let chosen = if full {
                    self.choose(place, &names)
                } else {
                    None
                };
                constants.values().nth(chosen.unwrap_or(0))?.clone()
            }
            Kind::Object(object) => Value::Object(self.object(object, place, size)?),
            Kind::Map(map) => self.map(map, &node.constraints, place, size)?,
            Kind::Seq(item) => self.list(*item, &node.constraints, place, size)?,
            Kind::Tuple(items) => {
                let mut values = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    values.push(self.value(*item, &format!("{place}-{index}"), size)?);
                }
                Value::Array(values)
            }
            Kind::Array(item, length) => {
                self.elements(*item, *length, &node.constraints, place, size)?
            }
            Kind::Union(union) => self.union(union, place, size)?,
        })
    }

    fn object(
        &mut self,
        object: &Object,
        place: &str,
        size: Size,
    ) -> Option<Fields<String, Value>> {
        let mut fields = Fields::new();
        for (name, field) in &object.fields {
            let inner = join(place, name);
            let finite = self.heights.contains_key(&field.node);
            if !field.required && (size == Size::Smallest || !finite) {
                continue;
            }
            let plain = !self.shape.get(field.node).nullable;
            if !field.required
                && plain
                && self
                    .choose(&format!("{inner}--"), &["missing".to_owned()])
                    .is_some()
            {
                continue;
            }
            let value = self.value(field.node, &inner, size)?;
            fields.insert(name.clone(), value);
        }
        if let Rest::Map(value) = object.rest
            && size == Size::Fullest
            && let Some(value) = self.value(value, &join(place, "rest"), size)
        {
            // Integer keys are the only ones with a pattern, and they are no field's name.
            let key = (1..)
                .map(|number: u32| number.to_string())
                .find(|key| !object.fields.contains_key(key))?;
            fields.insert(key, value);
        }
        for union in &object.unions {
            match self.value(*union, place, size)? {
                Value::Object(more) => fields.extend(more),
                Value::Null => {}
                _ => return None,
            }
        }
        Some(fields)
    }

    fn map(
        &mut self,
        map: &Map,
        constraints: &Constraints,
        place: &str,
        size: Size,
    ) -> Option<Value> {
        let least = constraints
            .get("minProperties")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let wanted = if size == Size::Fullest {
            least.max(1)
        } else {
            least
        };
        let count = wanted.min(
            constraints
                .get("maxProperties")
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX),
        );
        let mut entries = Fields::new();
        for index in 0..count.min(LONGEST) {
            let Some(value) = self.value(map.value, &join(place, "value"), size) else {
                break;
            };
            let key = match &map.keys {
                Some(pattern) if pattern.contains("\\d") => (index + 1).to_string(),
                Some(pattern) => text::matching(pattern).unwrap_or_default(),
                None => format!("key{}", index + 1),
            };
            entries.insert(key, value);
        }
        Some(Value::Object(entries))
    }

    fn list(
        &mut self,
        item: NodeId,
        constraints: &Constraints,
        place: &str,
        size: Size,
    ) -> Option<Value> {
        let least = constraints
            .get("minItems")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        let wanted = if size == Size::Fullest {
            least.max(1)
        } else {
            least
        };
        let count = wanted.min(
            constraints
                .get("maxItems")
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX),
        );
        if !self.heights.contains_key(&item) {
            return (least == 0).then(|| json!([]));
        }
        self.elements(item, count, constraints, place, size)
    }

    fn elements(
        &mut self,
        item: NodeId,
        count: u64,
        constraints: &Constraints,
        place: &str,
        size: Size,
    ) -> Option<Value> {
        if count > LONGEST {
            return None;
        }
        let unique = constraints.get("uniqueItems").is_some();
        let mut values: Vec<Value> = Vec::new();
        for _ in 0..count {
            let value = self.value(item, &join(place, "item"), size)?;
            values.push(if unique {
                another(value, &values)
            } else {
                value
            });
        }
        Some(Value::Array(values))
    }

    fn union(&mut self, union: &Union, place: &str, size: Size) -> Option<Value> {
        let variants: Vec<_> = union
            .variants
            .iter()
            .filter(|variant| {
                variant
                    .content
                    .is_none_or(|content| self.heights.contains_key(&content))
            })
            .collect();
        let names: Vec<String> = variants
            .iter()
            .map(|variant| variant.name.clone())
            .collect();
        let chosen = match size {
            Size::Fullest => {
                let richest = variants
                    .iter()
                    .position(|variant| variant.content.is_some())
                    .unwrap_or(0);
                self.choose(place, &names).unwrap_or(richest)
            }
            Size::Smallest => {
                let height = |content: Option<NodeId>| {
                    content.map_or(0, |content| {
                        self.heights.get(&content).copied().unwrap_or(u32::MAX)
                    })
                };
                (0..variants.len()).min_by_key(|index| {
                    variants.get(*index).map(|variant| height(variant.content))
                })?
            }
        };
        let variant = variants.get(chosen)?;
        let inner = match union.tagging {
            Tagging::Untagged => join(place, &format!("alternative-{}", variant.name)),
            _ => join(place, &variant.name),
        };
        let content = match variant.content {
            Some(content) => Some(self.value(content, &inner, size)?),
            None => None,
        };
        Some(match (&union.tagging, content) {
            (Tagging::External, Some(content)) => {
                Value::Object(Fields::from_iter([(variant.name.clone(), content)]))
            }
            (
                Tagging::Internal(tag) | Tagging::Adjacent(tag, _),
                Some(Value::Object(mut fields)),
            ) => {
                fields.insert(tag.clone(), Value::String(variant.name.clone()));
                Value::Object(fields)
            }
            (Tagging::Untagged, Some(content)) => content,
            (_, Some(_)) => return None,
            (_, None) => Value::String(variant.name.clone()),
        })
    }
}

/// The height of each node's least value.
fn heights(shape: &Shape) -> BTreeMap<NodeId, u32> {
    let mut heights: BTreeMap<NodeId, u32> = BTreeMap::new();
    loop {
        let mut changed = false;
        for id in shape.ids() {
            if heights.contains_key(&id) {
                continue;
            }
            if let Some(height) = height(shape, id, &heights) {
                heights.insert(id, height);
                changed = true;
            }
        }
        if !changed {
            return heights;
        }
    }
}

fn height(shape: &Shape, id: NodeId, known: &BTreeMap<NodeId, u32>) -> Option<u32> {
    let node = shape.get(id);
    let all = |ids: Vec<NodeId>| {
        ids.iter().try_fold(0_u32, |most, id| {
            Some(most.max(known.get(id)?.saturating_add(1)))
        })
    };
    let empty = |keyword: &str| {
        node.constraints
            .get(keyword)
            .and_then(Value::as_u64)
            .unwrap_or(0)
            == 0
    };
    let height = match &node.kind {
        Kind::Never => None,
        Kind::Object(object) => {
            let required = object
                .fields
                .values()
                .filter(|field| field.required)
                .map(|field| field.node);
            all(required.chain(object.unions.iter().copied()).collect())
        }
        Kind::Map(map) if !empty("minProperties") => all(vec![map.value]),
        Kind::Seq(item) if !empty("minItems") => all(vec![*item]),
        Kind::Array(item, length) if *length > 0 => all(vec![*item]),
        Kind::Tuple(items) => all(items.clone()),
        Kind::Union(union) => {
            let each = union.variants.iter().map(|variant| {
                variant
                    .content
                    .map_or(Some(0), |content| known.get(&content).copied())
            });
            each.flatten().min().map(|height| height.saturating_add(1))
        }
        _ => Some(0),
    };
    height.or(node.nullable.then_some(0))
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}-{name}")
    }
}

/// A value that is not among others yet, if it is easily found.
fn another(value: Value, others: &[Value]) -> Value {
    let taken: BTreeSet<String> = others.iter().map(Value::to_string).collect();
    let candidates = (0..=LONGEST).map(|step| match &value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => json!(
                number
                    .checked_sub(step)
                    .unwrap_or(number.saturating_add(step))
            ),
            (None, Some(number)) => json!(number.saturating_add_unsigned(step)),
            (None, None) => json!(number.as_f64().unwrap_or(0.0) + 1.0),
        },
        Value::String(text) if step > 0 => json!(format!("{text}{step}")),
        Value::Bool(flag) => json!(*flag == (step == 0)),
        other => other.clone(),
    });
    candidates
        .into_iter()
        .find(|candidate| !taken.contains(&candidate.to_string()))
        .unwrap_or(value)
}

fn integer(kind: &Integer, constraints: &Constraints, full: bool) -> Option<Value> {
    let bound = |keyword: &str| constraints.get(keyword).and_then(Value::as_f64);
    let whole = |value: f64| value as i128;
    // What JSON numbers hold; a type without a format holds what every reader does.
    let precise = kind.least == i128::MIN;
    let mut least = kind
        .least
        .max(if precise { -(1 << 53) } else { i64::MIN.into() });
    let mut greatest = i128::try_from(kind.greatest)
        .unwrap_or(i128::MAX)
        .min(if precise { 1 << 53 } else { u64::MAX.into() });
    if let Some(minimum) = bound("minimum") {
        least = least.max(whole(minimum.ceil()));
    }
    if let Some(minimum) = bound("exclusiveMinimum") {
        least = least.max(whole(minimum.floor()) + 1);
    }
    if let Some(maximum) = bound("maximum") {
        greatest = greatest.min(whole(maximum.floor()));
    }
    if let Some(maximum) = bound("exclusiveMaximum") {
        greatest = greatest.min(whole(maximum.ceil()) - 1);
    }
    let mut value = if full {
        greatest
    } else {
        least.max(0.min(greatest))
    };
    if let Some(step) = bound("multipleOf").map(whole).filter(|step| *step > 1) {
        value = value.div_euclid(step) * step;
        if value < least {
            value += step;
        }
    }
    if kind.nonzero && value == 0 {
        value = if greatest > 0 { 1 } else { -1 };
    }
    i64::try_from(value)
        .map(Value::from)
        .or_else(|_| u64::try_from(value).map(Value::from))
        .ok()
}

fn number(constraints: &Constraints, full: bool) -> Value {
    let bound = |keyword: &str| constraints.get(keyword).and_then(Value::as_f64);
    let mut value: f64 = if full { 1.5 } else { 0.0 };
    if let Some(step) = bound("multipleOf") {
        value = if full { step } else { 0.0 };
    }
    let step = bound("multipleOf").unwrap_or(0.5);
    if let Some(minimum) = bound("minimum").filter(|minimum| value < *minimum) {
        value = (minimum / step).ceil() * step;
    }
    if let Some(minimum) = bound("exclusiveMinimum").filter(|minimum| value <= *minimum) {
        value = ((minimum / step).floor() + 1.0) * step;
    }
    if let Some(maximum) = bound("maximum").filter(|maximum| value > *maximum) {
        value = (maximum / step).floor() * step;
    }
    if let Some(maximum) = bound("exclusiveMaximum").filter(|maximum| value >= *maximum) {
        value = ((maximum / step).ceil() - 1.0) * step;
    }
    json!(value)
}
