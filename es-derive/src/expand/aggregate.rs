//! What `#[derive(Aggregate)]` writes: the trait, how each event with rules changes the state, and
//! the registration.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{BinOp, Member, Path};

use super::{evolve_at, in_const, local};
use crate::attr;
use crate::model::aggregate::{AggregateModel, StateField, same};
use crate::model::rules::{Change, Rule, Value};

/// The code for an aggregate.
pub(crate) fn expand(model: &AggregateModel<'_>) -> TokenStream {
    let path = &model.crate_path;
    let ident = model.ident;
    let aggregate = aggregate_impl(model);
    let handled = handled_impl(model);
    let arguments = argument_impls(model);
    let evolve = ruled_events(model)
        .into_iter()
        .map(|event| evolve_by_rules(model, event));
    let ignored = model
        .ignores
        .iter()
        .map(|event| evolve_ignored(model, event));
    let checks = event_checks(model);
    in_const(quote! {
        #aggregate
        #handled
        #arguments
        #(#evolve)*
        #(#ignored)*
        #checks
        #path::__submit_aggregate!(#ident);
    })
}

fn aggregate_impl(model: &AggregateModel<'_>) -> TokenStream {
    let AggregateModel {
        ident,
        name,
        crate_path: path,
        created_by,
        ..
    } = model;
    let docs = attr::docs(model.attributes);
    let or = |ty: &Option<syn::Type>, otherwise: TokenStream| match ty {
        Some(ty) => ty.to_token_stream(),
        None => otherwise,
    };
    // What is missing has been reported; the stand-ins keep other messages away.
    let id = or(&model.id, quote!(::std::string::String));
    let error = or(&model.error, quote!(::core::convert::Infallible));
    let commands = or(&model.commands, quote!(#path::__private::Missing));
    let events = or(&model.events, quote!(#path::__private::Missing));
    let services = or(&model.services, quote!(()));
    let snapshots = match &model.snapshot {
        None => quote!(::core::option::Option::None),
        Some(snapshot) => {
            let every = snapshot.every;
            let fingerprint = model.fingerprint;
            let span = ident.span();
            quote_spanned! {span=>
                ::core::option::Option::Some(#path::SnapshotPolicy {
                    every: #every,
                    fingerprint: #path::__private::snapshot_fingerprint::<#events>(
                        #fingerprint,
                    ),
                    write: <#ident as #path::__private::SnapshotState>::write,
                    read: <#ident as #path::__private::SnapshotState>::read,
                })
            }
        }
    };
    // Beside the catalogue's own derive this leads from an event to its aggregate.
    let catalogue = model.events.as_ref().map(|events| {
        quote! {
            #[automatically_derived]
            impl #path::__private::CatalogueOf<#ident> for #events {}
        }
    });
    quote! {
        #catalogue
        #[automatically_derived]
        impl #path::Aggregate for #ident {
            type Id = #id;
            type Error = #error;
            type Commands = #commands;
            type Events = #events;
            type Services = #services;

            const NAME: &'static str = #name;
            const DOCS: &'static str = #docs;
            const CREATED_BY: &'static [&'static #path::EventMeta] =
                &[#(<#created_by as #path::Event>::META),*];
            const SNAPSHOTS: ::core::option::Option<#path::SnapshotPolicy<Self>> = #snapshots;
        }
    }
}

/// The enum of commands can be sent as well as each command.
///
/// The calls go by the aggregate, so that what is wrong with the enum is said once, where the
/// aggregate names it.
fn handled_impl(model: &AggregateModel<'_>) -> TokenStream {
    let AggregateModel {
        ident,
        crate_path: path,
        ..
    } = model;
    let Some(commands) = &model.commands else {
        return TokenStream::new();
    };
    quote! {
        #[automatically_derived]
        impl #path::Handled for #commands {
            type Aggregate = #ident;
            const COMMANDS: &'static [&'static #path::CommandMeta] =
                #path::__private::commands_of::<#ident>();

            fn short_name(&self) -> &'static str {
                #path::__private::short_name::<#ident>(self)
            }

            #[inline]
            fn handle<'a>(
                self,
                state: ::core::option::Option<&'a #ident>,
                inputs: #path::Inputs<'a, #ident>,
            ) -> #path::Handling<'a, #ident> {
                #path::__private::handle_any(self, state, inputs)
            }
        }
    }
}

