//! serde attributes on events: what they say, which are carried along, and which an event cannot
//! have.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, Ident, Lit, Path, Token, Type};

use crate::errors::Errors;

/// What serde's attributes say of a field, as far as its stored form goes.
#[derive(Clone, Default)]
pub(crate) struct FieldSerde {
    pub(crate) rename: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) default: Option<FieldDefault>,
    pub(crate) skip: bool,
    pub(crate) skip_serializing_if: bool,
    pub(crate) flatten: bool,
}

/// Where the value of a missing field comes from.
#[derive(Clone)]
pub(crate) enum FieldDefault {
    /// `#[serde(default)]`.
    OfType,
    /// `#[serde(default = "path")]`.
    Function(Path),
}

impl FieldSerde {
    /// Reads a field's attributes; mistakes are serde's own to report.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut field = Self::default();
        each_key(attributes, |key, value| match key {
            "rename" => field.rename = text(value),
            "alias" => field.aliases.extend(text(value)),
            "default" => {
                field.default = Some(match text(value).map(|path| syn::parse_str(&path)) {
                    Some(Ok(path)) => FieldDefault::Function(path),
                    _ => FieldDefault::OfType,
                });
            }
            "skip" => field.skip = true,
            "skip_serializing_if" => field.skip_serializing_if = true,
            "flatten" => field.flatten = true,
            _ => {}
        });
        field
    }
}

/// What serde's attributes say around the fields.
#[derive(Clone, Default)]
pub(crate) struct ContainerSerde {
    rename_all: Option<String>,
    pub(crate) denies_unknown_fields: bool,
}

impl ContainerSerde {
    /// Reads the attributes; later ones count.
    pub(crate) fn read<'a>(attributes: impl IntoIterator<Item = &'a Attribute>) -> Self {
        let mut container = Self::default();
        each_key(attributes, |key, value| match key {
            "rename_all" => container.rename_all = text(value),
            "deny_unknown_fields" => container.denies_unknown_fields = true,
            _ => {}
        });
        container
    }

    /// What a past version's struct carries of it.
    pub(crate) fn attribute(&self) -> TokenStream {
        let rename_all = self
            .rename_all
            .as_ref()
            .map(|case| quote!(rename_all = #case,));
        let denied = self
            .denies_unknown_fields
            .then(|| quote!(deny_unknown_fields,));
        quote!(#[serde(#rename_all #denied)])
    }

    /// The key of a field in the payload. The cases are serde's (`serde_derive`'s
    /// `internals/case.rs`): words of a field are parted by `_`.
    pub(crate) fn wire_name(&self, field: &Ident, serde: &FieldSerde) -> String {
        if let Some(name) = &serde.rename {
            return name.clone();
        }
        let name = field.unraw().to_string();
        let pascal = || {
            name.split('_')
                .map(|word| {
                    let mut letters = word.chars();
                    letters.next().map_or_else(String::new, |first| {
                        first.to_ascii_uppercase().to_string() + letters.as_str()
                    })
                })
                .collect::<String>()
        };
        match self.rename_all.as_deref() {
            Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => name.to_ascii_uppercase(),
            Some("PascalCase") => pascal(),
            Some("camelCase") => {
                let pascal = pascal();
                let mut letters = pascal.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_ascii_lowercase().to_string() + letters.as_str()
                })
            }
            Some("kebab-case") => name.replace('_', "-"),
            Some("SCREAMING-KEBAB-CASE") => name.to_ascii_uppercase().replace('_', "-"),
            _ => name,
        }
    }
}

