//! From a schema to its normal form.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map as Keywords, Value, json};

use super::error::{Problem, SchemaError};
use super::merge::{Alternatives, Flat, annotates, canonical, flatten, only_reference};
use super::model::{Kind, Node, NodeId, Shape};
use super::scalar;

/// Deepest nesting of a schema, counted through its references.
const DEEPEST: usize = 64;
/// Most places of a schema.
const MOST_NODES: usize = 20_000;

impl Shape {
    /// The normal form of a JSON Schema 2020-12.
    ///
    /// # Errors
    /// If the schema is malformed, says something the normal form has no word for (`if`,
    /// `contains`, …), refers to what is not there, or is deeper or larger than any sane schema.
    pub fn parse(schema: &Value) -> Result<Self, SchemaError> {
        if too_deep(schema) {
            return Err(fail("", Problem::TooDeep));
        }
        let mut reader = Reader {
            document: schema,
            nodes: Vec::new(),
            known: HashMap::new(),
            depth: 0,
        };
        let root = reader.node(schema, "")?;
        reader.settle()?;
        Ok(Self {
            nodes: reader.nodes,
            root,
        })
    }
}

/// Whether a value is nested so deeply that walking it might exhaust the stack.
fn too_deep(value: &Value) -> bool {
    let mut left = vec![(value, 0)];
    while let Some((value, depth)) = left.pop() {
        if depth > 4 * DEEPEST {
            return true;
        }
        match value {
            Value::Array(values) => left.extend(values.iter().map(|value| (value, depth + 1))),
            Value::Object(values) => left.extend(values.values().map(|value| (value, depth + 1))),
            _ => {}
        }
    }
    false
}

pub(super) fn fail(at: &str, problem: Problem) -> SchemaError {
    SchemaError {
        pointer: at.to_owned(),
        problem,
    }
}

/// A pointer one step further.
pub(super) fn below(at: &str, keyword: &str, name: &str) -> String {
    format!(
        "{at}/{keyword}/{}",
        name.replace('~', "~0").replace('/', "~1")
    )
}

pub(super) struct Reader<'d> {
    pub(super) document: &'d Value,
    nodes: Vec<Node>,
    /// Nodes by the text of their schema: the same text has the same form, which ends recursion.
    known: HashMap<String, NodeId>,
    depth: usize,
}

