//! `#[handlers]`: an impl block whose fns are command handlers and `#[apply]` methods.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericArgument, Ident, ImplItem, ImplItemFn, ItemImpl, Path, PathArguments,
    ReceiverKind, ReturnType, Token, Type,
};

use crate::attr::{self, Once};
use crate::errors::Errors;

/// The block.
pub(crate) struct HandlersModel {
    pub(crate) aggregate: Type,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) applies: Vec<Apply>,
    pub(crate) crate_path: TokenStream,
}

/// A command handler.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    pub(crate) receiver: Receiver,
    pub(crate) command: Type,
    /// The types of the arguments after the command.
    pub(crate) arguments: Vec<Type>,
    pub(crate) output: Type,
    pub(crate) emits: Option<Vec<Path>>,
    pub(crate) is_async: bool,
    pub(crate) cfgs: Vec<Attribute>,
}

/// How a handler takes the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// Not at all: it creates.
    None,
    /// `&self`: the aggregate exists.
    State,
    /// `this: Option<&Self>`: either.
    Maybe,
}

/// An `#[apply]` method.
pub(crate) struct Apply {
    pub(crate) ident: Ident,
    pub(crate) event: Type,
    /// `fn(e: &E) -> Self` rather than `fn(&mut self, e: &E)`.
    pub(crate) creates: bool,
    pub(crate) cfgs: Vec<Attribute>,
}

/// Reads the block and takes the framework's attributes off it; `None` if nothing can be made of it.
pub(crate) fn parse(
    arguments: TokenStream,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Option<HandlersModel> {
    let mut crate_path = Once::default();
    if !arguments.is_empty() {
        let attribute: Attribute = syn::parse_quote!(#[handlers(#arguments)]);
        attr::read_keys(&attribute, &["crate"], errors, |key, input, errors| {
            crate_path.set(key, attr::value(input)?, errors);
            Ok(())
        });
    }
    let mut usable = true;
    if let Some((of, _)) = &block.trait_ {
        errors.push(of, "`#[handlers]` stands on an inherent impl block: `impl Account { … }`");
        usable = false;
    }
    if !block.generics.params.is_empty() {
        errors.push(&block.generics, "an aggregate has no generic parameters");
        usable = false;
    }
    let mut handlers = Vec::new();
    let mut applies = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            errors.push(&*item, "a `#[handlers]` block holds command handlers and `#[apply]` methods only; move this to an ordinary impl block");
            continue;
        };
        let own = take_own(&mut function.attrs);
        if let Some(apply) = own.apply {
            if let Some(emits) = &own.emits {
                errors.push(emits, "`#[emits(…)]` is for command handlers");
            }
            if !matches!(apply.meta, syn::Meta::Path(_)) {
                errors.push(
                    &apply,
                    "on a method it is `#[apply]`; the event is the method's argument",
                );
            }
            applies.extend(parse_apply(function, errors));
        } else {
            let emits = own.emits.and_then(|attribute| parse_emits(&attribute, errors));
            handlers.extend(parse_handler(function, emits, &block.self_ty, errors));
        }
    }
    report_doubles(&handlers, errors);
    usable.then(|| HandlersModel {
        aggregate: (*block.self_ty).clone(),
        handlers,
        applies,
        crate_path: attr::crate_path(crate_path),
    })
}

#[derive(Default)]
struct Own {
    apply: Option<Attribute>,
    emits: Option<Attribute>,
}

fn take_own(attributes: &mut Vec<Attribute>) -> Own {
    let mut own = Own::default();
    attributes.retain(|attribute| {
        let last = attribute.path().segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            Some("apply") => own.apply = Some(attribute.clone()),
            Some("emits") => own.emits = Some(attribute.clone()),
            _ => return true,
        }
        false
    });
    own
}

fn cfgs(function: &ImplItemFn) -> Vec<Attribute> {
    function.attrs.iter().filter(|a| a.path().is_ident("cfg")).cloned().collect()
}

fn parse_emits(attribute: &Attribute, errors: &mut Errors) -> Option<Vec<Path>> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let parsed = match &attribute.meta {
        syn::Meta::List(list) => parser.parse2(list.tokens.clone()),
        meta => Err(syn::Error::new_spanned(meta, "expected `#[emits(Event, Event)]`")),
    };
    match parsed {
        Ok(events) => Some(events.into_iter().collect()),
        Err(error) => {
            errors.add(error);
            None
        }
    }
}

/// What neither a handler nor an apply method can be.
fn check_plain(function: &ImplItemFn, errors: &mut Errors) -> bool {
    let signature = &function.sig;
    let mut fine = true;
    if !signature.generics.params.is_empty() {
        errors.push(&signature.generics, "it cannot be generic: each handles one type");
        fine = false;
    }
    if let syn::Safety::Unsafe(unsafety) = &signature.safety {
        errors.push(unsafety, "it cannot be `unsafe`");
        fine = false;
    }
    fine
}

