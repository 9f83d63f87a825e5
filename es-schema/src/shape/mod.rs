//! The normal form of a JSON Schema: two schemas that say the same about JSON have the same form,
//! whatever names their definitions have and in whatever spelling they were written.
//!
//! - `$ref` is inlined, its siblings and `allOf` are merged; recursive types stay recursive;
//! - `enum: [x]` is `const: x`, and both spellings of `Option` are [`Node::nullable`];
//! - enums are a [`Union`] with their [`Tagging`];
//! - a format that stands for a Rust type gives its range; what remains is a [`Constraints`].

mod error;
mod merge;
mod model;
mod object;
mod read;
mod scalar;
mod union;

pub use error::{Problem, SchemaError};
pub use model::{
    Field, Integer, Kind, Map, Node, NodeId, Number, Object, Rest, Shape, Tagging, Text, Union,
    Variant,
};
pub use scalar::Constraints;
