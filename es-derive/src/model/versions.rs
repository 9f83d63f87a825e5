//! `#[upcast(N => N+1, …)]`: the steps of an event, and the fields of its past versions, which are
//! derived from the current ones by going the steps back.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Field, Ident, LitInt, LitStr, Path, Token, Type};

use super::serde_attr::FieldSerde;
use crate::attr;
use crate::errors::Errors;

mod back;

const STEPS: &[&str] = &["rename", "add", "remove", "retype", "with", "from", "json"];

/// The past versions of an event: the first is version 1. Empty if there are none, or if a mistake
/// was reported.
#[derive(Default)]
pub(crate) struct Versions {
    pub(crate) current: Vec<VersionField>,
    pub(crate) past: Vec<PastVersion>,
}

/// A past version, and the step to the next.
pub(crate) struct PastVersion {
    pub(crate) form: Form,
    pub(crate) step: StepCode,
    /// The attribute of the step.
    pub(crate) attribute: Attribute,
}

/// What a payload of a version is.
pub(crate) enum Form {
    Fields(Vec<VersionField>),
    Shape(Box<Type>),
    Json,
}

/// A field of a version.
#[derive(Clone)]
pub(crate) struct VersionField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// serde's and schemars' attributes.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) docs: String,
}

impl VersionField {
    fn of(field: &Field) -> Option<Self> {
        Some(Self {
            ident: field.ident.clone()?,
            ty: field.ty.clone(),
            attributes: carried(&field.attrs),
            docs: attr::docs(&field.attrs),
        })
    }

    /// Whether schemars' attributes stand on it.
    pub(crate) fn has_schemars(&self) -> bool {
        self.attributes
            .iter()
            .any(|a| a.path().is_ident("schemars"))
    }

    /// What serde's attributes say of it.
    pub(crate) fn serde(&self) -> FieldSerde {
        FieldSerde::read(&self.attributes)
    }
}

fn carried(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_carried = |a: &&Attribute| a.path().is_ident("serde") || a.path().is_ident("schemars");
    attributes.iter().filter(is_carried).cloned().collect()
}

/// How a step makes the next version.
pub(crate) enum StepCode {
    /// Each field of the next version, in its order.
    Fields(Vec<(Ident, Source)>),
    /// `with`, `json`: a function from this version's form to the next's.
    Function(Path),
}

/// Where a field of the next version comes from.
pub(crate) enum Source {
    /// A field of this version.
    Field(Ident),
    /// An expression over this version's fields, of this type.
    Expression(Box<(Type, Expr)>),
}

impl Source {
    fn expression(ty: &Type, value: &Expr) -> Self {
        Self::Expression(Box::new((ty.clone(), value.clone())))
    }
}

/// A step as it is written.
struct Step {
    attribute: Attribute,
    from: u32,
    changes: Vec<Change>,
    with: Option<(Ident, Path)>,
    shape: Option<(Ident, Type)>,
    json: Option<(Ident, Path)>,
}

enum Change {
    Rename {
        old: Named,
        new: Ident,
    },
    RenameOnWire {
        old: LitStr,
        field: Ident,
    },
    Add {
        field: Ident,
        ty: Type,
        value: Expr,
    },
    Remove {
        field: Named,
        ty: Type,
    },
    Retype {
        field: Named,
        old: Type,
        value: Expr,
    },
}

/// A field of the older version, with the attributes it had.
struct Named {
    attributes: Vec<Attribute>,
    ident: Ident,
}