impl Reader<'_> {
    /// The node of a schema.
    pub(super) fn node(&mut self, schema: &Value, at: &str) -> Result<NodeId, SchemaError> {
        let schema = &canonical(schema, self.document);
        let text = schema.to_string();
        if let Some(id) = self.known.get(&text) {
            return Ok(*id);
        }
        if self.nodes.len() >= MOST_NODES {
            return Err(fail(at, Problem::TooLarge));
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node::default());
        self.known.insert(text, id);
        let node = self.read(schema, at)?;
        if let Some(place) = self.nodes.get_mut(id.0) {
            *place = node;
        }
        Ok(id)
    }

    /// Gives nodes that are others their kind, now that all are read.
    fn settle(&mut self) -> Result<(), SchemaError> {
        for index in 0..self.nodes.len() {
            let Some(mut node) = self.nodes.get(index).cloned() else {
                break;
            };
            let mut steps = 0;
            while let Some(other) = node.origin.and_then(|origin| self.nodes.get(origin.0)) {
                node.nullable |= other.nullable;
                node.title = node.title.or_else(|| other.title.clone());
                node.description = node.description.or_else(|| other.description.clone());
                node.default = node.default.or_else(|| other.default.clone());
                if other.origin.is_none() || steps > DEEPEST {
                    node.kind = other.kind.clone();
                    node.constraints = other.constraints.clone();
                    break;
                }
                node.origin = other.origin;
                steps += 1;
            }
            if steps > DEEPEST {
                return Err(fail("", Problem::CyclicReference("$ref".to_owned())));
            }
            if let Some(place) = self.nodes.get_mut(index) {
                *place = node;
            }
        }
        Ok(())
    }

    fn read(&mut self, schema: &Value, at: &str) -> Result<Node, SchemaError> {
        if self.depth >= DEEPEST {
            return Err(fail(at, Problem::TooDeep));
        }
        self.depth += 1;
        if let Some(reference) = only_reference(schema).filter(|reference| reference != schema) {
            let origin = Some(self.node(&reference, at)?);
            self.depth -= 1;
            let keywords = schema.as_object().cloned().unwrap_or_default();
            return Ok(Node {
                origin,
                ..annotated(&keywords)
            });
        }
        let flat = flatten(schema, self.document).map_err(|problem| fail(at, problem))?;
        let node = self.flat(flat, at)?;
        self.depth -= 1;
        Ok(node)
    }

    fn flat(&mut self, mut flat: Flat, at: &str) -> Result<Node, SchemaError> {
        let mut node = annotated(&flat.keywords);
        if flat.never {
            node.kind = Kind::Never;
            return Ok(node);
        }
        // `null` among the alternatives is `Option`; what remains alone is no alternative.
        for index in 0..flat.alternatives.len() {
            let Some(alternatives) = flat.alternatives.get(index) else {
                break;
            };
            let mut kept = Vec::new();
            for alternative in &alternatives.schemas {
                let parsed =
                    flatten(alternative, self.document).map_err(|problem| fail(at, problem))?;
                if parsed.keywords.get("type") == Some(&Value::from("null")) {
                    node.nullable = true;
                } else {
                    kept.push(alternative.clone());
                }
            }
            if kept.is_empty() && node.nullable {
                node.kind = Kind::Null;
                return Ok(node);
            }
            if kept.len() == 1 && kept.len() < alternatives.schemas.len() {
                flat.alternatives.remove(index);
                if let (true, true, Some(only)) = (
                    flat.alternatives.is_empty(),
                    annotates(&flat.keywords),
                    kept.first(),
                ) {
                    node.origin = Some(self.node(only, at)?);
                    return Ok(node);
                }
                let mut merged = unflatten(flat);
                let parts = merged.entry("allOf").or_insert_with(|| json!([]));
                if let Value::Array(parts) = parts {
                    parts.extend(kept);
                }
                let nullable = node.nullable;
                let mut node = self.read(&Value::Object(merged), at)?;
                node.nullable |= nullable;
                return Ok(node);
            }
            if let Some(alternatives) = flat.alternatives.get_mut(index) {
                alternatives.schemas = kept;
            }
        }
        flat.alternatives
            .retain(|alternatives| !alternatives.schemas.is_empty());
        self.kind(&flat, &mut node, at)?;
        match node.kind {
            Kind::Any | Kind::Null => node.nullable = true,
            _ => {}
        }
        Ok(node)
    }

    fn kind(&mut self, flat: &Flat, node: &mut Node, at: &str) -> Result<(), SchemaError> {
        let keywords = &flat.keywords;
        let constants = match (keywords.get("const"), keywords.get("enum")) {
            (Some(constant), _) => Some(vec![constant.clone()]),
            (None, Some(Value::Array(constants))) => Some(constants.clone()),
            (None, Some(_)) => return Err(fail(at, Problem::Malformed("enum"))),
            (None, None) => None,
        };
        if let Some(constants) = constants {
            node.nullable |= constants.contains(&Value::Null);
            let named: BTreeMap<_, _> = constants
                .into_iter()
                .filter(|value| !value.is_null())
                .map(|value| (value.to_string(), value))
                .collect();
            node.kind = match named.is_empty() {
                true if node.nullable => Kind::Null,
                true => Kind::Never,
                false => Kind::Enum(named),
            };
            return Ok(());
        }
        let object = ["properties", "required", "patternProperties"]
            .iter()
            .any(|keyword| keywords.contains_key(*keyword));
        match flat.alternatives.as_slice() {
            [] => {}
            [alternatives] if !object => {
                node.kind = self.union(alternatives, keywords, at)?;
                return Ok(());
            }
            several => {
                let mut object = self.object_fields(keywords, at)?;
                for alternatives in several {
                    object.unions.push(self.node(&alone(alternatives), at)?);
                }
                node.kind = Kind::Object(object);
                return Ok(());
            }
        }
        let types = match keywords.get("type") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names
                .iter()
                .map(|name| {
                    name.as_str()
                        .map(str::to_owned)
                        .ok_or_else(|| fail(at, Problem::Malformed("type")))
                })
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(fail(at, Problem::Malformed("type"))),
            None => match implied_type(keywords) {
                Some(name) => vec![name.to_owned()],
                None => return Ok(()),
            },
        };
        node.nullable |= types.iter().any(|name| name == "null");
        let named: BTreeSet<&str> = types
            .iter()
            .map(String::as_str)
            .filter(|name| *name != "null")
            .collect();
        let mut named = named.into_iter();
        match (named.next(), named.len()) {
            (None, _) => {
                node.kind = if node.nullable {
                    Kind::Null
                } else {
                    Kind::Never
                }
            }
            (Some(name), 0) => self.typed(name, keywords, node, at)?,
            (Some(_), _) => {
                let alternatives: Vec<Value> = types
                    .iter()
                    .filter(|name| *name != "null")
                    .map(|name| only(keywords, name))
                    .collect();
                node.kind = self.union(&any_of(alternatives), &Keywords::new(), at)?;
            }
        }
        Ok(())
    }

    fn typed(
        &mut self,
        name: &str,
        keywords: &Keywords<String, Value>,
        node: &mut Node,
        at: &str,
    ) -> Result<(), SchemaError> {
        match name {
            "boolean" => node.kind = Kind::Bool,
            "integer" => {
                let (integer, constraints) = scalar::integer(keywords);
                node.kind = Kind::Integer(integer);
                node.constraints = constraints;
            }
            "number" => {
                let (number, constraints) = scalar::number(keywords);
                node.kind = Kind::Number(number);
                node.constraints = constraints;
            }
            "string" => {
                let (text, constraints) = scalar::text(keywords);
                node.kind = Kind::Text(text);
                node.constraints = constraints;
            }
            "array" => self.array(keywords, node, at)?,
            "object" => {
                node.constraints = scalar::Constraints::of(keywords, "object");
                node.kind = match self.map(keywords, at)? {
                    Some(kind) => kind,
                    None => Kind::Object(self.object_fields(keywords, at)?),
                };
            }
            _ => return Err(fail(at, Problem::Malformed("type"))),
        }
        Ok(())
    }

    fn array(
        &mut self,
        keywords: &Keywords<String, Value>,
        node: &mut Node,
        at: &str,
    ) -> Result<(), SchemaError> {
        node.constraints = scalar::Constraints::of(keywords, "array");
        let bound = |keyword: &str| keywords.get(keyword).and_then(Value::as_u64);
        let fixed = bound("minItems").filter(|least| Some(*least) == bound("maxItems"));
        let items = keywords.get("items");
        node.kind = match keywords.get("prefixItems") {
            Some(Value::Array(elements)) => {
                if items.is_some_and(|items| *items != Value::Bool(false)) {
                    return Err(fail(at, Problem::Unsupported("prefixItems")));
                }
                let mut nodes = Vec::new();
                for (index, element) in elements.iter().enumerate() {
                    nodes.push(self.node(element, &below(at, "prefixItems", &index.to_string()))?);
                }
                Kind::Tuple(nodes)
            }
            Some(_) => return Err(fail(at, Problem::Malformed("prefixItems"))),
            None if bound("maxItems") == Some(0) || items == Some(&Value::Bool(false)) => {
                Kind::Tuple(Vec::new())
            }
            None => {
                let item =
                    self.node(items.unwrap_or(&Value::Bool(true)), &format!("{at}/items"))?;
                match fixed {
                    Some(length) => Kind::Array(item, length),
                    None => Kind::Seq(item),
                }
            }
        };
        if !matches!(node.kind, Kind::Seq(_)) {
            node.constraints.remove("minItems");
            node.constraints.remove("maxItems");
        }
        if node.constraints.get("minItems") == Some(&json!(0)) {
            node.constraints.remove("minItems");
        }
        Ok(())
    }
}

