//! What `#[projection]` writes: the table of its events, and how each is handled.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{event_handlers, in_const, local};
use crate::attr;
use crate::model::event_handlers::Method;
use crate::model::projection::ProjectionModel;

/// The code for a block, to stand after it.
pub(crate) fn expand(model: &ProjectionModel) -> TokenStream {
    let ProjectionModel {
        ty,
        name,
        version,
        type_name,
        docs,
        on,
        transaction,
        crate_path: path,
        ..
    } = model;
    let places = event_handlers::places(on);
    let table = event_handlers::table(path, on, |_| quote!(#path::Sends::Nothing));
    let (meta, into_handler, handles) = match transaction {
        None => (
            quote!(#path::HandlerMeta::in_memory),
            quote!(#path::__private::in_memory(self)),
            in_memory(model),
        ),
        Some(transaction) => {
            let family = family(transaction);
            let at = attr::located_at(transaction.span(), path);
            let this = quote!(self);
            (
                quote_spanned!(transaction.span()=> #at::HandlerMeta::durable::<#family>),
                quote_spanned! {transaction.span()=>
                    <Self as #at::__private::IntoDurable<#family>>::into_durable(#this)
                },
                durable(model, transaction),
            )
        }
    };
    let checks = event_handlers::checks(path, on, &quote!(<#ty as #path::Projection>::META));
    let projection = event_handlers::impl_of(
        &quote!(#path::Projection),
        ty,
        &quote! {
            const META: &'static #path::HandlerMeta = &#meta(
                #name,
                #version,
                ::core::concat!(::core::module_path!(), "::", #type_name),
                #docs,
                #table,
            );

            fn into_handler(self) -> #path::Handler {
                #into_handler
            }
        },
    );
    in_const(quote! {
        #places

        #projection

        #handles
        #checks
        #path::__submit_handler!(#ty, #path::Projection);
    })
}

/// What comes of a call.
fn result(path: &TokenStream, method: &Method) -> TokenStream {
    let call = event_handlers::call(method);
    let output = &method.output;
    quote_spanned! {output.span()=>
        <#output as #path::ReactionOutput>::into_result(#call)
    }
}

fn in_memory(model: &ProjectionModel) -> TokenStream {
    let ProjectionModel {
        ty,
        on,
        crate_path: path,
        ..
    } = model;
    let arms = event_handlers::arms(path, on, |method| result(path, method));
    event_handlers::impl_of(
        &quote!(#path::InMemory),
        ty,
        &quote! {
            #[allow(unused_mut, unused_variables, clippy::all)]
            fn on(
                &mut self,
                place: usize,
                mut delivery: #path::Delivery<'_>,
            ) -> ::core::result::Result<(), #path::HandlerError> {
                #arms
            }
        },
    )
}

/// The name of the family. It is said to stand at the transaction, as all signatures are that it is
/// in, so that a type which is no transaction is told there, once.
fn family(transaction: &Type) -> Ident {
    Ident::new("__Family", transaction.span())
}

fn durable(model: &ProjectionModel, transaction: &Type) -> TokenStream {
    let ProjectionModel {
        ty,
        on,
        init,
        crate_path: path,
        ..
    } = model;
    let arms = event_handlers::arms(path, on, |method| {
        let reaction = reaction(path, method);
        quote!(::core::result::Result::Ok(#reaction))
    });
    // Without a method it has no tables to make.
    let init = init.iter().map(|method| {
        let cfgs = &method.cfgs;
        let reaction = reaction(path, method);
        quote!(#(#cfgs)* let reaction = #reaction;)
    });
    let name = family(transaction);
    let at = attr::located_at(transaction.span(), path);
    let family =
        quote_spanned!(transaction.span()=> <#transaction as #at::StoreTransaction>::Family);
    let init = quote! {
        let reaction = #path::Reaction::Done(::core::result::Result::Ok(()));
        #(#init)*
        reaction
    };
    let on = quote!(#path::__private::reaction(move || #arms));
    let this = quote!(self);
    let [place, delivery, tx] = ["place", "delivery", "tx"].map(local);
    quote_spanned! {transaction.span()=>
        type #name = #family;

        #[automatically_derived]
        #[allow(private_interfaces)]
        impl #at::Durable<#name> for #ty {
            #[allow(unused_variables, clippy::all)]
            fn init<'a, 't>(
                &'a #this,
                #tx: &'a mut <#name as #at::TransactionFamily>::Transaction<'t>,
            ) -> #at::Reaction<'a>
            where
                't: 'a,
            {
                #init
            }

            #[allow(unused_mut, unused_variables, clippy::all)]
            fn on<'a, 't>(
                &'a #this,
                #place: usize,
                mut #delivery: #at::Delivery<'_>,
                #tx: &'a mut <#name as #at::TransactionFamily>::Transaction<'t>,
            ) -> #at::Reaction<'a>
            where
                't: 'a,
            {
                #on
            }
        }
    }
}

/// What a method over a transaction does. That it may not be `async` is said at that word.
fn reaction(path: &TokenStream, method: &Method) -> TokenStream {
    let result = result(path, method);
    let reaction = event_handlers::reacting(path, method, &result);
    let Some(asyncness) = method.asyncness else {
        return reaction;
    };
    let at = asyncness.span();
    let path = attr::located_at(at, path);
    let family = Ident::new("__Family", at);
    let checked = quote_spanned!(at=> #path::__private::may_wait::<#family>(););
    quote!({
        #checked
        #reaction
    })
}
