//! What `#[projection]` and `#[policy]` share: an impl block whose fns are marked, each handling
//! the event that is its first argument.

mod argument;
mod block;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{
    Attribute, FnArg, GenericParam, ImplItem, ImplItemFn, ItemImpl, Receiver, ReceiverKind,
    ReturnType, Token, Type,
};

use argument::{argument, first_argument};
pub(crate) use argument::{same, text};
pub(crate) use block::{check_block, count, name, type_ident, word};

use crate::errors::Errors;
use crate::model::method;

/// The attributes that mark a method.
const MARKS: [(&str, Mark); 3] = [
    ("on", Mark::On),
    ("init", Mark::Init),
    ("refused", Mark::Refused),
];

/// What a method is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `#[on]`: it handles an event.
    On,
    /// `#[init]`: it makes the tables.
    Init,
    /// `#[refused]`: it is asked when a command was refused.
    Refused,
}

/// A kind of block, and what is said of it.
pub(crate) struct Kind {
    /// Of the attribute: `projection`.
    pub(crate) attribute: &'static str,
    /// Where a mark of another kind belongs; `None` if it belongs here.
    pub(crate) elsewhere: fn(Mark) -> Option<&'static str>,
    /// What an `#[on]` method looks like.
    pub(crate) shape: &'static str,
    /// What a method may take after its event.
    pub(crate) arguments: &'static str,
}

/// The methods of a block.
#[derive(Default)]
pub(crate) struct Methods {
    pub(crate) on: Vec<Method>,
    pub(crate) init: Vec<Method>,
    pub(crate) refused: Vec<Method>,
    /// Some fn has been reported of which it is not known what it is.
    pub(crate) has_unread: bool,
}

/// A marked method.
pub(crate) struct Method {
    pub(crate) ident: Ident,
    pub(crate) receiver: Option<Receiver>,
    /// The type of the first argument: the event, or the refusal. None for `#[init]`.
    pub(crate) first: Option<Type>,
    /// Those after it.
    pub(crate) arguments: Vec<Argument>,
    /// The return type.
    pub(crate) output: TokenStream,
    pub(crate) asyncness: Option<Token![async]>,
    pub(crate) cfgs: Vec<Attribute>,
    /// Reported: it is not called, and nothing more is said of it.
    pub(crate) is_wrong: bool,
}

/// An argument after the event.
pub(crate) struct Argument {
    /// As it is written.
    pub(crate) ty: Type,
    pub(crate) is: Is,
}

/// What an argument asks for.
pub(crate) enum Is {
    /// `&T`: what is recorded.
    Recorded(Type),
    /// `&mut T`: the store's transaction.
    Transaction(Type),
    /// `&S` where it says `services = S`.
    Services,
}

impl Method {
    /// The transaction it asks for, and the argument.
    pub(crate) fn transaction(&self) -> Option<(&Type, &Argument)> {
        self.arguments
            .iter()
            .find_map(|argument| match &argument.is {
                Is::Transaction(ty) => Some((ty, argument)),
                _ => None,
            })
    }

    /// The receiver, if it is `&mut self`.
    pub(crate) fn exclusive(&self) -> Option<&Receiver> {
        self.receiver
            .as_ref()
            .filter(|receiver| matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_))))
    }

    /// Reports what is wrong with it.
    pub(crate) fn wrong(&mut self, at: impl ToTokens, message: String, errors: &mut Errors) {
        errors.push(at, message);
        self.is_wrong = true;
    }
}