/// Reads the steps of an event. `version` is what its attribute says.
pub(crate) fn parse<'a>(
    fields: impl IntoIterator<Item = &'a Field>,
    attributes: &[Attribute],
    version: Option<&LitInt>,
    ident: &Ident,
    errors: &mut Errors,
) -> Versions {
    let mut versions = Versions {
        current: fields.into_iter().filter_map(VersionField::of).collect(),
        past: Vec::new(),
    };
    let last = match version.map(|version| (version, version.base10_parse::<u32>())) {
        None => 1,
        Some((_, Ok(version))) if version > 0 => version,
        Some((token, Ok(_))) => {
            errors.push(token, "versions begin at 1");
            return versions;
        }
        Some((token, Err(_))) => {
            errors.push(token, "expected a version: a whole number from 1");
            return versions;
        }
    };
    let mut steps: Vec<Step> = Vec::new();
    let mut fine = true;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("upcast")) {
        match step(attribute, last, errors) {
            Some(step) => match steps.iter().find(|known| known.from == step.from) {
                Some(_) => {
                    fine = false;
                    let (from, to) = (step.from, step.from + 1);
                    errors.push(
                        attribute,
                        format!("two steps lead from version {from} to {to}; keep one"),
                    );
                }
                None => steps.push(step),
            },
            None => fine = false,
        }
    }
    if !fine {
        return versions;
    }
    let missing = (1..last)
        .rev()
        .find(|from| steps.iter().all(|step| step.from != *from));
    if let Some(from) = missing {
        let to = from + 1;
        let message = format!(
            "no step leads from version {from} to {to}: add `#[upcast({from} => {to}, …)]`, with `rename`, `add`, `remove`, `retype`, `with` or `json`"
        );
        match version {
            Some(token) => errors.push(token, message),
            None => errors.push(ident, message),
        }
        return versions;
    }
    steps.sort_by_key(|step| step.from);
    versions.past = back::go_back(&versions.current, steps, errors).unwrap_or_default();
    versions
}

/// One attribute; `None` if a mistake was reported.
fn step(attribute: &Attribute, last: u32, errors: &mut Errors) -> Option<Step> {
    let mut changes = Vec::new();
    let mut with = attr::Once::default();
    let mut shape = attr::Once::default();
    let mut json = attr::Once::default();
    let mut from = None;
    let mut found = Errors::default();
    let outcome = attribute.parse_args_with(|input: ParseStream<'_>| {
        from = Some(versions_of_step(input, last, &mut found)?);
        input.parse::<Option<Token![,]>>()?;
        let mut written = attr::Written::default();
        let place = "#[upcast(…)]";
        attr::read_list(
            input,
            place,
            STEPS,
            &mut found,
            &mut written,
            |key, input, errors| {
                match key.to_string().as_str() {
                    "with" => with.set(key, attr::value(input)?, errors),
                    "from" => shape.set(key, attr::value(input)?, errors),
                    "json" => json.set(key, attr::value(input)?, errors),
                    name => {
                        let content;
                        syn::parenthesized!(content in input);
                        match change(name, &content) {
                            Ok(change) => changes.push(change),
                            Err(error) => {
                                // What is left of the step is not looked at.
                                content.parse::<TokenStream>()?;
                                let message = format!("{error}; {}", form_of(name));
                                return Err(syn::Error::new(error.span(), message));
                            }
                        }
                        if !content.is_empty() {
                            let error = content.error(format!("too much; {}", form_of(name)));
                            content.parse::<TokenStream>()?;
                            return Err(error);
                        }
                    }
                }
                Ok(())
            },
        )
    });
    if let Err(error) = outcome {
        found.add(error);
    }
    let step = Step {
        attribute: attribute.clone(),
        from: from.flatten().unwrap_or_default(),
        changes,
        with: with.into_parts(),
        shape: shape.into_parts(),
        json: json.into_parts(),
    };
    if found.is_empty() {
        check_functions(&step, &mut found);
    }
    let fine = found.is_empty();
    errors.append(found);
    fine.then_some(step)
}

fn form_of(step: &str) -> &'static str {
    match step {
        "rename" => {
            "a renamed field is written `rename(old => new)`, or `rename(\"old-wire\" => field)`"
        }
        "add" => "a new field is written `add(field: Type = expression)`",
        "remove" => "a field that is gone is written `remove(field: Type)`",
        _ => "a field of another type is written `retype(field: OldType => expression)`",
    }
}

