//! `#[policy]`: an impl block whose `#[on]` methods react to events with commands.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, ItemImpl, LitInt, LitStr, Type};

use crate::attr::{self, Once, Written};
use crate::errors::Errors;
use crate::model::event_handlers::{self, Kind, Mark, Method};

const KIND: Kind = Kind {
    attribute: "policy",
    elsewhere: |mark| {
        (mark == Mark::Init)
            .then_some("`#[init]` makes the tables of a projection; a policy has none")
    },
    shape: "an `#[on]` method is `fn …(&self, e: &Event, …) -> To<Command>`",
    arguments: "after the event a method may take the aggregate's id `&<Id>`, `&Metadata`, and `&S` where it says `#[policy(services = S)]`",
};

/// How many streams a policy handles at the same time, if it does not say.
const CONCURRENCY: u32 = 8;

/// The block.
pub(crate) struct PolicyModel {
    pub(crate) ty: Type,
    pub(crate) name: LitStr,
    pub(crate) services: Option<Type>,
    /// `from = start`.
    pub(crate) from_start: bool,
    /// `refused = ignore`.
    pub(crate) ignores_refusals: bool,
    pub(crate) concurrency: u32,
    pub(crate) type_name: String,
    pub(crate) docs: String,
    pub(crate) on: Vec<Method>,
    pub(crate) refused: Vec<Method>,
    pub(crate) crate_path: TokenStream,
}

/// Reads the block and takes the framework's attributes off it; `None` if nothing can be made of it.
pub(crate) fn parse(
    arguments: TokenStream,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Option<PolicyModel> {
    let mut written = Written::default();
    let mut name: Once<LitStr> = Once::default();
    let mut services: Once<Type> = Once::default();
    let mut from: Once<Ident> = Once::default();
    let mut refused: Once<Ident> = Once::default();
    let mut concurrency: Once<LitInt> = Once::default();
    let mut crate_path = Once::default();
    if !arguments.is_empty() {
        let attribute: Attribute = syn::parse_quote!(#[policy(#arguments)]);
        let known = [
            "name",
            "services",
            "from",
            "refused",
            "concurrency",
            "crate",
        ];
        attr::read_keys(
            &attribute,
            &known,
            errors,
            &mut written,
            |key, input, errors| {
                match key.to_string().as_str() {
                    "name" => name.set(key, attr::value(input)?, errors),
                    "services" => services.set(key, attr::value(input)?, errors),
                    "from" => from.set(key, attr::value(input)?, errors),
                    "refused" => refused.set(key, attr::value(input)?, errors),
                    "concurrency" => concurrency.set(key, attr::value(input)?, errors),
                    _ => crate_path.set(key, attr::value(input)?, errors),
                }
                Ok(())
            },
        );
    }
    if !event_handlers::check_block("policy", block, errors) {
        event_handlers::take_marks(block);
        return None;
    }
    let name = event_handlers::name("policy", name, &written, block, errors);
    let meaning = "it begins with the first event ever recorded; without `from`, with those after its first start";
    let from_start = event_handlers::word("from", "start", meaning, &from, errors);
    let meaning = "a refused command is passed over; without `refused`, its event is parked";
    let ignores_refusals = event_handlers::word("refused", "ignore", meaning, &refused, errors);
    let why = "so many streams are handled at the same time";
    let concurrency = event_handlers::count("concurrency", concurrency, CONCURRENCY, why, errors);
    let mut methods = event_handlers::read(&KIND, services.get(), block, errors);
    for method in methods.on.iter_mut().chain(&mut methods.refused) {
        check(method, errors);
    }
    if let (Some(key), Some(method)) = (refused.key(), methods.refused.first()) {
        errors.push(
            key,
            format!("`refused = ignore` and the `#[refused]` method `{}` both say what becomes of a refused command; keep one", method.ident),
        );
    }
    methods.on.retain(|method| !method.is_wrong);
    methods.refused.retain(|method| !method.is_wrong);
    Some(PolicyModel {
        ty: (*block.self_ty).clone(),
        name,
        services: services.take(),
        from_start,
        ignores_refusals,
        concurrency,
        type_name: event_handlers::type_ident(block)
            .map(|ident| syn::ext::IdentExt::unraw(&ident).to_string())
            .unwrap_or_default(),
        docs: attr::docs(&block.attrs),
        on: methods.on,
        refused: methods.refused,
        crate_path: attr::crate_path(crate_path),
    })
}

/// What a method of a policy cannot ask for.
fn check(method: &mut Method, errors: &mut Errors) {
    if let Some(receiver) = method.exclusive().cloned() {
        let message = "a policy keeps no state of its own; take `&self`, and keep what it must know in a projection or an aggregate";
        method.wrong(receiver, message.to_owned(), errors);
    }
    if let Some((_, argument)) = method.transaction() {
        let at = argument.ty.clone();
        let message = "a policy has no transaction: it reacts with commands; to write into the store is for a `#[projection]`";
        method.wrong(at, message.to_owned(), errors);
    }
}
