//! serde attributes on events: which are carried along, and which an event cannot have.

use syn::Attribute;

use crate::errors::Errors;

/// Keys that would take the stored form of an event out of the derive's hands.
const NOT_ON_EVENTS: &[&str] = &[
    "default",
    "transparent",
    "from",
    "try_from",
    "into",
    "remote",
    "tag",
    "content",
    "untagged",
];
/// Keys that would do so for one field.
const NOT_ON_EVENT_FIELDS: &[&str] = &[
    "with",
    "serialize_with",
    "deserialize_with",
    "getter",
    "borrow",
];
/// Keys of the catalogue that hold for each of its events.
const ON_CATALOGUES: &[&str] = &["rename_all", "deny_unknown_fields"];

/// Reports keys an event's container cannot have; whether there are none.
pub(crate) fn check_container(attributes: &[Attribute], errors: &mut Errors) -> bool {
    check(attributes, errors, |key| {
        NOT_ON_EVENTS.contains(&key).then(|| {
            format!("`#[serde({key})]` cannot stand on an event; put it in a value type that the event holds")
        })
    })
}

/// Reports keys an event's field cannot have.
pub(crate) fn check_field(attributes: &[Attribute], errors: &mut Errors) {
    check(attributes, errors, |key| {
        NOT_ON_EVENT_FIELDS.contains(&key).then(|| {
            format!("`#[serde({key})]` cannot stand on an event's field; put it in a value type that the field holds")
        })
    });
}

/// The attributes that hold for each struct of an enum; reports keys that make no sense there.
pub(crate) fn of_catalogue<'a>(
    attributes: &'a [Attribute],
    errors: &mut Errors,
) -> Vec<&'a Attribute> {
    let fine = check(attributes, errors, |key| {
        (!ON_CATALOGUES.contains(&key)).then(|| {
            format!("`#[serde({key})]` cannot stand on the enum; each variant is a struct of its own: put it on the variant, or in a value type")
        })
    });
    // serde would have its own say on what has been reported.
    attributes
        .iter()
        .filter(|a| fine && a.path().is_ident("serde"))
        .collect()
}

/// Whether nothing was reported.
fn check(
    attributes: &[Attribute],
    errors: &mut Errors,
    mistake: impl Fn(&str) -> Option<String>,
) -> bool {
    let mut fine = true;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        let outcome = attribute.parse_nested_meta(|meta| {
            let key = meta
                .path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            if let Some(message) = mistake(&key) {
                errors.push(&meta.path, message);
                fine = false;
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
            fine = false;
        }
    }
    fine
}
