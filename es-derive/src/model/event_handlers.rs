//! What `#[projection]` and `#[policy]` share: an impl block whose fns are marked, each handling
//! the event that is its first argument.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{
    Attribute, FnArg, GenericParam, ImplItem, ImplItemFn, ItemImpl, LitInt, LitStr, Receiver,
    ReceiverKind, ReturnType, Token, Type,
};

use crate::attr::{Once, Written};
use crate::errors::Errors;
use crate::model::method;
use crate::names;

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

/// The event, or the refusal.
fn first_argument(
    kind: &Kind,
    mark: Mark,
    services: Option<&Type>,
    ident: &Ident,
    ty: Option<&Type>,
    errors: &mut Errors,
) -> Option<Type> {
    let what = if mark == Mark::On { "event" } else { "refusal" };
    let shape = shape(kind, mark);
    match ty {
        None => errors.push(ident, format!("`{ident}` takes no {what}: {shape}")),
        Some(Type::Reference(reference)) if reference.mutability.is_some() => errors.push(
            reference,
            format!("the {what} comes first, by `&`: {shape}"),
        ),
        Some(Type::Reference(reference))
            if !is_named(&reference.elem)
                || services.is_some_and(|services| same(services, &reference.elem)) =>
        {
            let ty = text(&reference.elem);
            errors.push(
                &reference.elem,
                format!("`{ty}` is no {what}, which comes first: {shape}"),
            );
        }
        Some(Type::Reference(reference)) => return Some((*reference.elem).clone()),
        Some(ty) => errors.push(
            ty,
            format!("take the {what} by reference, `&{}`: {shape}", text(ty)),
        ),
    }
    None
}

/// The type as it is read.
pub(crate) fn text(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, plain) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
    ] {
        text = text.replace(spaced, plain);
    }
    text
}

/// Whether they are written alike.
pub(crate) fn same(a: &Type, b: &Type) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

/// Whether it can be an event: a struct has a name, and those of the language and of the framework
/// are none. Whether others are, rustc knows.
fn is_named(ty: &Type) -> bool {
    let is_other = |ident: &Ident| ident == "str" || ident == "Self" || ident == "Metadata";
    matches!(
        ty,
        Type::Path(_) | Type::Group(_) | Type::Paren(_) | Type::Macro(_)
    ) && !method::is_ident(ty, is_other)
}

/// One of the arguments after the event.
fn argument(
    kind: &Kind,
    services: Option<&Type>,
    method: &mut Method,
    ty: &Type,
    errors: &mut Errors,
) {
    let Type::Reference(reference) = ty else {
        let by = text(ty);
        let message = format!("take it by reference, `&{by}`: {}", kind.arguments);
        return method.wrong(ty, message, errors);
    };
    let of = &*reference.elem;
    if !is_sized(of) {
        let message = format!("a method cannot ask for `{}`: {}", text(ty), kind.arguments);
        return method.wrong(ty, message, errors);
    }
    let is = if reference.mutability.is_some() {
        Is::Transaction(with_static(of))
    } else if services.is_some_and(|services| same(services, of)) {
        Is::Services
    } else {
        Is::Recorded(of.clone())
    };
    let is_there = method
        .arguments
        .iter()
        .any(|before| match (&before.is, &is) {
            (Is::Transaction(_), Is::Transaction(_)) | (Is::Services, Is::Services) => true,
            (Is::Recorded(before), Is::Recorded(_)) => same(before, of),
            _ => false,
        });
    if is_there {
        let what = if reference.mutability.is_some() {
            "a transaction"
        } else {
            "this"
        };
        let message = format!("`{}` asks for {what} twice; keep one", method.ident);
        return method.wrong(ty, message, errors);
    }
    method.arguments.push(Argument { ty: ty.clone(), is });
}

/// What is known of a type by its tokens alone.
fn is_sized(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Slice(_) | Type::TraitObject(_) | Type::ImplTrait(_)
    ) && !method::is_ident(ty, |ident| ident == "str")
}

/// `SqliteTx<'_>` as `SqliteTx<'static>`: one type, whatever the method calls the lifetime.
fn with_static(ty: &Type) -> Type {
    fn in_tokens(tokens: TokenStream) -> TokenStream {
        let mut after_quote = false;
        tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Ident(ident) if after_quote => {
                    after_quote = false;
                    TokenTree::Ident(Ident::new("static", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut replaced = Group::new(group.delimiter(), in_tokens(group.stream()));
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced)
                }
                token => {
                    after_quote = matches!(&token, TokenTree::Punct(p) if p.as_char() == '\'');
                    token
                }
            })
            .collect()
    }
    let tokens = in_tokens(ty.to_token_stream());
    // It was a type before, too.
    syn::parse2(tokens).unwrap_or_else(|_| ty.clone())
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

/// The block is an inherent impl of a type without parameters; else it is reported.
///
/// Of the trait there is no more to be said once this is, so it is taken off; nor of the methods.
pub(crate) fn check_block(attribute: &str, block: &mut ItemImpl, errors: &mut Errors) -> bool {
    let ty = text(&block.self_ty);
    let of = block.trait_.take();
    if let Some((of, _)) = &of {
        errors.push(
            of,
            format!("`#[{attribute}]` stands on an inherent impl block: `impl {ty} {{ … }}`"),
        );
    }
    if !block.generics.params.is_empty() {
        errors.push(
            &block.generics,
            format!("a {attribute} has no generic parameters; write the block for one type: `impl Name<String> {{ … }}`"),
        );
    }
    of.is_none() && block.generics.params.is_empty()
}

/// The name, which must be given; of the type's, if it has one, it is suggested.
pub(crate) fn name(
    attribute: &str,
    given: Once<LitStr>,
    written: &Written,
    block: &ItemImpl,
    errors: &mut Errors,
) -> LitStr {
    let suggested = type_ident(block).map_or_else(|| "…".to_owned(), |ty| names::snake_case(&ty));
    if let Some(name) = given.take() {
        names::check_wire_name(&name, errors);
        return name;
    }
    if !written.has("name") {
        errors.add(syn::Error::new(
            Span::call_site(),
            format!("a {attribute} needs a name, under which its place is kept: `#[{attribute}(name = \"{suggested}\")]`"),
        ));
    }
    LitStr::new(&suggested, Span::call_site())
}

/// The type's own name.
pub(crate) fn type_ident(block: &ItemImpl) -> Option<Ident> {
    match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.clone()),
        _ => None,
    }
}

/// The value of a key that counts something: at least 1.
pub(crate) fn count(
    key: &str,
    given: Once<LitInt>,
    otherwise: u32,
    why: &str,
    errors: &mut Errors,
) -> u32 {
    let Some(number) = given.take() else {
        return otherwise;
    };
    match number.base10_parse::<u32>() {
        Ok(0) => errors.push(&number, format!("`{key}` is at least 1: {why}")),
        Ok(number) => return number,
        Err(error) => errors.push(&number, format!("`{key}` is a number: {error}")),
    }
    otherwise
}

/// The only word a key takes.
pub(crate) fn word(
    key: &str,
    word: &str,
    meaning: &str,
    given: &Once<Ident>,
    errors: &mut Errors,
) -> bool {
    let Some(value) = given.get() else {
        return false;
    };
    if value != word {
        errors.push(value, format!("`{key}` takes `{word}`: {meaning}"));
    }
    true
}
