//! The signature of an `#[apply]` method: which event it applies, and whether it creates.

use quote::ToTokens;
use syn::{FnArg, ImplItemFn, ReceiverKind, ReturnType, Type};

use super::{Apply, check_plain};
use crate::errors::Errors;
use crate::model::method;

/// `None`, and a report, if it is not known which event it applies.
pub(super) fn parse(function: &ImplItemFn, aggregate: &Type, errors: &mut Errors) -> Option<Apply> {
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
        cfgs: method::cfgs(&function.attrs),
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
