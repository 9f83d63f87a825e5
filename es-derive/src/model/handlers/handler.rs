//! The signature of a command handler: how it takes the state, which argument is the command, what it
//! returns.

use quote::ToTokens;
use syn::{
    FnArg, GenericArgument, Generics, Ident, ImplItemFn, Path, PathArguments, ReceiverKind,
    ReturnType, Type,
};

use super::{Handler, Receiver, check_plain};
use crate::errors::Errors;
use crate::model::method;

/// `None`, and a report, if it is not known what it handles.
pub(super) fn parse(
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
    if let Some(opaque) = method::find_impl_trait(&output) {
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
        output: method::without_self(output.into_token_stream(), aggregate),
        emits,
        is_async: signature.asyncness.is_some(),
        is_wrong,
        cfgs: method::cfgs(&function.attrs),
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
        Some(ty) if generics.type_params().any(|param| method::is_ident(ty, |name| *name == param.ident)) => {
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

/// What the language and its prelude name is no command; whether others are, rustc knows.
fn is_no_command(ty: &Type) -> bool {
    const NAMES: &[&str] = &[
        "bool", "char", "str", "f32", "f64", "u8", "u16", "u32", "u64", "u128", "usize", "i8",
        "i16", "i32", "i64", "i128", "isize", "String", "Self", "Context",
    ];
    let is_named = method::is_ident(ty, |ident| NAMES.iter().any(|name| ident == name));
    is_named
        || !matches!(
            ty,
            Type::Path(_) | Type::Group(_) | Type::Paren(_) | Type::Macro(_)
        )
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
