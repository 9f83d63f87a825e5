//! `#[handlers]`: an impl block whose fns are command handlers and `#[apply]` methods.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, FnArg, GenericArgument, Generics, Ident, ImplItem, ImplItemFn, ItemImpl, Path,
    PathArguments, ReceiverKind, ReturnType, Signature, Token, Type,
};

use crate::attr::{self, Once, Written};
use crate::errors::Errors;

/// The block.
pub(crate) struct HandlersModel {
    pub(crate) aggregate: Type,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) applies: Vec<Apply>,
    /// Some fn has been reported of which it is not known what it handles.
    pub(crate) has_unread: bool,
    pub(crate) crate_path: TokenStream,
}

/// A command handler.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    pub(crate) receiver: Receiver,
    pub(crate) command: Type,
    /// The types of the arguments after the command.
    pub(crate) arguments: Vec<Type>,
    /// With the aggregate for `Self`, so that it can be written anywhere.
    pub(crate) output: TokenStream,
    pub(crate) emits: Option<Vec<Path>>,
    pub(crate) is_async: bool,
    /// Reported; it counts as a handler of its command.
    pub(crate) is_wrong: bool,
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
    /// Reported; it counts as saying what its event changes.
    pub(crate) is_wrong: bool,
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
        let mut written = Written::default();
        attr::read_keys(
            &attribute,
            &["crate"],
            errors,
            &mut written,
            |key, input, errors| {
                crate_path.set(key, attr::value(input)?, errors);
                Ok(())
            },
        );
    }
    // Of the trait there is no more to be said once this is.
    if let Some((of, _)) = block.trait_.take() {
        let aggregate = block.self_ty.to_token_stream();
        errors.push(
            of,
            format!("`#[handlers]` stands on an inherent impl block: `impl {aggregate} {{ … }}`"),
        );
    }
    let usable = block.generics.params.is_empty();
    if !usable {
        errors.push(&block.generics, "an aggregate has no generic parameters");
    }
    let mut handlers = Vec::new();
    let mut applies = Vec::new();
    let mut has_unread = false;
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
            applies.extend(parse_apply(function, &block.self_ty, errors));
        } else {
            let emits = own
                .emits
                .and_then(|attribute| parse_emits(&attribute, errors));
            let handler = parse_handler(function, emits, &block.self_ty, errors);
            has_unread |= handler.is_none();
            handlers.extend(handler);
        }
    }
    let mut known: Vec<Known> = Vec::new();
    handlers.retain(|h| is_first(&mut known, &h.command, &h.ident, &h.cfgs, "handle", errors));
    known.clear();
    applies.retain(|a| is_first(&mut known, &a.event, &a.ident, &a.cfgs, "apply", errors));
    usable.then(|| HandlersModel {
        aggregate: (*block.self_ty).clone(),
        handlers,
        applies,
        has_unread,
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
        let last = attribute
            .path()
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
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
    function
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("cfg"))
        .cloned()
        .collect()
}

fn parse_emits(attribute: &Attribute, errors: &mut Errors) -> Option<Vec<Path>> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let parsed = match &attribute.meta {
        syn::Meta::List(list) => parser.parse2(list.tokens.clone()),
        meta => Err(syn::Error::new_spanned(
            meta,
            "expected `#[emits(Event, Event)]`",
        )),
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
    let Signature {
        generics,
        safety,
        ident,
        ..
    } = &function.sig;
    let mut fine = true;
    if !generics.params.is_empty() {
        errors.push(
            generics,
            format!("`{ident}` cannot be generic: it is for one type"),
        );
        fine = false;
    }
    if let syn::Safety::Unsafe(unsafety) = safety {
        errors.push(
            unsafety,
            format!("`{ident}` cannot be `unsafe`: it is called for you"),
        );
        fine = false;
    }
    fine
}

