//! Reads `#[name(key, key = value, key(…))]`: unknown keys get a suggestion, one given twice is
//! named, and a mistake in one key does not hide those in the others.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Token};

use crate::errors::Errors;

/// The keys that were written, well or not: what is said wrongly is not missing as well.
#[derive(Default)]
pub(crate) struct Written {
    keys: Vec<String>,
    /// Nothing could be made of an attribute.
    unread: bool,
}

impl Written {
    /// Whether a mistake in this key has been reported, or could have been.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.unread || self.keys.iter().any(|written| written == key)
    }
}

/// Calls `read` for each key of the attribute that is in `known`, at the tokens after the key.
pub(crate) fn read_keys(
    attribute: &Attribute,
    known: &[&str],
    errors: &mut Errors,
    written: &mut Written,
    read: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let name = attribute.path().to_token_stream().to_string();
    let syn::Meta::List(list) = &attribute.meta else {
        errors.push(
            attribute,
            format!("expected `#[{name}(…)]` with {}", one_of(known)),
        );
        written.unread = true;
        return;
    };
    let place = format!("#[{name}(…)]");
    let parser = |input: ParseStream<'_>| read_list(input, &place, known, errors, written, read);
    if let Err(error) = parser.parse2(list.tokens.clone()) {
        errors.add(error);
    }
}

/// Reads `key, key = value, key(…)`; `place` is what they stand in.
pub(crate) fn read_list(
    input: ParseStream<'_>,
    place: &str,
    known: &[&str],
    errors: &mut Errors,
    written: &mut Written,
    mut read: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        match Ident::parse_any(input) {
            Ok(key) if known.iter().any(|known| key == known) => {
                written.keys.push(key.to_string());
                if let Err(error) = read(&key, input, errors) {
                    errors.add(error);
                    skip_to_comma(input)?;
                }
            }
            Ok(key) => {
                let nearest = nearest(&key.to_string(), known);
                written.keys.extend(nearest.map(str::to_owned));
                errors.push(&key, unknown_key(&key, place, nearest, known));
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
}

/// Leaves out what is left of an item that could not be read.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// The word that may have been meant.
pub(crate) fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, key), *known))
        .filter(|(similarity, _)| *similarity > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

fn unknown_key(key: &Ident, place: &str, nearest: Option<&str>, known: &[&str]) -> String {
    match nearest {
        Some(nearest) => format!("unknown key `{key}` in `{place}`; did you mean `{nearest}`?"),
        None => format!(
            "unknown key `{key}` in `{place}`; expected {}",
            one_of(known)
        ),
    }
}

/// Each in backticks, parted by commas.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn one_of(words: &[&str]) -> String {
    let quoted = listed(words);
    if words.len() > 1 {
        format!("one of {quoted}")
    } else {
        quoted
    }
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
            Some(_) => errors.push(key, format!("`{key}` is given twice; keep one")),
            None => self.value = Some((key.clone(), value)),
        }
    }

    /// The value.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().map(|(_, value)| value)
    }

    /// The value, to be put right.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().map(|(_, value)| value)
    }

    /// The key as it was written.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.value.as_ref().map(|(key, _)| key)
    }

    /// The key and the value.
    pub(crate) fn into_parts(self) -> Option<(Ident, T)> {
        self.value
    }

    /// The value itself.
    pub(crate) fn take(self) -> Option<T> {
        self.value.map(|(_, value)| value)
    }
}

/// `= value`.
pub(crate) fn value<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(equals.span, "expected a value after `=`"));
    }
    input.parse()
}

/// The user's tokens, said to stand where `span` is: what the compiler has to say of code around
/// them is said there. They keep what they mean.
pub(crate) fn located_at(span: Span, tokens: impl ToTokens) -> TokenStream {
    tokens
        .into_token_stream()
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let inner = located_at(span, group.stream());
                token = TokenTree::Group(Group::new(group.delimiter(), inner));
            }
            token.set_span(span.resolved_at(token.span()));
            token
        })
        .collect()
}

/// `(item, item, …)`.
pub(crate) fn list<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let content;
    syn::parenthesized!(content in input);
    Ok(content
        .parse_terminated(T::parse, Token![,])?
        .into_iter()
        .collect())
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
            && let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(line),
                ..
            }) = &meta.value
        {
            text.push_str(line.value().trim());
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

/// The doc comment's attributes, or one that says this.
pub(crate) fn docs_or(attributes: &[Attribute], otherwise: &str) -> TokenStream {
    let docs: Vec<_> = attributes
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .collect();
    if docs.is_empty() {
        quote::quote!(#[doc = #otherwise])
    } else {
        quote::quote!(#(#docs)*)
    }
}
