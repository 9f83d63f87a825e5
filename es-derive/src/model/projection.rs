//! `#[projection]`: an impl block whose `#[on]` methods keep a read model.

use proc_macro2::TokenStream;
use syn::{Attribute, ItemImpl, LitInt, LitStr, Type};

use crate::attr::{self, Once, Written};
use crate::errors::Errors;
use crate::model::event_handlers::{self, Kind, Mark, Method, Methods};

const KIND: Kind = Kind {
    attribute: "projection",
    elsewhere: |mark| {
        (mark == Mark::Refused)
            .then_some("`#[refused]` is for policies; a projection sends no commands")
    },
    shape: "an `#[on]` method is `fn …(&mut self, e: &Event, …)` in memory, or `fn …(&self, e: &Event, …, tx: &mut SqliteTx<'_>)` in the store",
    arguments: "after the event a method may take the aggregate's id `&<Id>`, `&Metadata`, and the store's transaction `&mut SqliteTx<'_>`, say",
};

/// The block.
pub(crate) struct ProjectionModel {
    pub(crate) ty: Type,
    pub(crate) name: LitStr,
    pub(crate) version: u32,
    pub(crate) type_name: String,
    pub(crate) docs: String,
    pub(crate) on: Vec<Method>,
    pub(crate) init: Vec<Method>,
    /// The transaction of a durable one, with the lifetime `'static`.
    pub(crate) transaction: Option<Type>,
    pub(crate) crate_path: TokenStream,
}

/// Reads the block and takes the framework's attributes off it; `None` if nothing can be made of it.
pub(crate) fn parse(
    arguments: TokenStream,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Option<ProjectionModel> {
    let mut written = Written::default();
    let mut name: Once<LitStr> = Once::default();
    let mut version: Once<LitInt> = Once::default();
    let mut crate_path = Once::default();
    if !arguments.is_empty() {
        let attribute: Attribute = syn::parse_quote!(#[projection(#arguments)]);
        let known = ["name", "version", "crate"];
        attr::read_keys(
            &attribute,
            &known,
            errors,
            &mut written,
            |key, input, errors| {
                match key.to_string().as_str() {
                    "name" => name.set(key, attr::value(input)?, errors),
                    "version" => version.set(key, attr::value(input)?, errors),
                    _ => crate_path.set(key, attr::value(input)?, errors),
                }
                Ok(())
            },
        );
    }
    if !event_handlers::check_block("projection", block, errors) {
        event_handlers::take_marks(block);
        return None;
    }
    let name = event_handlers::name("projection", name, &written, block, errors);
    let why = "raise it to have the read model built anew";
    let version = event_handlers::count("version", version, 1, why, errors);
    let mut methods = event_handlers::read(&KIND, None, block, errors);
    let transaction = check_kind(&mut methods, block, errors);
    methods.on.retain(|method| !method.is_wrong);
    methods.init.retain(|method| !method.is_wrong);
    Some(ProjectionModel {
        ty: (*block.self_ty).clone(),
        name,
        version,
        type_name: event_handlers::type_ident(block)
            .map(|ident| syn::ext::IdentExt::unraw(&ident).to_string())
            .unwrap_or_default(),
        docs: attr::docs(&block.attrs),
        on: methods.on,
        init: methods.init,
        transaction,
        crate_path: attr::crate_path(crate_path),
    })
}

/// In memory, by `&mut self`, or durable, by a transaction: the first method that tells decides, and
/// the others are held to it. The transaction of a durable one.
fn check_kind(methods: &mut Methods, block: &ItemImpl, errors: &mut Errors) -> Option<Type> {
    for method in &mut methods.on {
        if let (Some(_), Some((_, argument))) = (method.exclusive(), method.transaction()) {
            let at = argument.ty.clone();
            let message = "it is either `&mut self`, in memory, or `&self` and a transaction, in the store; take one of them";
            method.wrong(at, message.to_owned(), errors);
        }
    }
    let told = methods
        .on
        .iter()
        .find(|method| method.exclusive().is_some() != method.transaction().is_some());
    let is_in_memory = told.is_some_and(|method| method.exclusive().is_some());
    if is_in_memory {
        check_in_memory(methods, errors);
        return None;
    }
    let transaction = methods
        .on
        .iter()
        .chain(&methods.init)
        .find_map(|method| method.transaction().map(|(ty, _)| ty.clone()));
    match &transaction {
        Some(transaction) => check_durable(methods, transaction, errors),
        None => {
            let is_reported = methods.has_unread || methods.on.iter().any(|on| on.is_wrong);
            if !is_reported && !methods.on.is_empty() {
                errors.push(
                    &block.self_ty,
                    "it keeps nothing: its methods take `&mut self`, and it is kept in memory, or `&self` and the transaction of a store, `tx: &mut SqliteTx<'_>`, say",
                );
            }
        }
    }
    transaction
}

fn check_in_memory(methods: &mut Methods, errors: &mut Errors) {
    for method in &mut methods.on {
        if let (Some((_, argument)), false) = (method.transaction(), method.is_wrong) {
            let at = argument.ty.clone();
            let message = "other methods take `&mut self`, so this projection is in memory; leave the transaction out, or take `&self` and a transaction everywhere";
            method.wrong(at, message.to_owned(), errors);
        }
        if let Some(asyncness) = method.asyncness {
            let message = "a projection in memory is handled at once; write a plain `fn`";
            method.wrong(asyncness, message.to_owned(), errors);
        }
    }
    for init in &mut methods.init {
        let at = init.ident.clone();
        let message = "`#[init]` makes the tables of a durable projection; this one is in memory, by `&mut self`, and begins as it is given";
        init.wrong(at, message.to_owned(), errors);
    }
}

fn check_durable(methods: &mut Methods, transaction: &Type, errors: &mut Errors) {
    for method in methods.on.iter_mut().chain(&mut methods.init) {
        if method.is_wrong {
            continue;
        }
        if let Some(receiver) = method.exclusive().cloned() {
            let message =
                "a projection with a transaction keeps all it knows in the store; take `&self`";
            method.wrong(receiver, message.to_owned(), errors);
        } else if let Some((other, argument)) = method.transaction()
            && !event_handlers::same(other, transaction)
        {
            let at = argument.ty.clone();
            let shown = event_handlers::text(transaction).replace("'static", "'_");
            let message = format!(
                "a projection is in one store, and the transaction of this one is `{shown}`"
            );
            method.wrong(at, message, errors);
        }
    }
}
