//! The macros of `es-core`: domain types in, dispatch, apply, codecs and registration out.
//!
//! Use them through `es_core::prelude`; this crate is an implementation detail of `es-core` and has
//! the same version.

#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod attr;
mod errors;
mod expand;
mod fingerprint;
mod lock;
mod model;
mod names;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

use errors::Errors;
use model::catalogue::Kind;

#[doc = include_str!("docs/event.md")]
#[proc_macro_derive(Event, attributes(event, upcast, serde, schemars))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    catalogue(Kind::Event, input)
}

#[doc = include_str!("docs/command.md")]
#[proc_macro_derive(Command, attributes(command, serde, schemars))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    catalogue(Kind::Command, input)
}

fn catalogue(kind: Kind, input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let model = model::catalogue::parse(kind, &input, &mut errors);
    let mut code = model.as_ref().map(expand::catalogue::expand);
    if let (Some(code), Some(model), true) = (&mut code, &model, errors.is_empty()) {
        let events = model::event::of_model(model);
        code.extend(events.iter().map(lock::check));
    }
    with_errors(code, errors)
}

#[doc = include_str!("docs/aggregate_id.md")]
#[proc_macro_derive(AggregateId, attributes(aggregate_id))]
pub fn derive_aggregate_id(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let model = model::aggregate_id::parse(&input, &mut errors);
    with_errors(model.as_ref().map(expand::aggregate_id::expand), errors)
}

#[doc = include_str!("docs/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(aggregate, apply))]
pub fn derive_aggregate(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let model = model::aggregate::parse(&input, &mut errors);
    with_errors(model.as_ref().map(expand::aggregate::expand), errors)
}

#[doc = include_str!("docs/handlers.md")]
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    impl_block("handlers", item, |block, errors| {
        let model = model::handlers::parse(arguments.into(), block, errors);
        model.as_ref().map(expand::handlers::expand)
    })
}

#[doc = include_str!("docs/projection.md")]
#[proc_macro_attribute]
pub fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    impl_block("projection", item, |block, errors| {
        let model = model::projection::parse(arguments.into(), block, errors);
        model.as_ref().map(expand::projection::expand)
    })
}

#[doc = include_str!("docs/policy.md")]
#[proc_macro_attribute]
pub fn policy(arguments: TokenStream, item: TokenStream) -> TokenStream {
    impl_block("policy", item, |block, errors| {
        let model = model::policy::parse(arguments.into(), block, errors);
        model.as_ref().map(expand::policy::expand)
    })
}

/// An impl block, without the framework's attributes, and the code for it.
fn impl_block(
    attribute: &str,
    item: TokenStream,
    read: impl FnOnce(&mut ItemImpl, &mut Errors) -> Option<proc_macro2::TokenStream>,
) -> TokenStream {
    let mut block = match syn::parse::<ItemImpl>(item.clone()) {
        Ok(block) => block,
        Err(_) => return not_a_block(attribute, item),
    };
    let mut errors = Errors::default();
    let code = read(&mut block, &mut errors);
    // What a signature must be is the framework's choice.
    let block = quote! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::type_complexity,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self
        )]
        #block
    };
    with_errors(Some(quote!(#block #code)), errors)
}

/// The item stays as it is: what it defines is not missing as well.
fn not_a_block(attribute: &str, item: TokenStream) -> TokenStream {
    let error = match syn::parse::<syn::Item>(item.clone()) {
        Ok(_) => {
            let message =
                format!("`#[{attribute}]` stands on an impl block: `impl Account {{ … }}`");
            syn::Error::new(proc_macro2::Span::call_site(), message)
        }
        // rustc says it of the item itself.
        Err(_) => return item,
    };
    let error = error.to_compile_error();
    let item = proc_macro2::TokenStream::from(item);
    quote!(#error #item).into()
}

/// Marks a method of a [`macro@handlers`] block that applies an event; on fields it is part of
/// `derive(Aggregate)`. Alone it is an error that says so.
#[proc_macro_attribute]
pub fn apply(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced(
        "`#[apply]` on a method needs a `#[handlers]` block around it",
        item,
    )
}

/// Narrows the events a handler of a [`macro@handlers`] block can emit. Alone it is an error that
/// says so.
#[proc_macro_attribute]
pub fn emits(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced(
        "`#[emits(…)]` needs a `#[handlers]` block around the method",
        item,
    )
}

/// Marks a method of a [`macro@projection`] or [`macro@policy`] block that handles the event which is
/// its first argument. Alone it is an error that says so.
#[proc_macro_attribute]
pub fn on(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced(
        "`#[on]` needs a `#[projection(…)]` or `#[policy(…)]` block around the method",
        item,
    )
}

/// Marks the method of a durable [`macro@projection`] block that makes its tables. Alone it is an
/// error that says so.
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced(
        "`#[init]` needs a `#[projection(…)]` block around the method",
        item,
    )
}

/// Marks the method of a [`macro@policy`] block that is asked when a command of it was refused.
/// Alone it is an error that says so.
#[proc_macro_attribute]
pub fn refused(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced(
        "`#[refused]` needs a `#[policy(…)]` block around the method",
        item,
    )
}

/// An attribute that only means something inside a block which takes it away.
fn misplaced(message: &str, item: TokenStream) -> TokenStream {
    let error = syn::Error::new(proc_macro2::Span::call_site(), message).to_compile_error();
    let item = proc_macro2::TokenStream::from(item);
    quote!(#error #item).into()
}

fn with_errors(code: Option<proc_macro2::TokenStream>, errors: Errors) -> TokenStream {
    let errors = errors.into_compile_errors();
    quote!(#code #errors).into()
}
