//! What `#[derive(AggregateId)]` writes: the text form, and the conversions.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::in_const;
use crate::model::aggregate_id::IdModel;

/// The code for an id.
pub(crate) fn expand(model: &IdModel<'_>) -> TokenStream {
    let IdModel {
        ident,
        field,
        inner,
        crate_path: path,
        ..
    } = model;
    let name = ident.to_string();
    let from_text = quote_spanned! {inner.span()=>
        <#inner as #path::AggregateId>::from_text(text)
    };
    let to_text = quote_spanned! {inner.span()=>
        <#inner as #path::AggregateId>::to_text(&self.#field)
    };
    let of_text = model.over_string.then(|| over_string(model));
    in_const(quote! {
        #[automatically_derived]
        impl #path::AggregateId for #ident {
            fn to_text(&self) -> ::std::string::String {
                #to_text
            }

            fn from_text(text: &str) -> ::core::result::Result<Self, #path::InvalidId> {
                read(text)
            }
        }

        fn read(text: &str) -> ::core::result::Result<#ident, #path::InvalidId> {
            match #from_text {
                ::core::result::Result::Ok(inner) => {
                    ::core::result::Result::Ok(#ident { #field: inner })
                }
                ::core::result::Result::Err(error) => {
                    ::core::result::Result::Err(error.of(#name))
                }
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.#field, f)
            }
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #path::InvalidId;

            fn from_str(text: &str) -> ::core::result::Result<Self, #path::InvalidId> {
                read(text)
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#inner> for #ident {
            fn from(inner: #inner) -> Self {
                Self { #field: inner }
            }
        }

        #[automatically_derived]
        impl #path::IntoId<#ident> for #ident {
            fn into_id(self) -> #ident {
                self
            }
        }

        #[automatically_derived]
        impl #path::IntoId<#ident> for &#ident {
            fn into_id(self) -> #ident {
                #ident { #field: ::core::clone::Clone::clone(&self.#field) }
            }
        }

        #of_text
    })
}

/// Ids over strings are also made of `&str`, `String` and `&String`.
fn over_string(model: &IdModel<'_>) -> TokenStream {
    let IdModel {
        ident,
        crate_path: path,
        ..
    } = model;
    let into_id = [
        quote!(&str),
        quote!(::std::string::String),
        quote!(&::std::string::String),
    ]
    .map(|from| {
        quote! {
            #[automatically_derived]
            impl #path::IntoId<#ident> for #from {
                fn into_id(self) -> #ident {
                    <#ident as ::core::convert::From<::std::string::String>>::from(
                        ::core::convert::Into::into(self),
                    )
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl ::core::convert::From<&str> for #ident {
            fn from(text: &str) -> Self {
                <Self as ::core::convert::From<::std::string::String>>::from(
                    ::std::string::String::from(text),
                )
            }
        }

        #(#into_id)*
    }
}
