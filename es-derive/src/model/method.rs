//! What all macros on impl blocks read of a method.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Attribute, GenericArgument, Ident, PathArguments, Type};

use crate::attr;

/// The conditions under which the method is there.
pub(super) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|a| a.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Whether the type is a single name, and that name is one.
pub(super) fn is_ident(ty: &Type, is: impl Fn(&Ident) -> bool) -> bool {
    matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(is))
}

/// The tokens with the type itself for `Self`, so that they can be written anywhere.
pub(super) fn without_self(tokens: TokenStream, this: &Type) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) if ident == "Self" => attr::located_at(ident.span(), this),
            TokenTree::Group(group) => {
                let inner = without_self(group.stream(), this);
                let mut replaced = Group::new(group.delimiter(), inner);
                replaced.set_span(group.span());
                TokenTree::Group(replaced).into()
            }
            other => other.into(),
        })
        .collect()
}

/// `impl Trait`, anywhere in a return type's generic arguments.
pub(super) fn find_impl_trait(ty: &Type) -> Option<&Type> {
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