fn parse_handler(
    function: &ImplItemFn,
    emits: Option<Vec<Path>>,
    aggregate: &Type,
    errors: &mut Errors,
) -> Option<Handler> {
    let signature = &function.sig;
    let ident = &signature.ident;
    if !check_plain(function, errors) {
        return None;
    }
    let mut receiver = Receiver::None;
    let mut types = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(this) => {
                receiver = Receiver::State;
                if !matches!(this.kind, ReceiverKind::Reference(_, _, None)) {
                    errors.push(this, "a handler looks at the state and decides; take `&self` (an `#[apply]` method changes it)");
                    return None;
                }
            }
            FnArg::Typed(typed) => types.push(&*typed.ty),
        }
    }
    let mut types = types.into_iter().peekable();
    if receiver == Receiver::None && types.peek().is_some_and(|ty| is_maybe_state(ty, aggregate)) {
        receiver = Receiver::Maybe;
        types.next();
    }
    let Some(command) = types.next() else {
        errors.push(
            ident,
            format!("`{ident}` takes no command; every fn of a `#[handlers]` block handles one, so move it to an ordinary impl block, or mark it `#[apply]`"),
        );
        return None;
    };
    if let Type::Reference(reference) = command {
        errors.push(
            reference,
            format!("`{ident}` takes its command by value: `{}`; a fn that handles no command goes to an ordinary impl block", reference.elem.to_token_stream()),
        );
        return None;
    }
    let ReturnType::Type(_, output) = &signature.output else {
        errors.push(
            ident,
            format!("`{ident}` returns nothing; a handler returns `Result<T, E>`, where `T` is events or `()`"),
        );
        return None;
    };
    if let Some(opaque) = find_impl_trait(output) {
        errors.push(opaque, "name the type: what a handler can emit is read from its return type");
        return None;
    }
    Some(Handler {
        ident: ident.clone(),
        receiver,
        command: command.clone(),
        arguments: types.cloned().collect(),
        output: (**output).clone(),
        emits,
        is_async: signature.asyncness.is_some(),
        cfgs: cfgs(function),
    })
}

/// `impl Trait`, anywhere in a return type's generic arguments.
fn find_impl_trait(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(_) => Some(ty),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find_impl_trait),
        Type::Array(array) => find_impl_trait(&array.elem),
        Type::Path(path) => {
            path.path.segments.iter().find_map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    arguments.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(ty) => find_impl_trait(ty),
                        _ => None,
                    })
                }
                _ => None,
            })
        }
        _ => None,
    }
}

/// `Option<&Self>`, or with the aggregate's own name.
fn is_maybe_state(ty: &Type, aggregate: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let Some(GenericArgument::Type(Type::Reference(reference))) = arguments.args.first() else {
        return false;
    };
    let state = reference.elem.to_token_stream().to_string();
    last.ident == "Option" && (state == "Self" || state == aggregate.to_token_stream().to_string())
}

fn parse_apply(function: &ImplItemFn, errors: &mut Errors) -> Option<Apply> {
    let signature = &function.sig;
    let ident = &signature.ident;
    let shape = "an `#[apply]` method is `fn …(&mut self, e: &Event)`, or `fn …(e: &Event) -> Self` if the event creates the aggregate";
    if !check_plain(function, errors) {
        return None;
    }
    if let Some(asyncness) = &signature.asyncness {
        errors.push(
            asyncness,
            "an `#[apply]` method cannot be `async`: replay only changes the state",
        );
        return None;
    }
    let mut receiver = None;
    let mut types = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(this) => receiver = Some(this),
            FnArg::Typed(typed) => types.push(&*typed.ty),
        }
    }
    let event = match types.as_slice() {
        [Type::Reference(reference)] if reference.mutability.is_none() => &*reference.elem,
        [] => {
            errors.push(ident, shape);
            return None;
        }
        [other] => {
            errors.push(other, format!("take the event by reference: {shape}"));
            return None;
        }
        [_, second, ..] => {
            errors.push(second, format!("it takes the event and nothing else: {shape}"));
            return None;
        }
    };
    let returns_self = match (&signature.output, receiver) {
        (ReturnType::Default, Some(this))
            if matches!(this.kind, ReceiverKind::Reference(_, _, Some(_))) =>
        {
            false
        }
        (ReturnType::Default, Some(this)) => {
            errors.push(this, format!("take `&mut self`: {shape}"));
            return None;
        }
        (ReturnType::Type(..), None) => true,
        (ReturnType::Type(_, output), Some(_)) => {
            errors.push(output, format!("it changes the state and returns nothing: {shape}"));
            return None;
        }
        (ReturnType::Default, None) => {
            errors.push(ident, shape);
            return None;
        }
    };
    Some(Apply {
        ident: ident.clone(),
        event: event.clone(),
        creates: returns_self,
        cfgs: cfgs(function),
    })
}

/// Two handlers of one command.
fn report_doubles(handlers: &[Handler], errors: &mut Errors) {
    for (index, handler) in handlers.iter().enumerate() {
        let command = handler.command.to_token_stream().to_string();
        let before = handlers.iter().take(index).find(|before| {
            before.cfgs.is_empty()
                && handler.cfgs.is_empty()
                && before.command.to_token_stream().to_string() == command
        });
        if let Some(before) = before {
            errors.push(
                &handler.command,
                format!(
                    "`{}` and `{}` both handle `{command}`; a command has one handler",
                    before.ident, handler.ident
                ),
            );
        }
    }
}
