//! The normal form: what a schema says about JSON, whatever way it was written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::scalar::Constraints;
pub use super::scalar::{Integer, Number, Text};

/// The normal form of a JSON Schema 2020-12: a graph of [`Node`]s, since types may be recursive.
///
/// ```
/// use es_schema::shape::{Kind, Shape};
///
/// let shape = Shape::parse(&serde_json::json!({
///     "$ref": "#/$defs/Owner",
///     "$defs": {"Owner": {"type": ["string", "null"]}},
/// }))?;
/// assert!(shape.root().nullable);
/// assert!(matches!(shape.root().kind, Kind::Text(_)));
/// # Ok::<(), es_schema::shape::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Shape {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

/// A place in a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) usize);

/// One place: what stands there, whether `null` may, and what is said about it.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What may stand here.
    pub kind: Kind,
    /// Whether `null` may stand here too: `Option`, in either spelling.
    pub nullable: bool,
    /// The type's name, where the schema gives it.
    pub title: Option<String>,
    /// The documentation.
    pub description: Option<String>,
    /// What a missing field reads as.
    pub default: Option<Value>,
    /// Other wire names a field is read under (`x-es-aliases`; serde's own aliases leave no trace).
    pub aliases: BTreeSet<String>,
    /// Annotations that serde does not enforce.
    pub constraints: Constraints,
    /// The node this one is, but for `null` and documentation.
    pub(crate) origin: Option<NodeId>,
}

/// What may stand at a place.
#[derive(Clone, Debug, Default)]
pub enum Kind {
    /// Anything: `true`, `{}`.
    #[default]
    Any,
    /// Nothing: `false`.
    Never,
    /// `null` alone: a unit.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer(Integer),
    /// A number.
    Number(Number),
    /// A string.
    Text(Text),
    /// One of some constants, by their JSON text.
    Enum(BTreeMap<String, Value>),
    /// A struct.
    Object(Object),
    /// A map: any number of keys, values of one type.
    Map(Map),
    /// A list of one type.
    Seq(NodeId),
    /// A tuple or a fixed array: that many elements.
    Tuple(Vec<NodeId>),
    /// A fixed array: the element, and how many.
    Array(NodeId, u64),
    /// An enum with data, or alternatives.
    Union(Union),
}

/// A struct's fields, by wire name.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// The fields.
    pub fields: BTreeMap<String, Field>,
    /// What becomes of other fields.
    pub rest: Rest,
    /// Enums flattened into the struct.
    pub unions: Vec<NodeId>,
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// What stands there.
    pub node: NodeId,
    /// Whether it must be there.
    pub required: bool,
}

/// What becomes of fields a struct does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// They are ignored.
    #[default]
    Open,
    /// They are refused (`deny_unknown_fields`).
    Closed,
    /// They are collected, each of this type (a flattened map).
    Map(NodeId),
}

/// A map.
#[derive(Clone, Debug)]
pub struct Map {
    /// The pattern its keys follow, if any: integer keys have one.
    pub keys: Option<String>,
    /// Its values.
    pub value: NodeId,
}

/// An enum with data, or alternatives.
#[derive(Clone, Debug)]
pub struct Union {
    /// How a variant is told from another.
    pub tagging: Tagging,
    /// The variants, in the schema's order.
    pub variants: Vec<Variant>,
}

/// How a variant is told from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// By the only key of an object, or by a string.
    External,
    /// By a field among the others, of this name.
    Internal(String),
    /// By a field of this name beside the content, a field of that name.
    Adjacent(String, String),
    /// Not at all.
    Untagged,
}

/// A variant.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its wire name; for an untagged one, its place.
    pub name: String,
    /// Its content: for internal and adjacent tags the object without the tag, for external ones
    /// the value, `None` for a unit.
    pub content: Option<NodeId>,
    /// Its documentation.
    pub description: Option<String>,
}

impl Shape {
    /// The whole payload.
    pub fn root(&self) -> &Node {
        self.get(self.root)
    }

    /// The place of the whole payload.
    pub fn root_id(&self) -> NodeId {
        self.root
    }

    /// What stands at a place of this shape. A place of another shape reads as *anything*.
    pub fn get(&self, id: NodeId) -> &Node {
        static ANY: Node = Node {
            kind: Kind::Any,
            nullable: true,
            title: None,
            description: None,
            default: None,
            aliases: BTreeSet::new(),
            constraints: Constraints::NONE,
            origin: None,
        };
        self.nodes.get(id.0).unwrap_or(&ANY)
    }
}

impl Shape {
    /// The values of what may be a map whose keys are an enum: schemars writes such maps as
    /// closed objects of equal fields that may be missing.
    pub(crate) fn enum_map_value(&self, object: &Object) -> Option<NodeId> {
        let value = object.fields.values().next()?.node;
        let plain = object.rest == Rest::Closed && object.unions.is_empty();
        let equal = object
            .fields
            .values()
            .all(|field| !field.required && field.node == value);
        let node = self.get(value);
        (plain && equal && !node.nullable && node.default.is_none()).then_some(value)
    }
}

impl Shape {
    /// The shape of a place by itself.
    pub(crate) fn at(&self, root: NodeId) -> Self {
        Self {
            nodes: self.nodes.clone(),
            root,
        }
    }
}

impl Shape {
    /// Every place.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }
}

impl Shape {
    /// The place that a place is but for `null` and documentation.
    pub(crate) fn origin(&self, id: NodeId) -> NodeId {
        self.get(id).origin.unwrap_or(id)
    }
}
