//! Events that are no longer written: what their catalogue needs to read them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::member::{member_type, taken_apart};
use crate::model::catalogue::Catalogue;

/// What a catalogue needs to read events that are no longer written.
pub(super) struct RetiredCode {
    /// The list.
    pub(super) list: TokenStream,
    /// From an event of any type to the catalogue's.
    pub(super) from_any: TokenStream,
    /// Beside the catalogue's impl.
    pub(super) impls: TokenStream,
}

/// The code, if the catalogue lists such events.
pub(super) fn code(catalogue: &Catalogue<'_>) -> Option<RetiredCode> {
    let Catalogue {
        ident,
        members,
        retired,
        crate_path: path,
        ..
    } = catalogue;
    if retired.is_empty() {
        return None;
    }
    let types: Vec<_> = members.iter().map(member_type).collect();
    let (patterns, values): (Vec<_>, Vec<_>) = members.iter().map(taken_apart).unzip();
    let list = quote! {
        const RETIRED: &'static [&'static #path::EventMeta] =
            &[#(<#retired as #path::Event>::META),*];
    };
    let from_any = quote! {
        fn from_any(
            event: #path::AnyEvent,
        ) -> ::core::result::Result<Self, #path::AnyEvent> {
            #(
                let event = match event.downcast::<#types>() {
                    ::core::result::Result::Ok(event) => {
                        return ::core::result::Result::Ok(::core::convert::From::from(event));
                    }
                    ::core::result::Result::Err(event) => event,
                };
            )*
            ::core::result::Result::Err(event)
        }
    };
    let checks = retired.iter().map(|ty| {
        let message = format!(
            "`{}` is retired into an event that `{ident}` does not list; list it, or let the function make others",
            ty.to_token_stream().to_string().replace(' ', "")
        );
        quote_spanned! {ty.span()=>
            const _: () = ::core::assert!(
                #path::__private::retired_into_only(
                    <#ty as #path::Event>::META,
                    <#ident as #path::EventCatalogue>::EVENTS,
                ),
                #message
            );
        }
    });
    let impls = quote! {
        #(#checks)*
        #path::__submit_events!(<#ident as #path::EventCatalogue>::RETIRED);

        #[automatically_derived]
        impl #path::IntoEvents<#path::AnyEvent> for #ident {
            const EMITS: #path::Emits =
                #path::Emits::AnyOf(<#ident as #path::EventCatalogue>::EVENTS);

            fn add_to(self, out: &mut #path::Events<#path::AnyEvent>) {
                match self {
                    #(#patterns => out.push(#path::AnyEvent::from(#values)),)*
                }
            }
        }
    };
    Some(RetiredCode {
        list,
        from_any,
        impls,
    })
}
