//! `#[derive(AggregateId)]`: a struct around a `String`, a `Uuid` or an integer.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields, Ident, Member, Type};

use crate::attr::{self, Once, Written};
use crate::errors::Errors;

/// An id that wraps another.
pub(crate) struct IdModel<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) field: Member,
    pub(crate) inner: &'a Type,
    /// `String` by name: then text converts into it.
    pub(crate) over_string: bool,
    pub(crate) crate_path: TokenStream,
}

/// Reads an item; `None` if nothing can be made of it.
pub(crate) fn parse<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<IdModel<'a>> {
    let mut crate_path = Once::default();
    for attribute in input
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("aggregate_id"))
    {
        let mut written = Written::default();
        attr::read_keys(
            attribute,
            &["crate"],
            errors,
            &mut written,
            |key, input, errors| {
                crate_path.set(key, attr::value(input)?, errors);
                Ok(())
            },
        );
    }
    if !input.generics.params.is_empty() {
        errors.push(&input.generics, "an id has no generic parameters");
        return None;
    }
    let one_field = "an id is a struct around one value: `struct AccountId(String);`; for anything else implement `AggregateId` by hand";
    let Data::Struct(data) = &input.data else {
        errors.push(&input.ident, one_field);
        return None;
    };
    let mut fields = data.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        match &data.fields {
            Fields::Unit => errors.push(&input.ident, one_field),
            fields => errors.push(fields, one_field),
        }
        return None;
    };
    let over_string = match &field.ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "String"),
        _ => false,
    };
    Some(IdModel {
        ident: &input.ident,
        field: match &field.ident {
            Some(name) => Member::Named(name.clone()),
            None => Member::Unnamed(0.into()),
        },
        inner: &field.ty,
        over_string,
        crate_path: attr::crate_path(crate_path),
    })
}
