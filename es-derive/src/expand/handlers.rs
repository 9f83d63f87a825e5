//! What `#[handlers]` writes: for each fn, the trait that calls it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{evolve_at, in_const, local};
use crate::attr;
use crate::model::handlers::{Apply, Handler, HandlersModel, Receiver};

/// The code for a block, to stand after it.
pub(crate) fn expand(model: &HandlersModel) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let handlers = model
        .handlers
        .iter()
        .map(|handler| handle_impl(model, handler));
    let unread = model.has_unread.then(|| unread_impl(model));
    let applies = model.applies.iter().map(|apply| evolve_impl(model, apply));
    // A second block is said at the type.
    let one = quote_spanned! {aggregate.span()=>
        #[automatically_derived]
        impl #path::__private::OneHandlersBlock for #aggregate {}
    };
    in_const(quote! {
        #one
        #(#handlers)*
        #unread
        #(#applies)*
    })
}

/// What the compiler assumes in an impl and checks once, at the user's tokens: that the type is an
/// aggregate and, for a command, that the aggregate lists it.
fn assumptions(model: &HandlersModel, command: Option<&Type>) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let listed = command.map(|command| {
        let at = command.span();
        let aggregate = attr::located_at(at, aggregate);
        let path = attr::located_at(at, path);
        quote_spanned! {at=>
            #command: #path::CommandOf<<#aggregate as #path::Aggregate>::Commands>,
        }
    });
    let path = attr::located_at(aggregate.span(), path);
    quote_spanned!(aggregate.span()=> where #aggregate: #path::Aggregate, #listed)
}

fn handle_impl(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let Handler { command, cfgs, .. } = handler;
    let assumptions = assumptions(model, Some(command));
    let handle = (!model.has_unread).then(|| {
        let emits = emits(model, handler);
        let body = body(model, handler);
        let of = quote!(#path::Handle<#command>);
        let handle = handle_fn(model, &of, command, &emits, &assumptions, &body);
        quote!(#(#cfgs)* #handle)
    });
    let checks = (!handler.is_wrong && !model.has_unread).then(|| {
        let checks = checks(model, handler);
        quote!(#(#cfgs)* #checks)
    });
    // The types are private to the user's module at times, and the traits are public.
    quote! {
        #handle

        #(#cfgs)*
        #[automatically_derived]
        #[allow(private_interfaces, trivial_bounds)]
        impl #path::Handled for #command #assumptions {
            type Aggregate = #aggregate;
            const COMMANDS: &'static [&'static #path::CommandMeta] =
                &[<#command as #path::Command>::META];

            fn short_name(&self) -> &'static str {
                <#command as #path::Command>::META.short_name
            }

            #[inline]
            fn handle<'a>(
                self,
                state: ::core::option::Option<&'a #aggregate>,
                inputs: #path::Inputs<'a, #aggregate>,
            ) -> #path::Handling<'a, #aggregate> {
                <#aggregate as #path::Handle<#command>>::handle(state, self, inputs)
            }
        }

        #checks
    }
}

/// A fn has been reported of which it is not known what it handles: then no command is said to be
/// without a handler.
fn unread_impl(model: &HandlersModel) -> TokenStream {
    let path = &model.crate_path;
    let command = quote!(__C);
    let assumptions = assumptions(model, None);
    let body = quote!(#path::Handling::Nothing);
    let handle = quote!(<__C: #path::Command> #path::Handle<__C>);
    handle_fn(
        model,
        &handle,
        &command,
        &quote!(#path::Emits::Nothing),
        &assumptions,
        &body,
    )
}

fn handle_fn(
    model: &HandlersModel,
    of: &TokenStream,
    command: &impl ToTokens,
    emits: &TokenStream,
    assumptions: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    // A handler need not look at the state, the command or its inputs; and how the call is written
    // is not the user's, so clippy has nothing to tell them of it.
    quote! {
        #[automatically_derived]
        #[allow(private_interfaces, trivial_bounds)]
        impl #of for #aggregate #assumptions {
            const EMITS: #path::Emits = #emits;

            #[inline]
            #[allow(unused_variables, clippy::all)]
            fn handle<'a>(
                state: ::core::option::Option<&'a Self>,
                command: #command,
                inputs: #path::Inputs<'a, Self>,
            ) -> #path::Handling<'a, Self> {
                #body
            }
        }
    }
}

