//! serde attributes on events: which are carried along, and which an event cannot have.

use syn::Attribute;

use crate::errors::Errors;

/// Keys that would take the stored form of an event out of the derive's hands.
const NOT_ON_EVENTS: &[&str] =
    &["default", "transparent", "from", "try_from", "into", "remote", "tag", "content", "untagged"];
/// Keys that would do so for one field.
const NOT_ON_EVENT_FIELDS: &[&str] =
    &["with", "serialize_with", "deserialize_with", "getter", "borrow"];
/// Keys of the catalogue that hold for each of its events.
const ON_CATALOGUES: &[&str] = &["rename_all", "deny_unknown_fields"];

/// Reports keys an event's container cannot have.
pub(crate) fn check_container(attributes: &[Attribute], errors: &mut Errors) {
    check(attributes, errors, |key| {
        NOT_ON_EVENTS.contains(&key).then(|| {
            format!("`#[serde({key})]` cannot stand on an event; put it in a value type that the event holds")
        })
    });
}

/// Reports keys an event's field cannot have.
pub(crate) fn check_field(attributes: &[Attribute], errors: &mut Errors) {
    check(attributes, errors, |key| {
        NOT_ON_EVENT_FIELDS.contains(&key).then(|| {
            format!("`#[serde({key})]` cannot stand on an event's field; put it in a value type that the field holds")
        })
    });
}

/// Reports keys that make no sense on an enum whose variants become structs.
pub(crate) fn check_catalogue(attributes: &[Attribute], errors: &mut Errors) {
    check(attributes, errors, |key| {
        (!ON_CATALOGUES.contains(&key)).then(|| {
            format!("`#[serde({key})]` cannot stand on the enum; each variant is a struct of its own: put it on the variant, or in a value type")
        })
    });
}

fn check(attributes: &[Attribute], errors: &mut Errors, mistake: impl Fn(&str) -> Option<String>) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        let outcome = attribute.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if let Some(message) = mistake(&key) {
                errors.push(&meta.path, message);
            }
            // serde reads the values itself.
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            } else if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<proc_macro2::TokenStream>()?;
            }
            Ok(())
        });
        if let Err(error) = outcome {
            errors.add(error);
        }
    }
}