/// Reads the marked methods and takes the marks off them.
pub(crate) fn read(
    kind: &Kind,
    services: Option<&Type>,
    block: &mut ItemImpl,
    errors: &mut Errors,
) -> Methods {
    let attribute = kind.attribute;
    let mut methods = Methods::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            errors.push(&*item, format!("a `#[{attribute}]` block holds marked methods only; move this to an ordinary impl block"));
            continue;
        };
        match take_mark(kind, function, errors) {
            Taken::Mark(mark) => {
                let method = method(kind, mark, services, function, errors);
                methods.has_unread |= method.is_none();
                match mark {
                    Mark::On => methods.on.extend(method),
                    Mark::Init => methods.init.extend(method),
                    Mark::Refused => methods.refused.extend(method),
                }
            }
            Taken::Nothing => {
                let ident = &function.sig.ident;
                errors.push(ident, format!("`{ident}` is not marked; mark it `#[on]` if it handles an event, or move it to an ordinary impl block"));
                methods.has_unread = true;
            }
            Taken::Wrong => methods.has_unread = true,
        }
    }
    check_first_of_each(&mut methods, errors);
    if methods.on.is_empty() && !methods.has_unread {
        errors.push(
            &block.self_ty,
            format!(
                "it handles no event; mark its methods `#[on]`: {}",
                kind.shape
            ),
        );
    }
    methods
}

/// Takes the marks off all methods: of a block that is wrong as a whole they say nothing.
pub(crate) fn take_marks(block: &mut ItemImpl) {
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            function
                .attrs
                .retain(|attribute| mark_of(attribute).is_none());
        }
    }
}

fn mark_of(attribute: &Attribute) -> Option<(&'static str, Mark)> {
    let last = attribute.path().segments.last()?;
    MARKS.into_iter().find(|(name, _)| last.ident == name)
}

enum Taken {
    Mark(Mark),
    Nothing,
    /// Reported.
    Wrong,
}

/// Takes the marks off a method, and says which it is.
fn take_mark(kind: &Kind, function: &mut ImplItemFn, errors: &mut Errors) -> Taken {
    let mut taken = Vec::new();
    function.attrs.retain(|attribute| {
        let mark = mark_of(attribute);
        taken.extend(mark.map(|(name, mark)| (name, mark, attribute.clone())));
        mark.is_none()
    });
    let mut taken = taken.into_iter();
    let Some((name, mark, attribute)) = taken.next() else {
        return Taken::Nothing;
    };
    if !matches!(attribute.meta, syn::Meta::Path(_)) {
        errors.push(
            &attribute,
            format!("it is `#[{name}]`; what it is about is said by the method's arguments"),
        );
    }
    if let Some((second, _, attribute)) = taken.next() {
        errors.push(
            attribute,
            format!("a method has one mark; keep `#[{name}]` or `#[{second}]`"),
        );
        return Taken::Wrong;
    }
    if let Some(elsewhere) = (kind.elsewhere)(mark) {
        errors.push(attribute, elsewhere);
        return Taken::Wrong;
    }
    Taken::Mark(mark)
}

/// `None`, and a report, if it is not known what it handles.
fn method(
    kind: &Kind,
    mark: Mark,
    services: Option<&Type>,
    function: &ImplItemFn,
    errors: &mut Errors,
) -> Option<Method> {
    let signature = &function.sig;
    let ident = &signature.ident;
    let mut types = signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(typed) => Some(&*typed.ty),
            FnArg::Receiver(_) => None,
        });
    let output = match &signature.output {
        ReturnType::Type(_, output) => output.to_token_stream(),
        ReturnType::Default => quote_spanned!(ident.span()=> ()),
    };
    let mut method = Method {
        ident: ident.clone(),
        receiver: signature.receiver().cloned(),
        first: None,
        arguments: Vec::new(),
        output,
        asyncness: signature.asyncness,
        cfgs: method::cfgs(&function.attrs),
        is_wrong: false,
    };
    check_plain(&mut method, function, errors);
    check_receiver(kind, mark, &mut method, errors);
    if mark != Mark::Init {
        method.first = Some(first_argument(
            kind,
            mark,
            services,
            ident,
            types.next(),
            errors,
        )?);
    }
    for ty in types {
        argument(kind, services, &mut method, ty, errors);
    }
    if mark == Mark::Init {
        check_init(kind, &mut method, errors);
    }
    Some(method)
}

