//! What `#[derive(Event)]` and `#[derive(Command)]` write: structs for the variants, their traits,
//! and the catalogue's tables.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, FieldsNamed, Ident};

use super::in_const;
use crate::attr;
use crate::model::catalogue::{Catalogue, Fieldless, Kind, Member, Model, Shape, Single, Wire};
use crate::names;

/// The code for an item.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    match model {
        // Reported; there is nothing to write.
        Model::Catalogue(catalogue) if catalogue.members.is_empty() => TokenStream::new(),
        Model::Catalogue(catalogue) => match catalogue.kind {
            Kind::Event => events(catalogue),
            Kind::Command => commands(catalogue),
        },
        Model::Single(single) => {
            let body = match single.kind {
                Kind::Event => event_impl(&single.crate_path, &Facts::of_single(single)),
                Kind::Command => command_impl(&single.crate_path, &Facts::of_single(single)),
            };
            in_const(body)
        }
    }
}

/// What is written into an event's or command's meta, and how it is encoded.
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

fn event_impl(path: &TokenStream, facts: &Facts<'_>) -> TokenStream {
    let Facts { ident, wire, .. } = facts;
    let name = wire.name.as_deref().unwrap_or_default();
    let version = wire.version;
    let shape = wire.shape;
    let docs = attr::docs(facts.attributes);
    let type_name = ident.to_string();
    let (encode, read) = match facts.value() {
        Some(value) => (
            quote!(::core::result::Result::Ok(
                ::std::borrow::ToOwned::to_owned("{}")
            )),
            quote!(::core::result::Result::Ok(#value)),
        ),
        None => (
            quote_spanned!(ident.span()=> <#ident as #path::__private::Payload>::to_json(self)),
            quote_spanned!(ident.span()=> <#ident as #path::__private::Payload>::from_json(payload)),
        ),
    };
    let payload = if facts.fieldless.is_some() {
        quote!(_)
    } else {
        quote!(payload)
    };
    quote! {
        #[automatically_derived]
        impl #path::Event for #ident {
            const META: &'static #path::EventMeta = &#path::EventMeta {
                name: #name,
                version: #version,
                type_path: ::core::concat!(::core::module_path!(), "::", #type_name),
                docs: #docs,
                shape: #shape,
            };
            #[inline]
            fn encode(&self) -> ::core::result::Result<::std::string::String, #path::EncodeError> {
                #encode
            }
            #[inline]
            fn decode(version: u32, #payload: &[u8]) -> ::core::result::Result<Self, #path::DecodeError> {
                match version {
                    #version => #read,
                    other => ::core::result::Result::Err(
                        #path::__private::unreadable_version(<Self as #path::Event>::META, other),
                    ),
                }
            }
        }
    }
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

/// The struct of a variant.
fn member_struct(catalogue: &Catalogue<'_>, member: &Member<'_>) -> TokenStream {
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
fn member_type(member: &Member<'_>) -> TokenStream {
    match member.shape {
        Shape::Foreign(ty) => ty.to_token_stream(),
        Shape::Unit | Shape::Named(_) | Shape::Tuple(_) => member.ident.to_token_stream(),
    }
}

/// A pattern for the variant, and the struct made of what it binds.
fn taken_apart(member: &Member<'_>) -> (TokenStream, TokenStream) {
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
fn put_together(member: &Member<'_>) -> TokenStream {
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
fn any_of(member: &Member<'_>) -> TokenStream {
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

fn conversions(catalogue: &Catalogue<'_>) -> TokenStream {
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

fn events(catalogue: &Catalogue<'_>) -> TokenStream {
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
        .map(|facts| event_impl(path, &facts));
    let conversions = conversions(catalogue);
    let types: Vec<_> = members.iter().map(member_type).collect();
    let any: Vec<_> = members.iter().map(any_of).collect();
    let (patterns, values): (Vec<_>, Vec<_>) = members.iter().map(taken_apart).unzip();
    let names: Vec<_> = (0..members.len())
        .map(|index| format_ident!("__NAME_{index}"))
        .collect();
    let distinct = distinct_names(catalogue);
    let body = quote! {
        #(#impls)*
        #conversions
        #distinct
        #(
            #[automatically_derived]
            impl #path::__private::Listed<#ident> for #types {}
            const #names: &str = <#types as #path::Event>::META.name;
        )*

        #[automatically_derived]
        impl #path::EventCatalogue for #ident {
            const EVENTS: &'static [&'static #path::EventMeta] =
                &[#(<#types as #path::Event>::META),*];

            #[inline]
            fn meta(&self) -> &'static #path::EventMeta {
                match self {
                    #(#any => <#types as #path::Event>::META,)*
                }
            }

            fn decode(
                record: #path::StoredEvent<'_>,
                each: &mut dyn ::core::ops::FnMut(Self),
            ) -> ::core::result::Result<(), #path::DecodeError> {
                match record.name {
                    #(#names => each(::core::convert::From::from(
                        <#types as #path::Event>::decode(record.version, record.payload)?,
                    )),)*
                    _ => return ::core::result::Result::Err(#path::DecodeError::UnknownEvent),
                }
                ::core::result::Result::Ok(())
            }
        }

        #[automatically_derived]
        impl #path::IntoEvents<#ident> for #ident {
            const EMITS: #path::Emits =
                #path::Emits::AnyOf(<#ident as #path::EventCatalogue>::EVENTS);

            #[inline]
            fn add_to(self, out: &mut #path::Events<#ident>) {
                out.push(self);
            }

            #[inline]
            fn into_events(self) -> #path::Events<#ident> {
                #path::Events::one(self)
            }
        }

        impl<__A> #path::EventSet<__A> for #ident
        where
            #(__A: #path::Evolve<#types>,)*
        {
            #[inline]
            fn replay(
                state: &mut ::core::option::Option<__A>,
                record: #path::StoredEvent<'_>,
            ) -> ::core::result::Result<(), #path::ReplayFault> {
                match record.name {
                    #(#names => #path::__private::replay_event(
                        state,
                        <#types as #path::Event>::decode(record.version, record.payload),
                    ),)*
                    _ => ::core::result::Result::Err(#path::ReplayFault::Decode(#path::DecodeError::UnknownEvent)),
                }
            }

            #[inline]
            fn apply(
                self,
                state: &mut ::core::option::Option<__A>,
            ) -> ::core::result::Result<(), #path::EvolveError> {
                match self {
                    #(#patterns => <__A as #path::Evolve<#types>>::evolve(state, &#values),)*
                }
            }

            fn record(
                self,
                state: &mut ::core::option::Option<__A>,
            ) -> ::core::result::Result<::std::string::String, #path::ReplayFault> {
                match self {
                    #(#patterns => {
                        let event = #values;
                        <__A as #path::Evolve<#types>>::evolve(state, &event)?;
                        ::core::result::Result::Ok(<#types as #path::Event>::encode(&event)?)
                    })*
                }
            }
        }
    };
    let body = in_const(body);
    quote!(#(#structs)* #body)
}

/// Names that only rustc can compare: those of structs with a derive of their own.
fn distinct_names(catalogue: &Catalogue<'_>) -> TokenStream {
    let path = &catalogue.crate_path;
    let mut checks = TokenStream::new();
    for (index, member) in catalogue.members.iter().enumerate() {
        for before in catalogue.members.iter().take(index) {
            let foreign = |member: &Member<'_>| matches!(member.shape, Shape::Foreign(_));
            if !foreign(member) && !foreign(before) {
                continue;
            }
            let (a, b) = (member_type(before), member_type(member));
            let message = format!(
                "`{a}` and `{b}` of `{}` have the same name on the wire; give one `#[event(name = \"…\")]`",
                catalogue.ident
            );
            checks.extend(quote_spanned! {member.ident.span()=>
                const _: () = ::core::assert!(
                    !#path::__private::same_name(
                        <#a as #path::Event>::META.name,
                        <#b as #path::Event>::META.name,
                    ),
                    #message
                );
            });
        }
    }
    checks
}

fn commands(catalogue: &Catalogue<'_>) -> TokenStream {
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
