//! `#[handlers]`: an impl block whose fns are command handlers and `#[apply]` methods.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, ImplItem, ImplItemFn, ItemImpl, Path, Signature, Token, Type};

use crate::attr::{self, Once, Written};
use crate::errors::Errors;

mod apply;
mod handler;

/// The block.
pub(crate) struct HandlersModel {
    pub(crate) aggregate: Type,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) applies: Vec<Apply>,
    /// Some fn has been reported of which it is not known what it handles.
    pub(crate) has_unread: bool,
    pub(crate) crate_path: TokenStream,
}

/// A command handler.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    pub(crate) receiver: Receiver,
    pub(crate) command: Type,
    /// The types of the arguments after the command.
    pub(crate) arguments: Vec<Type>,
    /// With the aggregate for `Self`, so that it can be written anywhere.
    pub(crate) output: TokenStream,
    pub(crate) emits: Option<Vec<Path>>,
    pub(crate) is_async: bool,
    /// Reported; it counts as a handler of its command.
    pub(crate) is_wrong: bool,
    pub(crate) cfgs: Vec<Attribute>,
}

/// How a handler takes the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// Not at all: it creates.
    None,
    /// `&self`: the aggregate exists.
    State,
    /// `this: Option<&Self>`: either.
    Maybe,
}

/// An `#[apply]` method.
pub(crate) struct Apply {
    pub(crate) ident: Ident,
    pub(crate) event: Type,
    /// `fn(e: &E) -> Self` rather than `fn(&mut self, e: &E)`.
    pub(crate) creates: bool,
    /// Reported; it counts as saying what its event changes.
    pub(crate) is_wrong: bool,
    pub(crate) cfgs: Vec<Attribute>,
}

/// Reads the block and takes the framework's attributes off it; `None` if nothing can be made of it.
pub(crate) fn parse(
    arguments: TokenStream,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Option<HandlersModel> {
    let mut crate_path = Once::default();
    if !arguments.is_empty() {
        let attribute: Attribute = syn::parse_quote!(#[handlers(#arguments)]);
        let mut written = Written::default();
        attr::read_keys(
            &attribute,
            &["crate"],
            errors,
            &mut written,
            |key, input, errors| {
                crate_path.set(key, attr::value(input)?, errors);
                Ok(())
            },
        );
    }
    // Of the trait there is no more to be said once this is.
    if let Some((of, _)) = block.trait_.take() {
        let aggregate = block.self_ty.to_token_stream();
        errors.push(
            of,
            format!("`#[handlers]` stands on an inherent impl block: `impl {aggregate} {{ … }}`"),
        );
    }
    let usable = block.generics.params.is_empty();
    if !usable {
        errors.push(&block.generics, "an aggregate has no generic parameters");
    }
    let mut handlers = Vec::new();
    let mut applies = Vec::new();
    let mut has_unread = false;
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            errors.push(&*item, "a `#[handlers]` block holds command handlers and `#[apply]` methods only; move this to an ordinary impl block");
            continue;
        };
        let own = take_own(&mut function.attrs);
        if let Some(apply) = own.apply {
            if let Some(emits) = &own.emits {
                errors.push(emits, "`#[emits(…)]` is for command handlers");
            }
            if !matches!(apply.meta, syn::Meta::Path(_)) {
                errors.push(
                    &apply,
                    "on a method it is `#[apply]`; the event is the method's argument",
                );
            }
            applies.extend(apply::parse(function, &block.self_ty, errors));
        } else {
            let emits = own
                .emits
                .and_then(|attribute| parse_emits(&attribute, errors));
            let handler = handler::parse(function, emits, &block.self_ty, errors);
            has_unread |= handler.is_none();
            handlers.extend(handler);
        }
    }
    let mut known: Vec<Known> = Vec::new();
    handlers.retain(|h| is_first(&mut known, &h.command, &h.ident, &h.cfgs, "handle", errors));
    known.clear();
    applies.retain(|a| is_first(&mut known, &a.event, &a.ident, &a.cfgs, "apply", errors));
    usable.then(|| HandlersModel {
        aggregate: (*block.self_ty).clone(),
        handlers,
        applies,
        has_unread,
        crate_path: attr::crate_path(crate_path),
    })
}

#[derive(Default)]
struct Own {
    apply: Option<Attribute>,
    emits: Option<Attribute>,
}

fn take_own(attributes: &mut Vec<Attribute>) -> Own {
    let mut own = Own::default();
    attributes.retain(|attribute| {
        let last = attribute
            .path()
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("apply") => own.apply = Some(attribute.clone()),
            Some("emits") => own.emits = Some(attribute.clone()),
            _ => return true,
        }
        false
    });
    own
}

fn parse_emits(attribute: &Attribute, errors: &mut Errors) -> Option<Vec<Path>> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let parsed = match &attribute.meta {
        syn::Meta::List(list) => parser.parse2(list.tokens.clone()),
        meta => Err(syn::Error::new_spanned(
            meta,
            "expected `#[emits(Event, Event)]`",
        )),
    };
    match parsed {
        Ok(events) => Some(events.into_iter().collect()),
        Err(error) => {
            errors.add(error);
            None
        }
    }
}

/// What neither a handler nor an apply method can be.
fn check_plain(function: &ImplItemFn, errors: &mut Errors) -> bool {
    let Signature {
        generics,
        safety,
        ident,
        ..
    } = &function.sig;
    let mut fine = true;
    if !generics.params.is_empty() {
        errors.push(
            generics,
            format!("`{ident}` cannot be generic: it is for one type"),
        );
        fine = false;
    }
    if let syn::Safety::Unsafe(unsafety) = safety {
        errors.push(
            unsafety,
            format!("`{ident}` cannot be `unsafe`: it is called for you"),
        );
        fine = false;
    }
    fine
}

/// What a fn before this one is for: the type as it is written, and the fn.
struct Known {
    ty: String,
    ident: Ident,
}

/// Whether no fn before this one is for the same type; else it is reported. Fns under `#[cfg]` may
/// replace each other.
fn is_first(
    known: &mut Vec<Known>,
    ty: &Type,
    ident: &Ident,
    cfgs: &[Attribute],
    verb: &str,
    errors: &mut Errors,
) -> bool {
    if !cfgs.is_empty() {
        return true;
    }
    let text = ty.to_token_stream().to_string();
    if let Some(Known { ident: before, .. }) = known.iter().find(|known| known.ty == text) {
        let what = if verb == "handle" {
            "command has one handler"
        } else {
            "event has one method"
        };
        errors.push(
            ty,
            format!("`{before}` and `{ident}` both {verb} `{text}`; each {what}"),
        );
        return false;
    }
    known.push(Known {
        ty: text,
        ident: ident.clone(),
    });
    true
}
