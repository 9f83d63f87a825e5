//! What `#[handlers]` writes: for each fn, the trait that calls it.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{in_const, local};
use crate::model::handlers::{Apply, Handler, HandlersModel, Receiver};

/// The code for a block, to stand after it.
pub(crate) fn expand(model: &HandlersModel) -> TokenStream {
    let HandlersModel { aggregate, crate_path: path, .. } = model;
    let handlers = model.handlers.iter().map(|handler| handle_impl(model, handler));
    let applies = model.applies.iter().map(|apply| evolve_impl(model, apply));
    in_const(quote! {
        #[automatically_derived]
        impl #path::__private::OneHandlersBlock for #aggregate {}
        #(#handlers)*
        #(#applies)*
    })
}

fn handle_impl(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let HandlersModel { aggregate, crate_path: path, .. } = model;
    let Handler { command, output, cfgs, .. } = handler;
    let emits = match &handler.emits {
        None => quote_spanned! {output.span()=>
            <#output as #path::HandlerOutput<#aggregate>>::EMITS
        },
        Some(events) => quote! {
            #path::Emits::AnyOf(&[#(<#events as #path::Event>::META),*])
        },
    };
    let body = body(model, handler);
    let checks = checks(model, handler);
    // The types are private to the user's module at times, and the traits are public.
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #path::Handle<#command> for #aggregate {
            const EMITS: #path::Emits = #emits;

            #[inline]
            #[allow(clippy::all)]
            fn handle<'a>(
                state: ::core::option::Option<&'a Self>,
                command: #command,
                inputs: #path::Inputs<'a, Self>,
            ) -> #path::Handling<'a, Self> {
                #body
            }
        }

        #(#cfgs)*
        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #path::Handled for #command {
            type Aggregate = #aggregate;

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

        #(#cfgs)*
        #checks
    }
}

/// The call, wrapped so that what the handler cannot serve is refused before it.
fn body(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let path = &model.crate_path;
    let Handler { ident, output, command, .. } = handler;
    let (state, this, command_value, inputs) =
        (local("state"), local("this"), local("command"), local("inputs"));
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
        (true, None) => pending(path, &quote!(#output::decision(#call))),
        (true, Some(_)) => {
            pending(path, &quote!(#path::__private::within_emits(#output::decision(#call), #emits)))
        }
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

/// An `async` handler's decision is boxed; a plain one costs nothing for that.
fn pending(path: &TokenStream, decision: &TokenStream) -> TokenStream {
    quote!(#path::Handling::Pending(::std::boxed::Box::pin(async move { #decision })))
}

/// What the compiler is asked to check of a handler, each at the tokens it is about.
fn checks(model: &HandlersModel, handler: &Handler) -> TokenStream {
    let HandlersModel { aggregate, crate_path: path, .. } = model;
    let Handler { ident, command, output, .. } = handler;
    let listed_command = quote_spanned! {command.span()=>
        let _ = listed_command::<#command>;
    };
    let listed_events = handler.emits.iter().flatten().map(|event| {
        quote_spanned! {event.span()=>
            let _ = listed_event::<#event>;
        }
    });
    let first = (handler.receiver == Receiver::None).then(|| {
        let message = format!(
            "`{ident}` has no `self`, so it creates `{}`; but its first event is not in `created_by(…)`: add it there, or take `&self`",
            aggregate.to_token_stream()
        );
        quote_spanned! {output.span()=>
            const _: () = ::core::assert!(
                <#aggregate as #path::Handle<#command>>::EMITS
                    .begins_with_one_of(<#aggregate as #path::Aggregate>::CREATED_BY),
                #message
            );
        }
    });
    quote! {
        const _: () = {
            #[allow(dead_code, private_bounds)]
            fn check() {
                fn listed_command<C>()
                where
                    C: #path::CommandOf<<#aggregate as #path::Aggregate>::Commands>,
                {
                }
                #[allow(dead_code)]
                fn listed_event<E>()
                where
                    E: #path::EventOf<<#aggregate as #path::Aggregate>::Events>,
                {
                }
                #listed_command
                #(#listed_events)*
            }
            #first
        };
    }
}

fn evolve_impl(model: &HandlersModel, apply: &Apply) -> TokenStream {
    let HandlersModel { aggregate, crate_path: path, .. } = model;
    let Apply { ident, event, cfgs, creates } = apply;
    let (state, this, e) = (local("state"), local("this"), local("e"));
    let (body, message) = if *creates {
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
    let check = quote_spanned! {ident.span()=>
        const _: () = ::core::assert!(
            #path::__private::contains(
                <#aggregate as #path::Aggregate>::CREATED_BY,
                <#event as #path::Event>::META,
            ) == #creates,
            #message
        );
    };
    let listed = quote_spanned! {event.span()=>
        let _ = listed::<#event>;
    };
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #path::Evolve<#event> for #aggregate {
            #[inline]
            fn evolve(
                state: &mut ::core::option::Option<Self>,
                e: &#event,
            ) -> ::core::result::Result<(), #path::EvolveError> {
                #body
            }
        }

        #(#cfgs)*
        const _: () = {
            #[allow(dead_code, private_bounds)]
            fn check() {
                fn listed<E>()
                where
                    E: #path::EventOf<<#aggregate as #path::Aggregate>::Events>,
                {
                }
                #listed
            }
            #check
        };
    }
}
