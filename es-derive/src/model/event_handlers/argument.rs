//! The arguments of a handler's method: which is the event, and what the others ask for.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

use super::{Argument, Is, Kind, Mark, Method, shape};
use crate::errors::Errors;
use crate::model::method;

/// The event, or the refusal.
pub(super) fn first_argument(
    kind: &Kind,
    mark: Mark,
    services: Option<&Type>,
    ident: &Ident,
    ty: Option<&Type>,
    errors: &mut Errors,
) -> Option<Type> {
    let what = if mark == Mark::On { "event" } else { "refusal" };
    let shape = shape(kind, mark);
    match ty {
        None => errors.push(ident, format!("`{ident}` takes no {what}: {shape}")),
        Some(Type::Reference(reference)) if reference.mutability.is_some() => errors.push(
            reference,
            format!("the {what} comes first, by `&`: {shape}"),
        ),
        Some(Type::Reference(reference))
            if !is_named(&reference.elem)
                || services.is_some_and(|services| same(services, &reference.elem)) =>
        {
            let ty = text(&reference.elem);
            errors.push(
                &reference.elem,
                format!("`{ty}` is no {what}, which comes first: {shape}"),
            );
        }
        Some(Type::Reference(reference)) => return Some((*reference.elem).clone()),
        Some(ty) => errors.push(
            ty,
            format!("take the {what} by reference, `&{}`: {shape}", text(ty)),
        ),
    }
    None
}

/// The type as it is read.
pub(crate) fn text(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, plain) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
    ] {
        text = text.replace(spaced, plain);
    }
    text
}

/// Whether they are written alike.
pub(crate) fn same(a: &Type, b: &Type) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

/// Whether it can be an event: a struct has a name, and those of the language and of the framework
/// are none. Whether others are, rustc knows.
fn is_named(ty: &Type) -> bool {
    let is_other = |ident: &Ident| ident == "str" || ident == "Self" || ident == "Metadata";
    matches!(
        ty,
        Type::Path(_) | Type::Group(_) | Type::Paren(_) | Type::Macro(_)
    ) && !method::is_ident(ty, is_other)
}

/// One of the arguments after the event.
pub(super) fn argument(
    kind: &Kind,
    services: Option<&Type>,
    method: &mut Method,
    ty: &Type,
    errors: &mut Errors,
) {
    let Type::Reference(reference) = ty else {
        let by = text(ty);
        let message = format!("take it by reference, `&{by}`: {}", kind.arguments);
        return method.wrong(ty, message, errors);
    };
    let of = &*reference.elem;
    if !is_sized(of) {
        let message = format!("a method cannot ask for `{}`: {}", text(ty), kind.arguments);
        return method.wrong(ty, message, errors);
    }
    let is = if reference.mutability.is_some() {
        Is::Transaction(with_static(of))
    } else if services.is_some_and(|services| same(services, of)) {
        Is::Services
    } else {
        Is::Recorded(of.clone())
    };
    let is_there = method
        .arguments
        .iter()
        .any(|before| match (&before.is, &is) {
            (Is::Transaction(_), Is::Transaction(_)) | (Is::Services, Is::Services) => true,
            (Is::Recorded(before), Is::Recorded(_)) => same(before, of),
            _ => false,
        });
    if is_there {
        let what = if reference.mutability.is_some() {
            "a transaction"
        } else {
            "this"
        };
        let message = format!("`{}` asks for {what} twice; keep one", method.ident);
        return method.wrong(ty, message, errors);
    }
    method.arguments.push(Argument { ty: ty.clone(), is });
}

/// What is known of a type by its tokens alone.
fn is_sized(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Slice(_) | Type::TraitObject(_) | Type::ImplTrait(_)
    ) && !method::is_ident(ty, |ident| ident == "str")
}

/// `SqliteTx<'_>` as `SqliteTx<'static>`: one type, whatever the method calls the lifetime.
fn with_static(ty: &Type) -> Type {
    fn in_tokens(tokens: TokenStream) -> TokenStream {
        let mut after_quote = false;
        tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Ident(ident) if after_quote => {
                    after_quote = false;
                    TokenTree::Ident(Ident::new("static", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut replaced = Group::new(group.delimiter(), in_tokens(group.stream()));
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced)
                }
                token => {
                    after_quote = matches!(&token, TokenTree::Punct(p) if p.as_char() == '\'');
                    token
                }
            })
            .collect()
    }
    let tokens = in_tokens(ty.to_token_stream());
    // It was a type before, too.
    syn::parse2(tokens).unwrap_or_else(|_| ty.clone())
}
