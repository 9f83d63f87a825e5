//! What is asked of the block as a whole, and of the keys of its attribute.

use proc_macro2::{Ident, Span};
use syn::{ItemImpl, LitInt, LitStr, Type};

use super::text;
use crate::attr::{Once, Written};
use crate::errors::Errors;
use crate::names;

/// The block is an inherent impl of a type without parameters; else it is reported.
///
/// Of the trait there is no more to be said once this is, so it is taken off; nor of the methods.
pub(crate) fn check_block(attribute: &str, block: &mut ItemImpl, errors: &mut Errors) -> bool {
    let ty = text(&block.self_ty);
    let of = block.trait_.take();
    if let Some((of, _)) = &of {
        errors.push(
            of,
            format!("`#[{attribute}]` stands on an inherent impl block: `impl {ty} {{ … }}`"),
        );
    }
    if !block.generics.params.is_empty() {
        errors.push(
            &block.generics,
            format!("a {attribute} has no generic parameters; write the block for one type: `impl Name<String> {{ … }}`"),
        );
    }
    of.is_none() && block.generics.params.is_empty()
}

/// The name, which must be given; of the type's, if it has one, it is suggested.
pub(crate) fn name(
    attribute: &str,
    given: Once<LitStr>,
    written: &Written,
    block: &ItemImpl,
    errors: &mut Errors,
) -> LitStr {
    let suggested = type_ident(block).map_or_else(|| "…".to_owned(), |ty| names::snake_case(&ty));
    if let Some(name) = given.take() {
        names::check_wire_name(&name, errors);
        return name;
    }
    if !written.has("name") {
        errors.add(syn::Error::new(
            Span::call_site(),
            format!("a {attribute} needs a name, under which its place is kept: `#[{attribute}(name = \"{suggested}\")]`"),
        ));
    }
    LitStr::new(&suggested, Span::call_site())
}

/// The type's own name.
pub(crate) fn type_ident(block: &ItemImpl) -> Option<Ident> {
    match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.clone()),
        _ => None,
    }
}

/// The value of a key that counts something: at least 1.
pub(crate) fn count(
    key: &str,
    given: Once<LitInt>,
    otherwise: u32,
    why: &str,
    errors: &mut Errors,
) -> u32 {
    let Some(number) = given.take() else {
        return otherwise;
    };
    match number.base10_parse::<u32>() {
        Ok(0) => errors.push(&number, format!("`{key}` is at least 1: {why}")),
        Ok(number) => return number,
        Err(error) => errors.push(&number, format!("`{key}` is a number: {error}")),
    }
    otherwise
}

/// The only word a key takes.
pub(crate) fn word(
    key: &str,
    word: &str,
    meaning: &str,
    given: &Once<Ident>,
    errors: &mut Errors,
) -> bool {
    let Some(value) = given.get() else {
        return false;
    };
    if value != word {
        errors.push(value, format!("`{key}` takes `{word}`: {meaning}"));
    }
    true
}
