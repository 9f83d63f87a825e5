//! A variant of an enum of events or commands: a struct that the macro writes, or one that is there.

use quote::ToTokens;
use syn::{Fields, Ident, Variant};

use super::{Kind, Member, Shape, own, versions_of};
use crate::errors::Errors;
use crate::fingerprint::Fingerprint;
use crate::model::serde_attr;
use crate::model::wire::{self, Wire};
use crate::names;

/// A variant's struct cannot have the name of the enum.
pub(super) fn is_free(variant: &Variant, catalogue: &Ident, errors: &mut Errors) -> bool {
    let free = variant.ident != *catalogue || is_foreign(&variant.fields);
    if !free {
        errors.push(
            &variant.ident,
            format!("`{catalogue}` is the enum's own name, and each variant is a struct beside it; rename one of the two"),
        );
    }
    free
}

fn is_foreign(fields: &Fields) -> bool {
    matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
}

/// Reads a variant.
pub(super) fn parse<'a>(
    kind: Kind,
    variant: &'a Variant,
    prefix: Option<&str>,
    errors: &mut Errors,
) -> Member<'a> {
    let (given, _) = wire::parse(kind, &variant.attrs, kind.member_keys(), errors);
    if let Some((key, _)) = &given.retired {
        errors.push(
            key,
            format!(
                "an event that is no longer written is a struct of its own, without a variant: `#[derive(Event, Serialize, Deserialize, …)] #[event(name = \"…\", retired(…))] struct {}`, listed on the enum by `#[event(retired({}))]`",
                variant.ident, variant.ident
            ),
        );
    }
    let shape = match &variant.fields {
        Fields::Unit => Shape::Unit,
        Fields::Named(fields) => {
            if kind == Kind::Event {
                fields
                    .named
                    .iter()
                    .for_each(|f| serde_attr::check_field(&f.attrs, &f.ty, errors));
            }
            Shape::Named(fields)
        }
        Fields::Unnamed(fields) => match fields.unnamed.first() {
            Some(field) if fields.unnamed.len() == 1 => Shape::Foreign(&field.ty),
            _ => {
                errors.push(
                    fields,
                    format!(
                        "{}s have named fields or none: write `{} {{ … }}`, or `{}(Struct)` for a struct that derives `{}`",
                        kind.attribute(), variant.ident, variant.ident, kind.derive()
                    ),
                );
                Shape::Tuple(fields)
            }
        },
    };
    if let Shape::Foreign(ty) = shape {
        if let Some(attribute) = own(&variant.attrs, kind).next() {
            errors.push(
                attribute,
                format!(
                    "`{}` brings its own name and version; put this on the struct",
                    ty.to_token_stream()
                ),
            );
        }
        if let Some(attribute) = variant.attrs.iter().find(|a| a.path().is_ident("upcast")) {
            errors.push(
                attribute,
                format!(
                    "`{}` brings its own versions; put this on the struct",
                    ty.to_token_stream()
                ),
            );
        }
        if let Some(attribute) = variant.attrs.iter().find(|a| a.path().is_ident("serde")) {
            errors.push(
                attribute,
                format!(
                    "`{}` brings its own serde attributes; put this on the struct",
                    ty.to_token_stream()
                ),
            );
        }
    }
    let may_have_serde = kind == Kind::Command
        || is_foreign(&variant.fields)
        || serde_attr::check_container(&variant.attrs, errors);
    if given.name.is_none() && !matches!(shape, Shape::Foreign(_)) {
        names::check_wire_ident(&variant.ident, kind.attribute(), errors);
    }
    let name = given.name.or_else(|| match (kind, &shape) {
        (Kind::Event, Shape::Unit | Shape::Named(_) | Shape::Tuple(_)) => {
            prefix.map(|prefix| format!("{prefix}.{}", names::snake_case(&variant.ident)))
        }
        _ => None,
    });
    let wire = Wire { name, ..given };
    let versions = versions_of(
        kind,
        &wire,
        &variant.fields,
        &variant.attrs,
        &variant.ident,
        errors,
    );
    let serde = variant
        .attrs
        .iter()
        .filter(|a| may_have_serde && a.path().is_ident("serde"));
    Member {
        ident: &variant.ident,
        shape,
        wire,
        versions,
        shape_fingerprint: Fingerprint::of_stored(&variant.attrs, &variant.fields),
        attributes: &variant.attrs,
        serde: serde.collect(),
    }
}