/// Handlers may ask for the id and the services.
fn argument_impls(model: &AggregateModel<'_>) -> TokenStream {
    let AggregateModel {
        ident,
        crate_path: path,
        ..
    } = model;
    let argument = |ty: &syn::Type, field: &str| {
        let field = proc_macro2::Ident::new(field, Span::call_site());
        quote! {
            #[automatically_derived]
            impl<'a> #path::HandlerArgument<'a, #ident> for &'a #ty {
                #[inline]
                fn from_inputs(inputs: &#path::Inputs<'a, #ident>) -> Self {
                    inputs.#field
                }
            }
        }
    };
    let id = model.id.as_ref().map(|id| argument(id, "id"));
    let services = model
        .services
        .as_ref()
        .map(|services| argument(services, "services"));
    quote!(#id #services)
}

/// The events that have rules, in order of first mention.
fn ruled_events<'a>(model: &'a AggregateModel<'_>) -> Vec<&'a Path> {
    let mut events: Vec<&Path> = Vec::new();
    for rule in model.fields.iter().flat_map(|field| &field.rules) {
        if !events.iter().any(|event| same(event, &rule.event)) {
            events.push(&rule.event);
        }
    }
    events
}

fn creates(model: &AggregateModel<'_>, event: &Path) -> bool {
    model
        .created_by
        .iter()
        .any(|creating| same(creating, event))
}

/// The events named in rules, `ignores` and `created_by` belong to the catalogue.
fn event_checks(model: &AggregateModel<'_>) -> TokenStream {
    let path = &model.crate_path;
    let Some(events) = &model.events else {
        return TokenStream::new();
    };
    let ruled = ruled_events(model);
    let unruled = model
        .created_by
        .iter()
        .filter(|event| !ruled.iter().any(|ruled| same(ruled, event)))
        .filter(|event| !model.ignores.iter().any(|ignored| same(ignored, event)));
    let checks = ruled
        .iter()
        .copied()
        .chain(&model.ignores)
        .chain(unruled)
        .map(|event| {
            quote_spanned! {event.span()=>
                let _ = listed::<#event>;
            }
        });
    quote! {
        const _: fn() = || {
            fn listed<E: #path::EventOf<#events>>() {}
            #(#checks)*
        };
    }
}

