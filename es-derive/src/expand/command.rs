//! What `#[derive(Command)]` writes: the traits of each command, and the catalogue's tables.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Ident};

use super::in_const;
use super::member::{any_of, conversions, member_struct, member_type, taken_apart};
use crate::attr;
use crate::model::catalogue::{Catalogue, Fieldless, Member, Shape, Single};
use crate::model::wire::Wire;
use crate::names;

/// What is written into a command's meta, and how it is read.
struct Facts<'a> {
    ident: &'a Ident,
    attributes: &'a [Attribute],
    wire: &'a Wire,
    fieldless: Option<Fieldless>,
}

impl<'a> Facts<'a> {
    fn of_single(single: &'a Single<'a>) -> Self {
        Self {
            ident: single.ident,
            attributes: single.attributes,
            wire: &single.wire,
            fieldless: single.fieldless,
        }
    }

    /// `None` for a variant whose struct has a derive of its own.
    fn of_member(member: &'a Member<'a>) -> Option<Self> {
        let fieldless = match member.shape {
            Shape::Foreign(_) => return None,
            Shape::Unit => Some(Fieldless::Unit),
            Shape::Named(fields) => fields.named.is_empty().then_some(Fieldless::Braces),
            Shape::Tuple(_) => None,
        };
        Some(Self {
            ident: member.ident,
            attributes: member.attributes,
            wire: &member.wire,
            fieldless,
        })
    }

    /// A value, for a struct without fields.
    fn value(&self) -> Option<TokenStream> {
        self.fieldless.map(|fieldless| match fieldless {
            Fieldless::Unit => quote!(Self),
            Fieldless::Braces => quote!(Self {}),
        })
    }
}

/// What a command that is a struct of its own becomes.
pub(super) fn single(single: &Single<'_>) -> TokenStream {
    in_const(command_impl(&single.crate_path, &Facts::of_single(single)))
}

fn command_impl(path: &TokenStream, facts: &Facts<'_>) -> TokenStream {
    let Facts { ident, wire, .. } = facts;
    let short_name = names::snake_case(ident);
    let full_name = match &wire.name {
        Some(name) => quote!(::core::option::Option::Some(#name)),
        None => quote!(::core::option::Option::None),
    };
    let docs = attr::docs(facts.attributes);
    let read = match facts.value() {
        Some(value) => quote!(#path::__private::read_fieldless(&data, #value)),
        None => quote_spanned! {ident.span()=>
            <#ident as #path::__private::CommandData>::read(data)
        },
    };
    quote! {
        #[automatically_derived]
        impl #path::Command for #ident {
            const META: &'static #path::CommandMeta = &#path::CommandMeta {
                short_name: #short_name,
                full_name: #full_name,
                docs: #docs,
            };
            fn from_json(
                data: #path::__private::serde_json::Value,
            ) -> ::core::result::Result<Self, #path::InvalidCommand> {
                #read
            }
        }
    }
}

/// What a catalogue of commands becomes.
pub(super) fn catalogue(catalogue: &Catalogue<'_>) -> TokenStream {
    let Catalogue {
        ident,
        members,
        crate_path: path,
        ..
    } = catalogue;
    let structs = members
        .iter()
        .map(|member| member_struct(catalogue, member));
    let impls = members
        .iter()
        .filter_map(Facts::of_member)
        .map(|facts| command_impl(path, &facts));
    let conversions = conversions(catalogue);
    let types: Vec<_> = members.iter().map(member_type).collect();
    let any: Vec<_> = members.iter().map(any_of).collect();
    let (patterns, values): (Vec<_>, Vec<_>) = members.iter().map(taken_apart).unzip();
    let places = 0..members.len();
    let body = quote! {
        #(#impls)*
        #conversions
        #(
            #[automatically_derived]
            impl #path::__private::Listed<#ident> for #types {}
        )*

        #[automatically_derived]
        impl #path::CommandCatalogue for #ident {
            const COMMANDS: &'static [&'static #path::CommandMeta] =
                &[#(<#types as #path::Command>::META),*];

            fn meta(&self) -> &'static #path::CommandMeta {
                match self {
                    #(#any => <#types as #path::Command>::META,)*
                }
            }

            fn from_json(
                place: usize,
                data: #path::__private::serde_json::Value,
            ) -> ::core::option::Option<::core::result::Result<Self, #path::InvalidCommand>> {
                ::core::option::Option::Some(match place {
                    #(#places => <#types as #path::Command>::from_json(data)
                        .map(::core::convert::From::from),)*
                    _ => return ::core::option::Option::None,
                })
            }
        }

        impl<__A> #path::CommandSet<__A> for #ident
        where
            __A: #path::Aggregate,
            #(__A: #path::Handle<#types>,)*
        {
            const HANDLERS: &'static [#path::CommandEntry] = &[#(
                #path::CommandEntry {
                    meta: <#types as #path::Command>::META,
                    emits: <__A as #path::Handle<#types>>::EMITS,
                }
            ),*];

            #[inline]
            fn handle<'a>(
                self,
                state: ::core::option::Option<&'a __A>,
                inputs: #path::Inputs<'a, __A>,
            ) -> #path::Handling<'a, __A> {
                match self {
                    #(#patterns => <__A as #path::Handle<#types>>::handle(state, #values, inputs),)*
                }
            }
        }
    };
    let body = in_const(body);
    quote!(#(#structs)* #body)
}