/// `None`, and a report, if it is not known what it handles.
fn parse_handler(
    function: &ImplItemFn,
    emits: Option<Vec<Path>>,
    aggregate: &Type,
    errors: &mut Errors,
) -> Option<Handler> {
    let signature = &function.sig;
    let ident = &signature.ident;
    let mut is_wrong = !check_plain(function, errors);
    let mut receiver = Receiver::None;
    let mut types = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(this) => {
                receiver = Receiver::State;
                if !matches!(this.kind, ReceiverKind::Reference(_, _, None)) {
                    errors.push(this, "a handler looks at the state and decides; take `&self` (an `#[apply]` method changes it)");
                    is_wrong = true;
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
    let command = command_of(ident, types.next(), &signature.generics, is_wrong, errors)?;
    let output = match &signature.output {
        ReturnType::Type(_, output) => (**output).clone(),
        ReturnType::Default => {
            errors.push(
                ident,
                format!("`{ident}` returns nothing; a handler returns `Result<T, E>`, where `T` is events or `()`"),
            );
            is_wrong = true;
            syn::parse_quote!(())
        }
    };
    if let Some(opaque) = find_impl_trait(&output) {
        errors.push(
            opaque,
            "name the type: what a handler can emit is read from its return type",
        );
        is_wrong = true;
    }
    Some(Handler {
        ident: ident.clone(),
        receiver,
        command: command.clone(),
        arguments: types.cloned().collect(),
        output: without_self(output.into_token_stream(), aggregate),
        emits,
        is_async: signature.asyncness.is_some(),
        is_wrong,
        cfgs: cfgs(function),
    })
}

/// The argument that is the command.
fn command_of<'a>(
    ident: &Ident,
    argument: Option<&'a Type>,
    generics: &Generics,
    reported: bool,
    errors: &mut Errors,
) -> Option<&'a Type> {
    let elsewhere = "every fn of a `#[handlers]` block handles one, so move it to an ordinary impl block, or mark it `#[apply]`";
    match argument {
        None => errors.push(ident, format!("`{ident}` takes no command; {elsewhere}")),
        Some(ty) if generics.type_params().any(|param| is_ident(ty, |name| *name == param.ident)) => {
            if !reported {
                errors.push(ty, format!("`{ident}` takes no command; {elsewhere}"));
            }
        }
        Some(Type::Reference(reference)) if is_no_command(&reference.elem) => {
            errors.push(reference, format!("`{ident}` takes no command; {elsewhere}"));
        }
        Some(Type::Reference(reference)) => errors.push(
            reference,
            format!("`{ident}` takes its command by value: `{}`; a fn that handles no command goes to an ordinary impl block", reference.elem.to_token_stream()),
        ),
        Some(ty) if is_no_command(ty) => {
            errors.push(ty, format!("`{}` is no command; {elsewhere}", ty.to_token_stream()));
        }
        Some(command) => return Some(command),
    }
    None
}

fn is_ident(ty: &Type, is: impl Fn(&Ident) -> bool) -> bool {
    matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(is))
}

/// What the language and its prelude name is no command; whether others are, rustc knows.
fn is_no_command(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "bool", "char", "str", "f32", "f64", "u8", "u16", "u32", "u64", "u128", "usize", "i8",
        "i16", "i32", "i64", "i128", "isize", "String", "Self", "Context",
    ];
    let is_named = is_ident(ty, |ident| NAMES.iter().any(|name| ident == name));
    is_named
        || !matches!(
            ty,
            Type::Path(_) | Type::Group(_) | Type::Paren(_) | Type::Macro(_)
        )
}

fn without_self(tokens: TokenStream, aggregate: &Type) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => attr::located_at(ident.span(), aggregate),
            TokenTree::Group(group) => {
                let inner = without_self(group.stream(), aggregate);
                let mut replaced = Group::new(group.delimiter(), inner);
                replaced.set_span(group.span());
                TokenTree::Group(replaced).into()
            }
            other => other.into(),
        })
        .collect()
}