/// What no method of such a block can be.
fn check_plain(method: &mut Method, function: &ImplItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    let ident = &signature.ident;
    let is_lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
    if !signature.generics.params.iter().all(is_lifetime) {
        let message = format!("`{ident}` cannot be generic: it is for one type");
        method.wrong(&signature.generics, message, errors);
    }
    if let syn::Safety::Unsafe(unsafety) = &signature.safety {
        let message = format!("`{ident}` cannot be `unsafe`: it is called for you");
        method.wrong(unsafety, message, errors);
    }
    if let ReturnType::Type(_, output) = &signature.output
        && let Some(opaque) = method::find_impl_trait(output)
    {
        let message = "name the type: what comes of a method is read from its return type";
        method.wrong(opaque, message.to_owned(), errors);
    }
}

/// The receiver is `&self` or `&mut self`; which of them is for the kind of block to say.
fn check_receiver(kind: &Kind, mark: Mark, method: &mut Method, errors: &mut Errors) {
    let shape = shape(kind, mark);
    let ident = method.ident.clone();
    match &method.receiver {
        None if mark == Mark::Init => {}
        None => method.wrong(
            &ident,
            format!("`{ident}` takes no `self`: {shape}"),
            errors,
        ),
        Some(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
            let receiver = receiver.clone();
            let message = format!(
                "`{ident}` is called again and again, so it takes `self` by reference: {shape}"
            );
            method.wrong(receiver, message, errors);
        }
        Some(_) => {}
    }
}

/// What such a method looks like.
fn shape(kind: &Kind, mark: Mark) -> &'static str {
    match mark {
        Mark::On => kind.shape,
        Mark::Init => "an `#[init]` method is `fn …(tx: &mut SqliteTx<'_>) -> Result<(), E>`",
        Mark::Refused => {
            "a `#[refused]` method is `fn …(&self, refusal: &RefusedCommand, …) -> To<Command>`"
        }
    }
}

/// `#[init]` takes the transaction and nothing else.
fn check_init(kind: &Kind, method: &mut Method, errors: &mut Errors) {
    let shape = shape(kind, Mark::Init);
    let mut others = Vec::new();
    method.arguments.retain(|argument| {
        let is_transaction = matches!(argument.is, Is::Transaction(_));
        if !is_transaction {
            others.push(argument.ty.clone());
        }
        is_transaction
    });
    if let Some(other) = others.first() {
        let message =
            format!("no event has come yet, so there is nothing of one to ask for: {shape}");
        method.wrong(other, message, errors);
    } else if method.arguments.is_empty() && !method.is_wrong {
        let ident = method.ident.clone();
        method.wrong(
            &ident,
            format!("`{ident}` takes no transaction: {shape}"),
            errors,
        );
    }
}

/// One method an event, one `#[init]`, one `#[refused]`. Methods under `#[cfg]` may replace each
/// other.
fn check_first_of_each(methods: &mut Methods, errors: &mut Errors) {
    let mut known: Vec<(String, Ident)> = Vec::new();
    for method in &mut methods.on {
        let Some(event) = method.first.clone().filter(|_| method.cfgs.is_empty()) else {
            continue;
        };
        let text = text(&event);
        if let Some((_, before)) = known.iter().find(|(known, _)| *known == text) {
            let ident = &method.ident;
            let message =
                format!("`{before}` and `{ident}` both handle `{text}`; each event has one method");
            method.wrong(event, message, errors);
        } else {
            known.push((text, method.ident.clone()));
        }
    }
    for (name, methods) in [
        ("init", &mut methods.init),
        ("refused", &mut methods.refused),
    ] {
        let mut before: Option<Ident> = None;
        for method in methods.iter_mut().filter(|method| method.cfgs.is_empty()) {
            let ident = method.ident.clone();
            match &before {
                Some(before) => {
                    let message =
                        format!("`{before}` and `{ident}` are both `#[{name}]`; keep one");
                    method.wrong(&ident, message, errors);
                }
                None => before = Some(ident),
            }
        }
    }
}