fn emits(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let output = &handler.output;
    match &handler.emits {
        _ if handler.is_wrong => quote!(#path::Emits::Nothing),
        None => quote_spanned! {output.span()=>
            <#output as #path::HandlerOutput<#aggregate>>::EMITS
        },
        Some(events) => quote! {
            #path::Emits::AnyOf(&[#(<#events as #path::Event>::META),*])
        },
    }
}

/// The call, wrapped so that what the handler cannot serve is refused before it.
fn body(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let path = &model.crate_path;
    let Handler {
        ident,
        output,
        command,
        ..
    } = handler;
    let (state, this, command_value, inputs) = (
        local("state"),
        local("this"),
        local("command"),
        local("inputs"),
    );
    if handler.is_wrong {
        return quote!(#path::Handling::Nothing);
    }
    let arguments = handler.arguments.iter().map(|ty| {
        quote_spanned! {ty.span()=>
            <#ty as #path::HandlerArgument<'_, Self>>::from_inputs(&#inputs)
        }
    });
    let receiver = match handler.receiver {
        Receiver::None => quote!(),
        Receiver::State => quote!(#this,),
        Receiver::Maybe => quote!(#state,),
    };
    let awaited = handler.is_async.then(|| quote!(.await));
    let call = quote_spanned! {ident.span()=>
        <Self>::#ident(#receiver #command_value, #(#arguments),*) #awaited
    };
    let output = quote_spanned!(output.span()=> <#output as #path::HandlerOutput<Self>>);
    let emits = quote!(&<Self as #path::Handle<#command>>::EMITS);
    let handling = match (handler.is_async, &handler.emits) {
        (false, None) => quote!(#output::handling(#call)),
        (false, Some(_)) => {
            quote!(#path::__private::handling_within_emits(#output::handling(#call), #emits))
        }
        (true, None) => pending(path, ident.span(), &quote!(#output::decision(#call))),
        (true, Some(_)) => pending(
            path,
            ident.span(),
            &quote!(#path::__private::within_emits(#output::decision(#call), #emits)),
        ),
    };
    match handler.receiver {
        Receiver::Maybe => handling,
        Receiver::None => quote! {
            match state {
                ::core::option::Option::None => #handling,
                ::core::option::Option::Some(_) => {
                    #path::Handling::Refused(#path::Refusal::AlreadyExists)
                }
            }
        },
        Receiver::State => quote! {
            match state {
                ::core::option::Option::Some(this) => #handling,
                ::core::option::Option::None => {
                    #path::Handling::Refused(#path::Refusal::NotFound)
                }
            }
        },
    }
}

/// An `async` handler's decision is boxed; a plain one costs nothing for that. That its future is
/// not `Send` is said at the handler's name.
fn pending(path: &TokenStream, at: Span, decision: &TokenStream) -> TokenStream {
    let future = quote_spanned!(at=> ::std::boxed::Box::pin(async move { #decision }));
    quote!(#path::Handling::Pending(#future))
}

/// What the compiler is asked to check of a handler, each at the tokens it is about.
fn checks(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let HandlersModel { aggregate, .. } = model;
    let Handler { ident, output, .. } = handler;
    let listed = handler.emits.as_ref().map(|events| listed(model, events));
    // What `#[emits(…)]` names comes in any order.
    let first = (handler.receiver == Receiver::None && handler.emits.is_none()).then(|| {
        let message = format!(
            "`{ident}` has no `self`, so it creates `{}`; but its first event is not in `created_by(…)`: add it there, or take `&self`",
            aggregate.to_token_stream()
        );
        let emits = emits(model, handler);
        let created_by = created_by(model);
        quote_spanned! {output.span()=>
            const _: () = ::core::assert!(#emits.begins_with_one_of(#created_by), #message);
        }
    });
    quote! {
        const _: () = {
            #listed
            #first
        };
    }
}

fn created_by(model: &HandlersModel) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    quote_spanned!(aggregate.span()=> <#aggregate as #path::Aggregate>::CREATED_BY)
}

/// Asks the compiler whether the aggregate's catalogue lists these events.
fn listed<E: ToTokens>(model: &HandlersModel, events: &[E]) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let assumptions = assumptions(model, None);
    let each = events.iter().map(|event| {
        quote_spanned! {event.span()=>
            let _ = listed::<#event>;
        }
    });
    // It is compiled for its bounds, never called; the types may be private to the user's module.
    quote! {
        #[allow(dead_code, private_bounds, trivial_bounds)]
        fn check() #assumptions {
            fn listed<E>()
            #assumptions
                E: #path::EventOf<<#aggregate as #path::Aggregate>::Events>,
            {
            }
            #(#each)*
        }
    }
}

fn evolve_impl(model: &HandlersModel, apply: &Apply) -> TokenStream {
    let HandlersModel {
        aggregate,
        crate_path: path,
        ..
    } = model;
    let Apply {
        ident,
        event,
        cfgs,
        creates,
        is_wrong,
    } = apply;
    let (state, this, e) = (local("state"), local("this"), local("e"));
    let (body, message) = if *is_wrong {
        (
            quote!(::core::result::Result::Err(#path::EvolveError::DoesNotExist)),
            String::new(),
        )
    } else if *creates {
        (
            quote_spanned! {ident.span()=>
                *#state = ::core::option::Option::Some(<Self>::#ident(#e));
                ::core::result::Result::Ok(())
            },
            format!(
                "`{ident}` makes a new `{}` of `{}`, which is not in `created_by(…)`: add it there, or take `&mut self`",
                aggregate.to_token_stream(),
                event.to_token_stream()
            ),
        )
    } else {
        (
            quote_spanned! {ident.span()=>
                match #state {
                    ::core::option::Option::Some(#this) => {
                        <Self>::#ident(#this, #e);
                        ::core::result::Result::Ok(())
                    }
                    ::core::option::Option::None => {
                        ::core::result::Result::Err(#path::EvolveError::DoesNotExist)
                    }
                }
            },
            format!(
                "`{}` is in `created_by(…)`, but `{ident}` needs a `{}` that exists: write `fn {ident}(e: &{}) -> Self`",
                event.to_token_stream(),
                aggregate.to_token_stream(),
                event.to_token_stream()
            ),
        )
    };
    let created_by = created_by(model);
    let check = quote_spanned! {ident.span()=>
        const _: () = ::core::assert!(
            #path::__private::is_creating_if(
                #creates,
                <#event as #path::Event>::META,
                #created_by,
            ),
            #message
        );
    };
    let listed = listed(model, std::slice::from_ref(event));
    let checks = (!is_wrong).then(|| quote!(#listed #check));
    let evolve = evolve_at(event.span(), path, event, aggregate, &body);
    quote! {
        #(#cfgs)*
        #evolve

        #(#cfgs)*
        const _: () = { #checks };
    }
}