/// What a schema says about a node, its kind aside.
fn annotated(keywords: &Keywords<String, Value>) -> Node {
    Node {
        title: text(keywords, "title"),
        description: text(keywords, "description"),
        default: keywords.get("default").cloned(),
        aliases: strings(keywords, "x-es-aliases"),
        ..Node::default()
    }
}

/// Alternatives as a schema by themselves.
fn alone(alternatives: &Alternatives) -> Value {
    let schemas = Value::Array(alternatives.schemas.clone());
    Value::Object(Keywords::from_iter([(
        alternatives.keyword.to_owned(),
        schemas,
    )]))
}

fn any_of(schemas: Vec<Value>) -> Alternatives {
    Alternatives {
        keyword: "anyOf",
        schemas,
    }
}

/// A flat schema as one schema again.
pub(super) fn unflatten(flat: Flat) -> Keywords<String, Value> {
    let mut keywords = flat.keywords;
    if !flat.alternatives.is_empty() {
        let parts = flat.alternatives.iter().map(alone);
        keywords.insert("allOf".to_owned(), Value::Array(parts.collect()));
    }
    keywords
}

/// A schema of several types, as that of one.
fn only(keywords: &Keywords<String, Value>, name: &str) -> Value {
    let mut only = keywords.clone();
    for keyword in ["title", "description", "default"] {
        only.remove(keyword);
    }
    only.insert("type".to_owned(), Value::from(name));
    Value::Object(only)
}

fn implied_type(keywords: &Keywords<String, Value>) -> Option<&'static str> {
    let any = |names: &[&str]| names.iter().any(|name| keywords.contains_key(*name));
    if any(&[
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "unevaluatedProperties",
    ]) {
        Some("object")
    } else if any(&["items", "prefixItems"]) {
        Some("array")
    } else {
        None
    }
}

pub(super) fn text(keywords: &Keywords<String, Value>, keyword: &str) -> Option<String> {
    keywords
        .get(keyword)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

fn strings(keywords: &Keywords<String, Value>, keyword: &str) -> BTreeSet<String> {
    let listed = keywords.get(keyword).and_then(Value::as_array);
    listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
