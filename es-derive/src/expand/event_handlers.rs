//! What `#[projection]` and `#[policy]` write alike: the table of their events, and the calls.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::local;
use crate::attr;
use crate::model::event_handlers::{Argument, Is, Method};

/// `impl Trait for Type`, said to stand at the type, where a second one is reported.
pub(super) fn impl_of(of: &TokenStream, ty: &Type, body: &TokenStream) -> TokenStream {
    quote_spanned! {ty.span()=>
        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #of for #ty { #body }
    }
}

/// The places of the methods in the table of events: the variants of an enum, so that a method that
/// is not there because of its `#[cfg]` takes none.
pub(super) fn places(on: &[Method]) -> TokenStream {
    let variants = on.iter().enumerate().map(|(i, method)| {
        let cfgs = &method.cfgs;
        let variant = variant(i);
        quote!(#(#cfgs)* #variant)
    });
    quote! {
        #[allow(dead_code)]
        enum __At { #(#variants),* }
    }
}

fn variant(i: usize) -> Ident {
    format_ident!("M{i}")
}

/// The place of a method.
fn place(i: usize) -> TokenStream {
    let variant = variant(i);
    quote!(__At::#variant as usize)
}

/// The table of events, each with what `more` adds.
pub(super) fn table(
    path: &TokenStream,
    on: &[Method],
    sends: impl Fn(&Method) -> TokenStream,
) -> TokenStream {
    let each = on.iter().map(|method| {
        let cfgs = &method.cfgs;
        let name = syn::ext::IdentExt::unraw(&method.ident).to_string();
        let event = event(path, method);
        let asks = asks(path, method);
        let sends = sends(method);
        quote! {
            #(#cfgs)*
            #path::OnEvent {
                event: #event::META,
                method: #name,
                asks: #asks,
                sends: #sends,
            }
        }
    });
    quote!(&[#(#each),*])
}

/// What is recorded and asked for.
pub(super) fn asks(path: &TokenStream, method: &Method) -> TokenStream {
    let asks = method
        .arguments
        .iter()
        .filter_map(|argument| match &argument.is {
            Is::Recorded(ty) => Some(recorded(path, ty)),
            _ => None,
        });
    quote!(&[#(#asks::ASKS),*])
}

/// `<Event as HandledEvent>`, said to stand at the event: that it is none is then said there, once.
fn event(path: &TokenStream, method: &Method) -> TokenStream {
    let event = &method.first;
    quote_spanned!(event.span()=> <#event as #path::__private::HandledEvent>)
}

/// `<T as FromDelivery>`, said to stand at the argument.
fn recorded(path: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #path::FromDelivery>)
}

/// The arms of `match place`, one a method; `call` is what each does once its event and arguments
/// are read.
pub(super) fn arms(
    path: &TokenStream,
    on: &[Method],
    call: impl Fn(&Method) -> TokenStream,
) -> TokenStream {
    let arms = on.iter().enumerate().map(|(i, method)| {
        let cfgs = &method.cfgs;
        let place = place(i);
        let event = event(path, method);
        let (e, delivery) = (local("e"), local("delivery"));
        let read = read(path, method);
        let call = call(method);
        quote! {
            #(#cfgs)*
            place if place == #place => {
                let #e = #event::read(&mut #delivery)?;
                #read
                #call
            }
        }
    });
    quote! {
        match place {
            #(#arms)*
            _ => #path::__private::not_handled(),
        }
    }
}

/// Reads the arguments that are recorded.
pub(super) fn read(path: &TokenStream, method: &Method) -> TokenStream {
    let delivery = local("delivery");
    let each = method
        .arguments
        .iter()
        .enumerate()
        .filter_map(|(i, argument)| match &argument.is {
            Is::Recorded(ty) => {
                let value = value(i);
                let recorded = recorded(path, ty);
                Some(quote!(let #value = #recorded::from_delivery(&#delivery)?;))
            }
            _ => None,
        });
    quote!(#(#each)*)
}

fn value(i: usize) -> Ident {
    local(&format!("argument_{i}"))
}

/// The call of a method. Its first argument, if it has one, is `&e`.
pub(super) fn call(method: &Method) -> TokenStream {
    let ident = &method.ident;
    let this = method.receiver.as_ref().map(|_| {
        let this = attr::located_at(ident.span(), quote!(self));
        quote!(#this,)
    });
    let first = method.first.as_ref().map(|_| {
        let e = local("e");
        quote!(&#e,)
    });
    let arguments = method.arguments.iter().enumerate().map(|(i, argument)| {
        let Argument { ty, is } = argument;
        match is {
            Is::Recorded(_) => {
                let value = value(i);
                quote_spanned!(ty.span()=> &#value)
            }
            Is::Transaction(_) => local("tx").into_token_stream(),
            Is::Services => local("services").into_token_stream(),
        }
    });
    let awaited = method.asyncness.map(|_| quote!(.await));
    quote_spanned!(ident.span()=> <Self>::#ident(#this #first #(#arguments),*) #awaited)
}

/// What a method does, in an `async` one's future: that this is not `Send` is said at its name.
pub(super) fn reacting(path: &TokenStream, method: &Method, result: &TokenStream) -> TokenStream {
    if method.asyncness.is_none() {
        return quote!(#path::Reaction::Done(#result));
    }
    let at = method.ident.span();
    let future = quote_spanned!(at=> ::std::boxed::Box::pin(async move { #result }));
    quote!(#path::Reaction::Pending(#future))
}

/// What the tokens of a method do not tell: two methods of one event under different names of its
/// type, said at the second, and two ids of different types, said at the last argument.
pub(super) fn checks(path: &TokenStream, on: &[Method], meta: &TokenStream) -> TokenStream {
    let each = on.iter().enumerate().map(|(i, method)| {
        let cfgs = &method.cfgs;
        let place = place(i);
        let first = (i > 0).then(|| {
            let message = format!(
                "a method before `{}` handles the same event; each event has one method",
                method.ident
            );
            quote_spanned! {method.first.span()=>
                #(#cfgs)*
                const _: () = ::core::assert!(
                    #path::__private::is_first_of_event(#meta.on, #place),
                    #message
                );
            }
        });
        let once = check_asks(path, method, &quote!(#meta.on[#place].asks));
        quote!(#first #once)
    });
    quote!(#(#each)*)
}

/// Two ids of different types, said at the last argument.
pub(super) fn check_asks(path: &TokenStream, method: &Method, asks: &TokenStream) -> TokenStream {
    let mut recorded = method
        .arguments
        .iter()
        .filter_map(|argument| match &argument.is {
            Is::Recorded(ty) => Some(ty),
            _ => None,
        });
    let (Some(_), Some(last)) = (recorded.next(), recorded.next_back()) else {
        return TokenStream::new();
    };
    let cfgs = &method.cfgs;
    let message = format!(
        "`{}` asks for two ids, or twice for the metadata; an aggregate has one id",
        method.ident
    );
    quote_spanned! {last.span()=>
        #(#cfgs)*
        const _: () = ::core::assert!(#path::__private::asks_once(#asks), #message);
    }
}