fn text(value: Option<&Expr>) -> Option<String> {
    match value {
        Some(Expr::Lit(literal)) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Calls `each` for every key of the serde attributes, with its value.
fn each_key<'a>(
    attributes: impl IntoIterator<Item = &'a Attribute>,
    mut each: impl FnMut(&str, Option<&Expr>),
) {
    for attribute in attributes {
        if attribute.path().is_ident("serde") {
            // Mistakes have been reported, or are serde's to report.
            let _ = attribute.parse_nested_meta(|meta| {
                let key = key_of(&meta);
                let value = value_of(&meta)?;
                each(&key, value.as_ref());
                Ok(())
            });
        }
    }
}

fn key_of(meta: &ParseNestedMeta<'_>) -> String {
    meta.path
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The value of a key; what stands in parentheses is passed over.
fn value_of(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<Expr>> {
    if meta.input.peek(Token![=]) {
        return meta.value()?.parse().map(Some);
    }
    if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(None)
}

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
    "bound",
];
/// Keys by which a field would be written and not read, or read and not written.
const ONE_WAY: &[&str] = &["skip_serializing", "skip_deserializing"];
/// Keys of the catalogue that hold for each of its events.
const ON_CATALOGUES: &[&str] = &["rename_all", "deny_unknown_fields"];
const ONE_CASE: &str =
    "an event's fields are read by the names they are written with: `#[serde(rename_all = \"…\")]`";

/// Reports keys an event's container cannot have; whether there are none.
pub(crate) fn check_container(attributes: &[Attribute], errors: &mut Errors) -> bool {
    check(attributes, errors, |key, two_ways| {
        if NOT_ON_EVENTS.contains(&key) {
            Some(format!(
                "`#[serde({key})]` cannot stand on an event; put it in a value type that the event holds"
            ))
        } else {
            (key == "rename_all" && two_ways).then(|| ONE_CASE.to_owned())
        }
    })
}

/// Reports keys an event's field cannot have.
pub(crate) fn check_field(attributes: &[Attribute], ty: &Type, errors: &mut Errors) {
    let defaults = FieldSerde::read(attributes).default.is_some() || is_option(ty);
    check(attributes, errors, |key, two_ways| {
        if NOT_ON_EVENT_FIELDS.contains(&key) {
            Some(format!(
                "`#[serde({key})]` cannot stand on an event's field; put it in a value type that the field holds"
            ))
        } else if ONE_WAY.contains(&key) {
            Some(format!(
                "`#[serde({key})]` cannot stand on an event's field: what is written must be what is read; `#[serde(skip)]` does neither"
            ))
        } else if key == "skip_serializing_if" && !defaults {
            Some(
                "a field that may be left out must be readable without: add `#[serde(default)]`"
                    .to_owned(),
            )
        } else if key == "rename" && two_ways {
            Some("an event's field is read by the name it is written with: `#[serde(rename = \"…\")]`".to_owned())
        } else {
            None
        }
    });
}

/// Reports `flatten` on a field of an event that denies unknown fields; whether it is not there.
pub(super) fn check_not_flattened(attributes: &[Attribute], errors: &mut Errors) -> bool {
    check(attributes, errors, |key, _| {
        (key == "flatten").then(|| {
            "`#[serde(flatten)]` cannot stand on a field of an event with `#[serde(deny_unknown_fields)]`: serde does not know which keys are the flattened field's; leave one of the two out".to_owned()
        })
    })
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

/// The attributes that hold for each struct of an enum; reports keys that make no sense there.
pub(crate) fn of_catalogue<'a>(
    attributes: &'a [Attribute],
    errors: &mut Errors,
) -> Vec<&'a Attribute> {
    let fine = check(attributes, errors, |key, two_ways| {
        if ON_CATALOGUES.contains(&key) {
            (key == "rename_all" && two_ways).then(|| ONE_CASE.to_owned())
        } else {
            Some(format!(
                "`#[serde({key})]` cannot stand on the enum; each variant is a struct of its own: put it on the variant, or in a value type"
            ))
        }
    });
    // serde would have its own say on what has been reported.
    attributes
        .iter()
        .filter(|a| fine && a.path().is_ident("serde"))
        .collect()
}

/// Whether nothing was reported. `mistake` is told a key, and whether it is written `key(…)`.
fn check(
    attributes: &[Attribute],
    errors: &mut Errors,
    mistake: impl Fn(&str, bool) -> Option<String>,
) -> bool {
    let mut fine = true;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        let outcome = attribute.parse_nested_meta(|meta| {
            let two_ways = meta.input.peek(syn::token::Paren);
            if let Some(message) = mistake(&key_of(&meta), two_ways) {
                errors.push(&meta.path, message);
                fine = false;
            }
            value_of(&meta)?;
            Ok(())
        });
        if let Err(error) = outcome {
            errors.add(error);
            fine = false;
        }
    }
    fine
}
