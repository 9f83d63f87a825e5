//! From models to code. Nothing here fails, and nothing looks at the user's syntax again.

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod catalogue;
pub(crate) mod handlers;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// A local name of the generated code: of its own hygiene, whatever tokens stand around it.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Puts impls where their names cannot meet the user's.
fn in_const(impls: TokenStream) -> TokenStream {
    quote! {
        const _: () = { #impls };
    }
}
