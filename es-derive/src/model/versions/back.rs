//! Going the steps back: the fields of a past version are those of the next one, undone.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, Token};

use super::{Change, Form, PastVersion, Source, Step, StepCode, VersionField, carried};
use crate::attr;
use crate::errors::Errors;
use crate::model::serde_attr;

/// The past versions, from the steps in order.
pub(super) fn go_back(
    current: &[VersionField],
    steps: Vec<Step>,
    errors: &mut Errors,
) -> Option<Vec<PastVersion>> {
    let mut past = Vec::new();
    // The fields of the version after the step at hand, while they are known.
    let mut known = Some(current.to_vec());
    for step in steps.into_iter().rev() {
        let Step {
            attribute,
            from,
            changes,
            with,
            shape,
            json,
        } = step;
        let (form, code) = match (with, shape, json, known) {
            (Some((_, function)), Some((_, shape)), ..) => {
                known = None;
                (Form::Shape(Box::new(shape)), StepCode::Function(function))
            }
            (_, _, Some((_, function)), _) => {
                known = None;
                (Form::Json, StepCode::Function(function))
            }
            (_, _, _, Some(next)) => {
                let (fields, code) = undo(&next, &changes, from, errors)?;
                known = Some(fields.clone());
                (Form::Fields(fields), StepCode::Fields(code))
            }
            _ => {
                errors.push(&attribute, below_unknown(from, past.last()));
                return None;
            }
        };
        past.push(PastVersion {
            form,
            step: code,
            attribute,
        });
    }
    past.reverse();
    Some(past)
}

/// What a step must be where the fields of the version that it leads to are not known.
fn below_unknown(from: u32, next: Option<&PastVersion>) -> String {
    const VALUE: &str = "`serde_json::Value`";
    let with = match next.map(|next| &next.form) {
        Some(Form::Shape(shape)) => format!("`{}`", shape.to_token_stream()),
        _ => VALUE.to_owned(),
    };
    let to = from + 1;
    let earlier = match from {
        1 => "",
        _ => "; and so must each step before it, to the shape of the one after it",
    };
    format!(
        "below the `with` or `json` step from version {to} the fields are not known; this step must be `with = \
         function, from = Shape` too, whose function returns version {to}, {with}, or `json = function`, whose \
         function returns it as {VALUE}{earlier}"
    )
}

type Undone = (Vec<VersionField>, Vec<(Ident, Source)>);

/// The fields before a step, and where each field after it comes from.
fn undo(
    next: &[VersionField],
    changes: &[Change],
    from: u32,
    errors: &mut Errors,
) -> Option<Undone> {
    let mut found = Errors::default();
    let mut of_field: Vec<Option<&Change>> = next.iter().map(|_| None).collect();
    for change in changes {
        let Some(name) = change.after() else { continue };
        let place = next.iter().position(|field| field.ident == *name);
        match place.and_then(|place| of_field.get_mut(place)) {
            Some(Some(_)) => found.push(
                name,
                format!("this step says twice where `{name}` comes from; keep one"),
            ),
            Some(slot) => *slot = Some(change),
            None => found.push(name, no_such_field(name, next, from + 1)),
        }
    }
    let mut before: Vec<VersionField> = Vec::new();
    let mut sources = Vec::new();
    let mut add = |field: VersionField, found: &mut Errors| {
        serde_attr::check_field(&field.attributes, &field.ty, found);
        if before.iter().any(|known| known.ident == field.ident) {
            let name = &field.ident;
            found.push(
                name,
                format!("version {from} would have two fields `{name}`: version {} has it too, and no step says that it is new there", from + 1),
            );
        }
        before.push(field);
    };
    for (field, change) in next.iter().zip(of_field) {
        let source = match change {
            None | Some(Change::Remove { .. }) => {
                add(field.clone(), &mut found);
                Source::Field(field.ident.clone())
            }
            Some(Change::Rename { old, .. }) => {
                let ident = old.ident.clone();
                let attributes = carried(&old.attributes);
                add(
                    VersionField {
                        ident,
                        attributes,
                        ..field.clone()
                    },
                    &mut found,
                );
                Source::Field(old.ident.clone())
            }
            Some(Change::RenameOnWire { old, .. }) => {
                let mut attributes = without_rename(&field.attributes);
                attributes.push(syn::parse_quote!(#[serde(rename = #old)]));
                add(
                    VersionField {
                        attributes,
                        ..field.clone()
                    },
                    &mut found,
                );
                Source::Field(field.ident.clone())
            }
            Some(Change::Retype {
                field: old,
                old: ty,
                value,
            }) => {
                add(
                    VersionField {
                        ident: old.ident.clone(),
                        ty: ty.clone(),
                        attributes: carried(&old.attributes),
                        docs: field.docs.clone(),
                    },
                    &mut found,
                );
                Source::expression(&field.ty, value)
            }
            Some(Change::Add { ty, value, .. }) => Source::expression(ty, value),
        };
        sources.push((field.ident.clone(), source));
    }
    for change in changes {
        if let Change::Remove { field, ty } = change {
            let ident = field.ident.clone();
            let docs = attr::docs(&field.attributes);
            let attributes = carried(&field.attributes);
            add(
                VersionField {
                    ident,
                    ty: ty.clone(),
                    attributes,
                    docs,
                },
                &mut found,
            );
        }
    }
    let fine = found.is_empty();
    errors.append(found);
    fine.then_some((before, sources))
}

impl Change {
    /// The field of the newer version it speaks of.
    fn after(&self) -> Option<&Ident> {
        match self {
            Self::Rename { new, .. } => Some(new),
            Self::RenameOnWire { field, .. } | Self::Add { field, .. } => Some(field),
            Self::Retype { field, .. } => Some(&field.ident),
            Self::Remove { .. } => None,
        }
    }
}

fn no_such_field(name: &Ident, fields: &[VersionField], version: u32) -> String {
    let names: Vec<String> = fields.iter().map(|f| f.ident.unraw().to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match attr::nearest(&name.to_string(), &names) {
        Some(nearest) => {
            format!("version {version} has no field `{name}`; did you mean `{nearest}`?")
        }
        None if names.is_empty() => {
            format!("version {version} has no field `{name}`: it has no fields")
        }
        None => format!(
            "version {version} has no field `{name}`; it has {}",
            attr::listed(&names)
        ),
    }
}

/// The attributes without serde's `rename`.
fn without_rename(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter_map(|attribute| {
            if !attribute.path().is_ident("serde") {
                return Some(attribute.clone());
            }
            let syn::Meta::List(list) = &attribute.meta else {
                return Some(attribute.clone());
            };
            let keys = list
                .parse_args_with(
                    syn::punctuated::Punctuated::<syn::Meta, Token![,]>::parse_terminated,
                )
                .ok()?;
            let kept: Vec<_> = keys
                .iter()
                .filter(|key| !key.path().is_ident("rename"))
                .collect();
            (!kept.is_empty()).then(|| syn::parse_quote!(#[serde(#(#kept),*)]))
        })
        .collect()
}
