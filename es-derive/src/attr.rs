//! Reads `#[name(key, key = value, key(…))]`: unknown keys get a suggestion, one given twice is
//! named, and a mistake in one key does not hide those in the others.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Token};

use crate::errors::Errors;

/// Calls `read` for each key of the attribute that is in `known`, at the tokens after the key.
pub(crate) fn read_keys(
    attribute: &Attribute,
    known: &[&str],
    errors: &mut Errors,
    mut read: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let name = attribute.path().to_token_stream().to_string();
    let syn::Meta::List(list) = &attribute.meta else {
        errors.push(attribute, format!("expected `#[{name}(…)]` with one of {}", quoted(known)));
        return;
    };
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        while !input.is_empty() {
            match Ident::parse_any(input) {
                Ok(key) if known.iter().any(|known| key == known) => {
                    if let Err(error) = read(&key, input, errors) {
                        errors.add(error);
                        skip_to_comma(input)?;
                    }
                }
                Ok(key) => {
                    errors.push(&key, unknown_key(&key.to_string(), &name, known));
                    skip_to_comma(input)?;
                }
                Err(error) => {
                    errors.add(error);
                    skip_to_comma(input)?;
                }
            }
            if input.is_empty() {
                break;
            }
            if let Err(error) = input.parse::<Token![,]>() {
                errors.add(error);
                skip_to_comma(input)?;
                input.parse::<Option<Token![,]>>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(list.tokens.clone()) {
        errors.add(error);
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn unknown_key(key: &str, attribute: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, key), known))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    match nearest {
        Some((_, nearest)) => {
            format!("unknown key `{key}` in `#[{attribute}(…)]`; did you mean `{nearest}`?")
        }
        None => {
            format!("unknown key `{key}` in `#[{attribute}(…)]`; expected one of {}", quoted(known))
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The value of a key that may be given once.
pub(crate) struct Once<T> {
    value: Option<(Ident, T)>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { value: None }
    }
}

impl<T> Once<T> {
    /// Keeps the value, or reports the key as given twice.
    pub(crate) fn set(&mut self, key: &Ident, value: T, errors: &mut Errors) {
        match &self.value {
            Some((first, _)) => {
                errors.push(key, format!("`{key}` is given twice; keep one"));
                errors.push(first, format!("`{key}` is given here first"));
            }
            None => self.value = Some((key.clone(), value)),
        }
    }

    /// The value.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().map(|(_, value)| value)
    }

    /// The key as it was written.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.value.as_ref().map(|(key, _)| key)
    }

    /// The value itself.
    pub(crate) fn take(self) -> Option<T> {
        self.value.map(|(_, value)| value)
    }
}

/// `= value`.
pub(crate) fn value<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// `(item, item, …)`.
pub(crate) fn list<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    syn::parenthesized!(content in input);
    Ok(content.parse_terminated(T::parse, Token![,])?.into_iter().collect())
}

/// The `crate = ::path` key's value, or `::es_core`.
pub(crate) fn crate_path(given: Once<syn::Path>) -> TokenStream {
    match given.take() {
        Some(path) => path.into_token_stream(),
        None => quote::quote!(::es_core),
    }
}

/// The text of the doc comment, lines joined, outer blanks trimmed.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &meta.value
        {
            text.push_str(line.value().trim());
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

/// The doc comment's attributes, or one that says this.
pub(crate) fn docs_or(attributes: &[Attribute], otherwise: &str) -> TokenStream {
    let docs: Vec<_> = attributes.iter().filter(|a| a.path().is_ident("doc")).collect();
    if docs.is_empty() { quote::quote!(#[doc = #otherwise]) } else { quote::quote!(#(#docs)*) }
}
