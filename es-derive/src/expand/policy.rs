//! What `#[policy]` writes: the table of its events, and what each is answered with.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{event_handlers, in_const, local};
use crate::attr;
use crate::model::event_handlers::Method;
use crate::model::policy::PolicyModel;

/// The code for a block, to stand after it.
pub(crate) fn expand(model: &PolicyModel) -> TokenStream {
    let PolicyModel {
        ty,
        on,
        services,
        crate_path: path,
        ..
    } = model;
    let services_type = match services {
        Some(services) => services.to_token_stream(),
        None => quote!(()),
    };
    // Written once, so that a misspelt type is reported once.
    let services = Ident::new(
        "__Services",
        Span::call_site().located_at(services_type.span()),
    );
    let places = event_handlers::places(on);
    let meta = meta(model, &services);
    let arms = event_handlers::arms(path, on, |method| reaction(path, method));
    let refused = model.refused.iter().map(|method| refused(path, method));
    let meta_of = quote!(<#ty as #path::Policy>::META);
    let checks = event_handlers::checks(path, on, &meta_of);
    let checks_of_refused = model
        .refused
        .iter()
        .map(|method| event_handlers::check_asks(path, method, &quote!(#meta_of.refused_asks)));
    let policy = event_handlers::impl_of(
        &quote!(#path::Policy),
        ty,
        &quote! {
            type Services = #services;

            const META: &'static #path::HandlerMeta = &#meta;

            #[allow(unused_mut, unused_variables, clippy::all)]
            fn on<'a>(
                &'a self,
                place: usize,
                mut delivery: #path::Delivery<'_>,
                services: &'a Self::Services,
            ) -> #path::Reaction<'a, ::std::vec::Vec<#path::PolicyCommand>> {
                #path::__private::reaction(move || #arms)
            }

            #(#refused)*
        },
    );
    in_const(quote! {
        type #services = #services_type;
        #places
        #policy
        #checks
        #(#checks_of_refused)*
        #path::__submit_handler!(#ty, #path::Policy);
    })
}

fn meta(model: &PolicyModel, services: &Ident) -> TokenStream {
    let PolicyModel {
        name,
        type_name,
        docs,
        concurrency,
        crate_path: path,
        ..
    } = model;
    let table = event_handlers::table(path, &model.on, |method| sends(path, method));
    let from = if model.from_start {
        quote!(Beginning)
    } else {
        quote!(FirstStart)
    };
    let on_refusal = if model.ignores_refusals {
        quote!(Ignore)
    } else {
        quote!(Park)
    };
    let asked = model.refused.iter().map(|method| {
        let cfgs = &method.cfgs;
        quote!(#(#cfgs)* let on_refusal = #path::OnRefusal::Ask;)
    });
    let refused = model.refused.iter().map(|method| {
        let cfgs = &method.cfgs;
        let asks = event_handlers::asks(path, method);
        let sends = sends(path, method);
        quote!(#(#cfgs)* let meta = meta.refused(#asks, #sends);)
    });
    // Shadowed where there is a `#[refused]` method.
    quote!({
        #[allow(unused_variables)]
        let on_refusal = #path::OnRefusal::#on_refusal;
        #(#asked)*
        let meta = #path::HandlerMeta::policy::<#services>(
            #name,
            ::core::concat!(::core::module_path!(), "::", #type_name),
            #docs,
            #table,
            #path::PolicyStart::#from,
            on_refusal,
            #concurrency,
        );
        #(#refused)*
        meta
    })
}

/// `<T as PolicyOutput>`, said to stand at the return type.
fn output(path: &TokenStream, method: &Method) -> TokenStream {
    let output = &method.output;
    quote_spanned!(output.span()=> <#output as #path::PolicyOutput>)
}

fn sends(path: &TokenStream, method: &Method) -> TokenStream {
    let output = output(path, method);
    quote!(#output::SENDS)
}

/// What a method does once its event and arguments are read.
fn reaction(path: &TokenStream, method: &Method) -> TokenStream {
    let output = output(path, method);
    let call = event_handlers::call(method);
    let commands = local("commands");
    let result = quote!({
        let mut #commands = ::std::vec::Vec::new();
        #output::add_to(#call, &mut #commands).map(|()| #commands)
    });
    let reaction = event_handlers::reacting(path, method, &result);
    quote!(::core::result::Result::Ok(#reaction))
}

fn refused(path: &TokenStream, method: &Method) -> TokenStream {
    let cfgs = &method.cfgs;
    let refusal = &method.first;
    let e = local("e");
    // That the first argument is of another type is said there.
    let located = attr::located_at(refusal.span(), &e);
    let checked = quote_spanned!(refusal.span()=> let #e: #refusal = #located;);
    let read = event_handlers::read(path, method);
    let reaction = reaction(path, method);
    quote! {
        #(#cfgs)*
        #[allow(unused_variables, clippy::all)]
        fn refused<'a>(
            &'a self,
            #e: #path::RefusedCommand,
            delivery: #path::Delivery<'_>,
            services: &'a Self::Services,
        ) -> #path::Reaction<'a, ::std::vec::Vec<#path::PolicyCommand>> {
            #path::__private::reaction(move || {
                #checked
                #read
                #reaction
            })
        }
    }
}
