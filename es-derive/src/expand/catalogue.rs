//! What `#[derive(Event)]` writes: structs for the variants, their traits, and the catalogue's
//! tables.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::member::{any_of, conversions, member_struct, member_type, taken_apart};
use super::{command, event, in_const, retired};
use crate::model::catalogue::{Catalogue, Kind, Model, Shape, Single};
use crate::model::event::EventFacts;

/// The code for an item.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    match model {
        // Reported; there is nothing to write.
        Model::Catalogue(catalogue) if catalogue.members.is_empty() => TokenStream::new(),
        Model::Catalogue(catalogue) => match catalogue.kind {
            Kind::Event => events(catalogue),
            Kind::Command => command::catalogue(catalogue),
        },
        Model::Single(single) => match single.kind {
            Kind::Event => single_event(single),
            Kind::Command => command::single(single),
        },
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
        #[automatically_derived]
        impl<__A> #path::AppliedTo<__A> for #ident
        where
            __A: #path::Aggregate,
            #ident: #path::EventOf<<__A as #path::Aggregate>::Events>,
        {
        }
        #path::__submit_events!(&[<#ident as #path::Event>::META]);
    });
    quote!(#past #body)
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
    let (retired_list, from_any, retired) = match retired::code(catalogue) {
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
    // The enum may be private where its events' trait is not.
    let own = facts.iter().map(|facts| facts.ident);
    let body = quote! {
        #(#impls)*
        #conversions
        #distinct
        #(
            #[automatically_derived]
            #[allow(private_bounds)]
            impl<__A> #path::AppliedTo<__A> for #own
            where
                #ident: #path::__private::CatalogueOf<__A>,
            {
            }
        )*
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