/// `impl Trait`, anywhere in a return type's generic arguments.
fn find_impl_trait(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(_) => Some(ty),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find_impl_trait),
        Type::Array(array) => find_impl_trait(&array.elem),
        Type::Path(path) => {
            path.path
                .segments
                .iter()
                .find_map(|segment| match &segment.arguments {
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
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return false;
    };
    let Some(GenericArgument::Type(Type::Reference(reference))) = arguments.args.first() else {
        return false;
    };
    let state = reference.elem.to_token_stream().to_string();
    last.ident == "Option" && (state == "Self" || state == aggregate.to_token_stream().to_string())
}

/// `None`, and a report, if it is not known which event it applies.
fn parse_apply(function: &ImplItemFn, aggregate: &Type, errors: &mut Errors) -> Option<Apply> {
    let signature = &function.sig;
    let ident = &signature.ident;
    let shape = "an `#[apply]` method is `fn …(&mut self, e: &Event)`, or `fn …(e: &Event) -> Self` if the event creates the aggregate";
    let mut is_wrong = !check_plain(function, errors);
    let mut wrong = |at: &dyn ToTokens, message: String, errors: &mut Errors| {
        errors.push(at, message);
        is_wrong = true;
    };
    if let Some(asyncness) = &signature.asyncness {
        let message = "an `#[apply]` method cannot be `async`: replay only changes the state";
        wrong(asyncness, message.to_owned(), errors);
    }
    let mut receiver = None;
    let mut types = Vec::new();
    for argument in &signature.inputs {
        match argument {
            FnArg::Receiver(this) => receiver = Some(this),
            FnArg::Typed(typed) => types.push(&*typed.ty),
        }
    }
    let Some(first) = types.first() else {
        errors.push(ident, format!("`{ident}` applies no event: {shape}"));
        return None;
    };
    if let Some(second) = types.get(1) {
        wrong(
            second,
            format!("it takes the event and nothing else: {shape}"),
            errors,
        );
    }
    let event = match first {
        Type::Reference(reference) => {
            if let Some(mutability) = &reference.mutability {
                wrong(
                    mutability,
                    format!("an event does not change: {shape}"),
                    errors,
                );
            }
            &*reference.elem
        }
        other => {
            wrong(
                other,
                format!("take the event by reference: {shape}"),
                errors,
            );
            *other
        }
    };
    match (&signature.output, receiver) {
        (ReturnType::Default, Some(this)) => {
            if !matches!(this.kind, ReceiverKind::Reference(_, _, Some(_))) {
                wrong(this, format!("take `&mut self`: {shape}"), errors);
            }
        }
        (ReturnType::Type(_, output), Some(_)) => {
            wrong(
                output,
                format!("it changes the state and returns nothing: {shape}"),
                errors,
            );
        }
        (ReturnType::Type(_, output), None) => {
            if !is_state(output, aggregate) {
                wrong(
                    output,
                    format!("a creating event makes a `Self`: {shape}"),
                    errors,
                );
            }
        }
        (ReturnType::Default, None) => {
            wrong(
                ident,
                format!("`{ident}` neither changes a state nor makes one: {shape}"),
                errors,
            );
        }
    }
    Some(Apply {
        ident: ident.clone(),
        event: event.clone(),
        creates: receiver.is_none(),
        is_wrong,
        cfgs: cfgs(function),
    })
}

/// `Self`, or the aggregate by its name.
fn is_state(ty: &Type, aggregate: &Type) -> bool {
    let name = |ty: &Type| match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|segment| segment.ident.clone()),
        _ => None,
    };
    name(ty).is_some_and(|name_of_ty| name_of_ty == "Self" || Some(name_of_ty) == name(aggregate))
}

/// What a fn before this one is for: the type as it is written, and the fn.
struct Known {
    ty: String,
    ident: Ident,
}

/// Whether no fn before this one is for the same type; else it is reported. Fns under `#[cfg]` may
/// replace each other.
fn is_first(
    known: &mut Vec<Known>,
    ty: &Type,
    ident: &Ident,
    cfgs: &[Attribute],
    verb: &str,
    errors: &mut Errors,
) -> bool {
    if !cfgs.is_empty() {
        return true;
    }
    let text = ty.to_token_stream().to_string();
    if let Some(Known { ident: before, .. }) = known.iter().find(|known| known.ty == text) {
        let what = if verb == "handle" {
            "command has one handler"
        } else {
            "event has one method"
        };
        errors.push(
            ty,
            format!("`{before}` and `{ident}` both {verb} `{text}`; each {what}"),
        );
        return false;
    }
    known.push(Known {
        ty: text,
        ident: ident.clone(),
    });
    true
}
