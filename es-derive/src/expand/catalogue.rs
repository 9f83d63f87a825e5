//! What `#[derive(Event)]` and `#[derive(Command)]` write: structs for the variants, their traits,
//! and the catalogue's tables.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, FieldsNamed, Ident};

use super::event;
use super::in_const;
use crate::attr;
use crate::model::catalogue::{Catalogue, Fieldless, Kind, Member, Model, Shape, Single};
use crate::model::event::EventFacts;
use crate::model::wire::Wire;
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
                Kind::Event => return single_event(single),
                Kind::Command => command_impl(&single.crate_path, &Facts::of_single(single)),
            };
            in_const(body)
        }
    }
}

fn single_event(single: &Single<'_>) -> TokenStream {
    let Single {
        ident,
        crate_path: path,
        ..
    } = single;
    let facts = EventFacts::of_single(single);
    let past = event::past_structs(path, &facts);
    let event = event::event_impl(path, &facts);
    let body = in_const(quote! {
        #event
        #path::__submit_events!(&[<#ident as #path::Event>::META]);
    });
    quote!(#past #body)
}

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
    let facts: Vec<_> = members
        .iter()
        .filter_map(|member| EventFacts::of_member(catalogue, member))
        .collect();
    let past = facts.iter().map(|facts| event::past_structs(path, facts));
    let impls = facts.iter().map(|facts| event::event_impl(path, facts));
    let (retired_list, from_any, retired) = match retired(catalogue) {
        Some(code) => (Some(code.list), Some(code.from_any), Some(code.impls)),
        None => (None, None, None),
    };
    let retired_types = &catalogue.retired;
    let retired_names: Vec<_> = (0..retired_types.len())
        .map(|index| format_ident!("__RETIRED_{index}"))
        .collect();
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
        #(const #retired_names: &str = <#retired_types as #path::Event>::META.name;)*
        #path::__submit_events!(<#ident as #path::EventCatalogue>::EVENTS);

        #[automatically_derived]
        impl #path::EventCatalogue for #ident {
            const EVENTS: &'static [&'static #path::EventMeta] =
                &[#(<#types as #path::Event>::META),*];
            #retired_list

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
                    #(#retired_names => return #path::__private::decode_retired::<#retired_types, Self>(
                        record, each,
                    ),)*
                    _ => return #path::__private::decode_by_alias(record, each),
                }
                ::core::result::Result::Ok(())
            }
            #from_any
        }
        #retired

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
                    _ => #path::__private::replay_otherwise::<__A, Self>(state, record),
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
    quote!(#(#structs)* #(#past)* #body)
}

/// What a catalogue needs to read events that are no longer written.
struct RetiredCode {
    /// The list.
    list: TokenStream,
    /// From an event of any type to the catalogue's.
    from_any: TokenStream,
    /// Beside the catalogue's impl.
    impls: TokenStream,
}

fn retired(catalogue: &Catalogue<'_>) -> Option<RetiredCode> {
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
                #path::__private::emits_only(
                    &<#ty as #path::RetiredEvent>::INTO,
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

/// Names that only rustc can compare: those of structs with a derive of their own. And what is
/// written is not retired.
fn distinct_names(catalogue: &Catalogue<'_>) -> TokenStream {
    let path = &catalogue.crate_path;
    let mut checks = TokenStream::new();
    let members = catalogue.members.iter().map(|member| {
        let foreign = matches!(member.shape, Shape::Foreign(_));
        (member_type(member), member.ident.span(), foreign)
    });
    let retired = catalogue.retired.iter();
    let retired = retired.map(|ty| (ty.to_token_stream(), ty.span(), true));
    let all: Vec<_> = members.chain(retired).collect();
    for (index, (b, span, foreign)) in all.iter().enumerate() {
        for (a, _, before_is_foreign) in all.iter().take(index) {
            if !foreign && !before_is_foreign {
                continue;
            }
            let message = format!(
                "`{a}` and `{b}` of `{}` have the same name on the wire; give one `#[event(name = \"…\")]`",
                catalogue.ident
            );
            checks.extend(quote_spanned! {*span=>
                const _: () = ::core::assert!(
                    !#path::__private::share_a_name(
                        <#a as #path::Event>::META,
                        <#b as #path::Event>::META,
                    ),
                    #message
                );
            });
        }
    }
    for member in &catalogue.members {
        if let Shape::Foreign(ty) = member.shape {
            let name = ty.to_token_stream().to_string().replace(' ', "");
            let message = format!(
                "`{name}` is retired, so it has no variant; list it on the enum: `#[event(retired({name}))]`"
            );
            checks.extend(quote_spanned! {member.ident.span()=>
                const _: () = ::core::assert!(
                    <#ty as #path::Event>::META.retired.is_none(),
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
