//! From models to code. Nothing here fails, and nothing looks at the user's syntax again.

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod catalogue;
mod command;
mod event;
mod event_handlers;
pub(crate) mod handlers;
mod member;
pub(crate) mod policy;
pub(crate) mod projection;
mod retired;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::attr;

/// A local name of the generated code: of its own hygiene, whatever tokens stand around it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A path as text, for serde's and schemars' `crate = "…"`.
fn path_text(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}

/// Puts impls where their names cannot meet the user's.
fn in_const(impls: TokenStream) -> TokenStream {
    quote! {
        const _: () = { #impls };
    }
}

/// How `event` changes `aggregate`: an impl that is said to stand at the event, where a second one
/// is reported. In `body`, `state` is an `Option` of the aggregate and `e` the event.
///
/// The event is written once and by an alias, so that a misspelt one is reported once.
fn evolve_at(
    at: Span,
    path: &TokenStream,
    event: &impl ToTokens,
    aggregate: &impl ToTokens,
    body: &TokenStream,
) -> TokenStream {
    let aggregate = attr::located_at(at, aggregate);
    // A rule need not look at the event; and clippy has nothing to tell the user of code they did not
    // write.
    let evolve = quote! {
        #[inline]
        #[allow(unused_variables, clippy::all)]
        fn evolve(
            state: &mut ::core::option::Option<Self>,
            e: &__Applied,
        ) -> ::core::result::Result<(), #path::EvolveError> {
            #body
        }
    };
    let evolve = quote_spanned! {at=>
        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #path::Evolve<__Applied> for #aggregate { #evolve }
    };
    in_const(quote! {
        #[allow(dead_code)]
        type __Applied = #event;
        #evolve
    })
}