/// `N => N+1`; `None` if a mistake was reported.
fn versions_of_step(
    input: ParseStream<'_>,
    last: u32,
    errors: &mut Errors,
) -> syn::Result<Option<u32>> {
    let expected = |error: syn::Error| {
        syn::Error::new(
            error.span(),
            "expected the versions of the step: `#[upcast(1 => 2, …)]`",
        )
    };
    let from_token: LitInt = input.parse().map_err(expected)?;
    input.parse::<Token![=>]>().map_err(expected)?;
    let to_token: LitInt = input.parse().map_err(expected)?;
    let (Ok(from), Ok(to)) = (
        from_token.base10_parse::<u32>(),
        to_token.base10_parse::<u32>(),
    ) else {
        errors.push(&from_token, "expected versions: whole numbers from 1");
        return Ok(None);
    };
    if from == 0 {
        errors.push(&from_token, "versions begin at 1");
    } else if from.checked_add(1) != Some(to) {
        errors.push(
            &to_token,
            format!(
                "a step leads from one version to the next: `{from} => {}`",
                u64::from(from) + 1
            ),
        );
    } else if to > last {
        errors.push(
            &to_token,
            format!(
                "the event is at version {last}; for a step to {to} set `#[event(version = {to})]`"
            ),
        );
    } else {
        return Ok(Some(from));
    }
    Ok(None)
}

fn change(name: &str, input: ParseStream<'_>) -> syn::Result<Change> {
    if name == "rename" && input.peek(LitStr) {
        let old = input.parse()?;
        input.parse::<Token![=>]>()?;
        let field = Ident::parse_any(input)?;
        return Ok(Change::RenameOnWire { old, field });
    }
    let attributes = if name == "add" {
        Vec::new()
    } else {
        input.call(Attribute::parse_outer)?
    };
    if let Some(odd) = attributes.iter().find(|a| {
        !["serde", "schemars", "doc"]
            .iter()
            .any(|known| a.path().is_ident(known))
    }) {
        return Err(syn::Error::new_spanned(
            odd,
            "only serde's and schemars' attributes can stand on a field of an old version",
        ));
    }
    let ident = Ident::parse_any(input)?;
    if name == "rename" {
        input.parse::<Token![=>]>()?;
        let new = Ident::parse_any(input)?;
        return Ok(Change::Rename {
            old: Named { attributes, ident },
            new,
        });
    }
    input.parse::<Token![:]>()?;
    let ty: Type = input.parse()?;
    match name {
        "add" => {
            input.parse::<Token![=]>()?;
            Ok(Change::Add {
                field: ident,
                ty,
                value: input.parse()?,
            })
        }
        "remove" => Ok(Change::Remove {
            field: Named { attributes, ident },
            ty,
        }),
        _ => {
            input.parse::<Token![=>]>()?;
            Ok(Change::Retype {
                field: Named { attributes, ident },
                old: ty,
                value: input.parse()?,
            })
        }
    }
}

/// `with` and `json` stand alone, and `with` has its `from`.
fn check_functions(step: &Step, errors: &mut Errors) {
    match (&step.with, &step.shape, &step.json) {
        (Some((with, _)), None, _) => errors.push(
            with,
            "`with` needs the shape of the older version beside it: `from = OldShape`, a struct that derives `Deserialize` and `JsonSchema`",
        ),
        (None, Some((from, _)), _) => {
            errors.push(from, "`from` belongs to `with`: `with = function, from = OldShape`");
        }
        (Some(_), Some(_), Some((json, _))) => {
            errors.push(json, "`json` and `with` both make the whole version; keep one");
        }
        (Some((key, _)), _, _) | (_, _, Some((key, _))) if !step.changes.is_empty() => errors.push(
            key,
            format!("`{key}` makes the whole version, so no other step can stand beside it"),
        ),
        _ => {}
    }
}

/// A type as a reader would write it.
pub(crate) fn written(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    let mut tight = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after_open = tight.ends_with(['<', '(', '[', ':', '&', '\'']) || tight.is_empty();
        let before_close = matches!(
            letters.peek(),
            Some('<' | '>' | ',' | ')' | ']' | ':' | ';') | None
        );
        if letter == ' ' && (after_open || before_close) {
            continue;
        }
        tight.push(letter);
    }
    tight
}
