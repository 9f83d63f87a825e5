//! The variants of a catalogue: their structs, and the way from one to the other.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FieldsNamed, Ident};

use crate::attr;
use crate::model::catalogue::{Catalogue, Member, Shape};

/// The struct of a variant.
pub(super) fn member_struct(catalogue: &Catalogue<'_>, member: &Member<'_>) -> TokenStream {
    let Catalogue {
        visibility,
        derives,
        serde,
        crate_path,
        kind,
        ..
    } = catalogue;
    let ident = member.ident;
    let what = kind.attribute();
    let docs = attr::docs_or(
        member.attributes,
        &format!("The {what} `{ident}` of [`{}`].", catalogue.ident),
    );
    let serde_crate = quote!(#crate_path::__private::serde)
        .to_string()
        .replace(' ', "");
    let own_serde = &member.serde;
    let body = match member.shape {
        Shape::Foreign(_) => return TokenStream::new(),
        Shape::Unit => quote_spanned!(ident.span()=> ;),
        Shape::Named(fields) => {
            let fields = fields.named.iter().map(|field| {
                let name = &field.ident;
                let ty = &field.ty;
                let docs = attr::docs_or(
                    &field.attrs,
                    &format!("`{}` of the {what}.", name.to_token_stream()),
                );
                let serde = field.attrs.iter().filter(|a| a.path().is_ident("serde"));
                quote!(#docs #(#serde)* #visibility #name: #ty)
            });
            quote_spanned!(ident.span()=> { #(#fields),* })
        }
        Shape::Tuple(fields) => {
            let types = fields.unnamed.iter().map(|field| &field.ty);
            quote_spanned!(ident.span()=> ( #(#visibility #types),* );)
        }
    };
    // A clash of names is said at the variant.
    let located = attr::located_at(ident.span(), visibility);
    let item = quote_spanned!(ident.span()=> #located struct #ident #body);
    quote! {
        #docs
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            #crate_path::__private::serde::Serialize,
            #crate_path::__private::serde::Deserialize,
            #(#derives),*
        )]
        #[serde(crate = #serde_crate)]
        #(#serde)*
        #(#own_serde)*
        #item
    }
}

/// The type of a member's struct.
pub(super) fn member_type(member: &Member<'_>) -> TokenStream {
    match member.shape {
        Shape::Foreign(ty) => ty.to_token_stream(),
        Shape::Unit | Shape::Named(_) | Shape::Tuple(_) => member.ident.to_token_stream(),
    }
}

/// A pattern for the variant, and the struct made of what it binds.
pub(super) fn taken_apart(member: &Member<'_>) -> (TokenStream, TokenStream) {
    let ident = member.ident;
    match member.shape {
        Shape::Unit => (quote!(Self::#ident), quote!(#ident)),
        Shape::Foreign(_) => (quote!(Self::#ident(it)), quote!(it)),
        Shape::Named(fields) => {
            // Bound under names of our own: a field may be called `state`.
            let names = field_names(fields);
            let bound: Vec<_> = (0..names.len())
                .map(|i| format_ident!("field_{i}"))
                .collect();
            let fields = quote!({ #(#names: #bound),* });
            (quote!(Self::#ident #fields), quote!(#ident #fields))
        }
        Shape::Tuple(fields) => {
            let bound = (0..fields.unnamed.len()).map(|i| format_ident!("field_{i}"));
            let fields = quote!((#(#bound),*));
            (quote!(Self::#ident #fields), quote!(#ident #fields))
        }
    }
}

/// The variant made of a struct `it`.
pub(super) fn put_together(member: &Member<'_>) -> TokenStream {
    let ident = member.ident;
    match member.shape {
        Shape::Unit => quote!(Self::#ident),
        Shape::Foreign(_) => quote!(Self::#ident(it)),
        Shape::Named(fields) => {
            let names = field_names(fields);
            quote!(Self::#ident { #(#names: it.#names),* })
        }
        Shape::Tuple(fields) => {
            let places = (0..fields.unnamed.len()).map(syn::Index::from);
            quote!(Self::#ident(#(it.#places),*))
        }
    }
}

/// A pattern for the variant that binds nothing.
pub(super) fn any_of(member: &Member<'_>) -> TokenStream {
    let ident = member.ident;
    quote!(Self::#ident { .. })
}

fn field_names(fields: &FieldsNamed) -> Vec<&Ident> {
    fields
        .named
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .collect()
}

pub(super) fn conversions(catalogue: &Catalogue<'_>) -> TokenStream {
    let enum_ident = catalogue.ident;
    let impls = catalogue.members.iter().map(|member| {
        let ty = member_type(member);
        let it = if matches!(member.shape, Shape::Unit) {
            quote!(_)
        } else {
            quote!(it)
        };
        let variant = put_together(member);
        quote! {
            #[automatically_derived]
            impl ::core::convert::From<#ty> for #enum_ident {
                #[inline]
                fn from(#it: #ty) -> Self {
                    #variant
                }
            }
        }
    });
    quote!(#(#impls)*)
}
