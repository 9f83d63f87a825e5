//! `#[event(name, version, alias, retired)]` and `#[command(name)]`: what an event or a command is
//! on the wire.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitInt, LitStr, Path};

use super::catalogue::{Kind, own};
use crate::attr::{self, Once, Written};
use crate::errors::Errors;
use crate::names;

/// Names on the wire, and what else stands in the attribute.
#[derive(Default)]
pub(crate) struct Wire {
    /// The whole name for an event; for a command the name that was given.
    pub(crate) name: Option<String>,
    /// Earlier names.
    pub(crate) aliases: Vec<LitStr>,
    /// What is written for the version; without it, it is 1.
    pub(crate) version: Option<LitInt>,
    /// What it reads as, if it is no longer written.
    pub(crate) retired: Option<(Ident, Retired)>,
    /// A name was given, and could not be read.
    pub(crate) is_wrong: bool,
}

/// What an event that is no longer written reads as.
pub(crate) enum Retired {
    /// `retired(drop)`.
    Nothing,
    /// `retired(into = function)`.
    Into(Path),
}

impl Retired {
    fn parse(key: &Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        const FORM: &str =
            "expected `retired(into = function)`, or `retired(drop)` if it reads as nothing";
        if !input.peek(syn::token::Paren) {
            return Err(syn::Error::new(key.span(), FORM));
        }
        let content;
        syn::parenthesized!(content in input);
        let key: Ident = content
            .parse()
            .map_err(|error| syn::Error::new(error.span(), FORM))?;
        let retired = match key.to_string().as_str() {
            "drop" => Self::Nothing,
            "into" => Self::Into(attr::value(&content)?),
            _ => return Err(syn::Error::new(key.span(), FORM)),
        };
        if content.is_empty() {
            Ok(retired)
        } else {
            content.parse::<TokenStream>()?;
            Err(syn::Error::new(key.span(), FORM))
        }
    }
}

/// Reads the attributes of a variant or a struct; also the `crate = …` of the latter.
pub(super) fn parse(
    kind: Kind,
    attributes: &[Attribute],
    keys: &[&str],
    errors: &mut Errors,
) -> (Wire, Once<Path>) {
    let mut name: Once<LitStr> = Once::default();
    let mut version: Once<LitInt> = Once::default();
    let mut retired = Once::default();
    let mut crate_path: Once<Path> = Once::default();
    let mut aliases: Vec<LitStr> = Vec::new();
    let mut written = Written::default();
    for attribute in own(attributes, kind) {
        attr::read_keys(
            attribute,
            keys,
            errors,
            &mut written,
            |key, input, errors| {
                match key.to_string().as_str() {
                    "name" => name.set(key, attr::value(input)?, errors),
                    "version" => version.set(key, attr::value(input)?, errors),
                    "alias" => aliases.push(attr::value(input)?),
                    "retired" => retired.set(key, Retired::parse(key, input)?, errors),
                    _ => crate_path.set(key, attr::value(input)?, errors),
                }
                Ok(())
            },
        );
    }
    if let Some(name) = name.get() {
        names::check_wire_name(name, errors);
    }
    for alias in &aliases {
        names::check_wire_name(alias, errors);
    }
    let is_wrong = name.get().is_none() && written.has("name");
    let wire = Wire {
        name: name.take().map(|name| name.value()),
        aliases,
        version: version.take(),
        retired: retired.into_parts(),
        is_wrong,
    };
    (wire, crate_path)
}