/// `impl Evolve<Event>` from the rules of all fields for this event.
fn evolve_by_rules(model: &AggregateModel<'_>, event: &Path) -> TokenStream {
    let AggregateModel {
        ident,
        crate_path: path,
        ..
    } = model;
    let rule_of =
        |field: &&StateField<'_>| field.rules.iter().position(|rule| same(&rule.event, event));
    let changes: Vec<_> = model
        .fields
        .iter()
        .filter_map(|field| {
            let rule = field.rules.get(rule_of(&field)?)?;
            Some((field, rule))
        })
        .collect();
    let is_wrong = changes
        .iter()
        .any(|(_, rule)| matches!(rule.change, Change::Wrong));
    let change_all = changes
        .iter()
        .map(|(field, rule)| change(model, field, rule));
    let when_absent = if creates(model, event) && !is_wrong {
        let later = changes
            .iter()
            .filter(|(_, rule)| !matches!(rule.change, Change::Assign(_)))
            .map(|(field, rule)| change(model, field, rule));
        let fields = model.fields.iter().map(|field| {
            let member = &field.member;
            let assigned = changes
                .iter()
                .find_map(|(changed, rule)| match &rule.change {
                    Change::Assign(value) if changed.member == *member => Some(value),
                    _ => None,
                });
            let value = match assigned {
                Some(value) => value_of(value),
                None => start_value(path, field),
            };
            quote!(#member: #value)
        });
        // Changed only where the creating event has rules other than `=`.
        quote! {
            #[allow(unused_mut)]
            let mut this = #ident { #(#fields),* };
            #(#later)*
            *state = ::core::option::Option::Some(this);
            ::core::result::Result::Ok(())
        }
    } else {
        quote!(::core::result::Result::Err(#path::EvolveError::DoesNotExist))
    };
    let body = quote! {
        match state {
            ::core::option::Option::Some(this) => {
                #(#change_all)*
                ::core::result::Result::Ok(())
            }
            ::core::option::Option::None => {
                #when_absent
            }
        }
    };
    evolve_at(event.span(), path, event, ident, &body)
}

/// `impl Evolve<Event>` for an event that changes nothing.
fn evolve_ignored(model: &AggregateModel<'_>, event: &Path) -> TokenStream {
    let AggregateModel {
        ident,
        crate_path: path,
        ..
    } = model;
    let when_absent = if creates(model, event) {
        let value = if model.is_struct {
            let fields = model.fields.iter().map(|field| {
                let member = &field.member;
                let value = start_value(path, field);
                quote!(#member: #value)
            });
            quote!(#ident { #(#fields),* })
        } else {
            quote_spanned!(event.span()=> <#ident as #path::__private::StartValue>::start_value())
        };
        quote! {
            *state = ::core::option::Option::Some(#value);
            ::core::result::Result::Ok(())
        }
    } else {
        quote!(::core::result::Result::Err(#path::EvolveError::DoesNotExist))
    };
    let body = quote! {
        match state {
            ::core::option::Option::Some(_) => ::core::result::Result::Ok(()),
            ::core::option::Option::None => {
                #when_absent
            }
        }
    };
    evolve_at(event.span(), path, event, ident, &body)
}

fn start_value(path: &TokenStream, field: &StateField<'_>) -> TokenStream {
    let ty = field.ty;
    quote_spanned!(ty.span()=> <#ty as #path::__private::StartValue>::start_value())
}

fn value_of(value: &Value) -> TokenStream {
    match value {
        Value::EventField(field) => {
            let e = attr::located_at(field.span(), local("e"));
            quote_spanned!(field.span()=> ::core::clone::Clone::clone(&#e.#field))
        }
        Value::Expr(expr) => expr.to_token_stream(),
    }
}

/// One rule, on `this`.
fn change(model: &AggregateModel<'_>, field: &StateField<'_>, rule: &Rule) -> TokenStream {
    let path = &model.crate_path;
    let member = &field.member;
    match &rule.change {
        Change::Wrong => TokenStream::new(),
        Change::Assign(value) => {
            let value = value_of(value);
            quote!(this.#member = #value;)
        }
        Change::Closure(closure) => {
            quote!(#path::__private::rules::run(&mut this.#member, e, #closure);)
        }
        Change::Operator(operator, value) => {
            let value = value_of(value);
            let Some((via, plain, method)) = checked(operator) else {
                return quote!(this.#member #operator #value;);
            };
            let [via, plain, method] =
                [via, plain, method].map(|name| proc_macro2::Ident::new(name, operator.span()));
            let name = member_name(member);
            let this = local("this");
            let sign = operator.to_token_stream().to_string();
            let rules = quote!(#path::__private::rules);
            // The field's type takes one of the two traits; the other is then unused.
            quote_spanned! {operator.span()=>
                {
                    #[allow(unused_imports)]
                    use #rules::{#via as _, #plain as _};
                    #rules::in_range(
                        (&#rules::slot(&#this.#member)).#method(&mut #this.#member, #value),
                        const { &#path::Rule { field: #name, operator: #sign } },
                    )?;
                }
            }
        }
    }
}

fn member_name(member: &Member) -> String {
    match member {
        Member::Named(name) => syn::ext::IdentExt::unraw(name).to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The traits and the method of an operator that can leave a type's range.
fn checked(operator: &BinOp) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match operator {
        BinOp::AddAssign(_) => ("AddVia", "AddPlain", "add_rule"),
        BinOp::SubAssign(_) => ("SubVia", "SubPlain", "sub_rule"),
        BinOp::MulAssign(_) => ("MulVia", "MulPlain", "mul_rule"),
        BinOp::DivAssign(_) => ("DivVia", "DivPlain", "div_rule"),
        BinOp::RemAssign(_) => ("RemVia", "RemPlain", "rem_rule"),
        BinOp::ShlAssign(_) => ("ShlVia", "ShlPlain", "shl_rule"),
        BinOp::ShrAssign(_) => ("ShrVia", "ShrPlain", "shr_rule"),
        _ => return None,
    })
}
