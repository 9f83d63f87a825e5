//! `#[derive(Event)]` and `#[derive(Command)]`: an enum whose variants are structs, or a struct.
//!
//! Both macros read the same shape; what differs is in [`Kind`].

use proc_macro2::TokenStream;
use syn::{
    Attribute, Data, DeriveInput, Fields, FieldsNamed, FieldsUnnamed, Ident, LitStr, Path, Type,
    Variant, Visibility,
};

use super::versions::{self, Versions};
use super::wire::{self, Wire};
use super::{event, serde_attr};
use crate::attr::{self, Once, Written};
use crate::errors::Errors;
use crate::fingerprint::Fingerprint;
use crate::names;

mod member;

/// Which of the two macros it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event,
    Command,
}

impl Kind {
    /// The attribute's name.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Command => "command",
        }
    }

    /// The derive's name.
    pub(crate) fn derive(self) -> &'static str {
        match self {
            Self::Event => "Event",
            Self::Command => "Command",
        }
    }

    fn enum_keys(self) -> &'static [&'static str] {
        match self {
            Self::Event => &["prefix", "derive", "retired", "crate"],
            Self::Command => &["derive", "crate"],
        }
    }

    fn member_keys(self) -> &'static [&'static str] {
        match self {
            Self::Event => &["name", "version", "alias", "retired"],
            Self::Command => &["name"],
        }
    }

    fn struct_keys(self) -> &'static [&'static str] {
        match self {
            Self::Event => &["name", "version", "alias", "retired", "crate"],
            Self::Command => &["name", "crate"],
        }
    }
}

/// An enum of events or commands.
pub(crate) struct Catalogue<'a> {
    pub(crate) kind: Kind,
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) members: Vec<Member<'a>>,
    /// Events that are no longer written.
    pub(crate) retired: Vec<Path>,
    /// Extra derives for the structs.
    pub(crate) derives: Vec<Path>,
    /// serde attributes that hold for each struct.
    pub(crate) serde: Vec<&'a Attribute>,
    pub(crate) crate_path: TokenStream,
}

/// A variant.
pub(crate) struct Member<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) shape: Shape<'a>,
    /// Name and version, for those the macro writes a struct for.
    pub(crate) wire: Wire,
    pub(crate) versions: Versions,
    /// Fingerprint of the fields and steps.
    pub(crate) shape_fingerprint: u64,
    pub(crate) attributes: &'a [Attribute],
    /// serde attributes of the struct.
    pub(crate) serde: Vec<&'a Attribute>,
}

/// What a variant holds.
pub(crate) enum Shape<'a> {
    /// `Closed`.
    Unit,
    /// `Opened { owner: String }`.
    Named(&'a FieldsNamed),
    /// `Frozen(Frozen)`: a struct with a derive of its own.
    Foreign(&'a Type),
    /// `Opened(String, u64)`: reported, and written all the same, so that nothing else is missed.
    Tuple(&'a FieldsUnnamed),
}

/// A struct with the derive.
pub(crate) struct Single<'a> {
    pub(crate) kind: Kind,
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) attributes: &'a [Attribute],
    pub(crate) fieldless: Option<Fieldless>,
    pub(crate) wire: Wire,
    pub(crate) versions: Versions,
    /// Fingerprint of the fields and steps.
    pub(crate) shape_fingerprint: u64,
    pub(crate) crate_path: TokenStream,
}

/// How a value of a struct without fields is written.
#[derive(Clone, Copy)]
pub(crate) enum Fieldless {
    /// `Closed`.
    Unit,
    /// `Closed {}`.
    Braces,
}

/// The item, as far as it could be understood.
pub(crate) enum Model<'a> {
    Catalogue(Catalogue<'a>),
    Single(Single<'a>),
}

/// Reads an item; `None` if nothing can be made of it.
pub(crate) fn parse<'a>(
    kind: Kind,
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> Option<Model<'a>> {
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            format!(
                "a generic {} cannot be registered; write one for each concrete type",
                kind.attribute()
            ),
        );
        return None;
    }
    let model = match &input.data {
        Data::Enum(data) => {
            let variants: Vec<_> = data.variants.iter().collect();
            Model::Catalogue(catalogue(kind, input, &variants, errors))
        }
        Data::Struct(data) => Model::Single(single(kind, input, &data.fields, errors)),
        Data::Union(data) => {
            errors.push(
                data.union_token,
                format!("`{}` is for enums and structs", kind.derive()),
            );
            return None;
        }
    };
    event::check(&model, errors);
    Some(model)
}

/// The macro's own attributes.
pub(super) fn own(attributes: &[Attribute], kind: Kind) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path().is_ident(kind.attribute()))
}

fn catalogue<'a>(
    kind: Kind,
    input: &'a DeriveInput,
    variants: &[&'a Variant],
    errors: &mut Errors,
) -> Catalogue<'a> {
    let mut prefix: Once<LitStr> = Once::default();
    let mut derives: Once<Vec<Path>> = Once::default();
    let mut crate_path = Once::default();
    let mut retired: Once<Vec<Path>> = Once::default();
    let mut written = Written::default();
    for attribute in own(&input.attrs, kind) {
        attr::read_keys(
            attribute,
            kind.enum_keys(),
            errors,
            &mut written,
            |key, input, errors| {
                match key.to_string().as_str() {
                    "prefix" => prefix.set(key, attr::value(input)?, errors),
                    "derive" => derives.set(key, attr::list(input)?, errors),
                    "retired" => retired.set(key, attr::list(input)?, errors),
                    _ => crate_path.set(key, attr::value(input)?, errors),
                }
                Ok(())
            },
        );
    }
    if let Some(prefix) = prefix.get() {
        names::check_wire_name(prefix, errors);
    }
    if let Some(attribute) = input.attrs.iter().find(|a| a.path().is_ident("upcast")) {
        errors.push(
            attribute,
            "`#[upcast(…)]` is a step of one event; put it on the variant",
        );
    }
    let serde = serde_attr::of_catalogue(&input.attrs, errors);
    if variants.is_empty() {
        errors.push(
            &input.ident,
            format!("`{}` lists no {}", input.ident, kind.attribute()),
        );
    }
    let prefix_value = prefix.get().map(LitStr::value);
    let mut members: Vec<_> = variants
        .iter()
        .map(|variant| member::parse(kind, variant, prefix_value.as_deref(), errors))
        .collect();
    if variants
        .iter()
        .any(|variant| !member::is_free(variant, &input.ident, errors))
    {
        members.clear();
    }
    let unnamed = members.iter().find(|member| {
        kind == Kind::Event
            && member.wire.name.is_none()
            && !member.wire.is_wrong
            && !matches!(member.shape, Shape::Foreign(_))
    });
    if !written.has("prefix")
        && let Some(unnamed) = unnamed
    {
        errors.push(
            unnamed.ident,
            format!(
                "`{}` has no name on the wire: add `#[event(prefix = \"…\")]` to the enum, or `#[event(name = \"…\")]` here",
                unnamed.ident
            ),
        );
    }
    report_same_names(kind, &members, errors);
    Catalogue {
        kind,
        ident: &input.ident,
        visibility: &input.vis,
        members,
        retired: retired.take().unwrap_or_default(),
        derives: derives.take().unwrap_or_default(),
        serde,
        crate_path: attr::crate_path(crate_path),
    }
}

fn single<'a>(
    kind: Kind,
    input: &'a DeriveInput,
    fields: &'a Fields,
    errors: &mut Errors,
) -> Single<'a> {
    let (mut wire, crate_path) = wire::parse(kind, &input.attrs, kind.struct_keys(), errors);
    let fieldless = match fields {
        Fields::Unit => Some(Fieldless::Unit),
        Fields::Named(fields) => {
            if kind == Kind::Event {
                fields
                    .named
                    .iter()
                    .for_each(|f| serde_attr::check_field(&f.attrs, &f.ty, errors));
            }
            fields.named.is_empty().then_some(Fieldless::Braces)
        }
        Fields::Unnamed(fields) => {
            errors.push(
                fields,
                format!(
                    "{}s have named fields or none: write `struct {} {{ … }}`",
                    kind.attribute(),
                    input.ident
                ),
            );
            None
        }
    };
    if kind == Kind::Event {
        serde_attr::check_container(&input.attrs, errors);
        if wire.name.is_none() {
            names::check_wire_ident(&input.ident, kind.attribute(), errors);
            wire.name = Some(names::snake_case(&input.ident));
        }
    }
    let versions = versions_of(kind, &wire, fields, &input.attrs, &input.ident, errors);
    Single {
        kind,
        ident: &input.ident,
        visibility: &input.vis,
        attributes: &input.attrs,
        fieldless,
        wire,
        versions,
        shape_fingerprint: Fingerprint::of_stored(&input.attrs, fields),
        crate_path: attr::crate_path(crate_path),
    }
}

/// The versions of an event; commands have none.
fn versions_of(
    kind: Kind,
    wire: &Wire,
    fields: &Fields,
    attributes: &[Attribute],
    ident: &Ident,
    errors: &mut Errors,
) -> Versions {
    let named = match fields {
        Fields::Named(fields) => Some(&fields.named),
        _ => None,
    };
    let is_foreign = matches!(fields, Fields::Unnamed(_));
    if kind == Kind::Command || is_foreign {
        return Versions::default();
    }
    versions::parse(
        named.into_iter().flatten(),
        attributes,
        wire.version.as_ref(),
        ident,
        errors,
    )
}

/// Two wire names alike within one catalogue.
fn report_same_names(kind: Kind, members: &[Member<'_>], errors: &mut Errors) {
    let key = kind.attribute();
    let mut known: Vec<(String, &Ident)> = Vec::new();
    for member in members {
        let mut own: Vec<String> = Vec::new();
        if let Some(name) = wire_name(kind, member) {
            if let Some((_, before)) = known.iter().find(|(known, _)| *known == name) {
                errors.push(
                    member.ident,
                    format!("`{before}` and `{}` are both named `{name}` on the wire; give one `#[{key}(name = \"…\")]`", member.ident),
                );
            }
            own.push(name);
        }
        for alias in &member.wire.aliases {
            let name = alias.value();
            if own.contains(&name) {
                errors.push(
                    alias,
                    format!("`{name}` is its name already; leave the alias out"),
                );
            } else if let Some((_, before)) = known.iter().find(|(known, _)| *known == name) {
                errors.push(
                    alias,
                    format!(
                        "`{before}` answers to `{name}` already; a name on the wire is one event's"
                    ),
                );
            }
            own.push(name);
        }
        known.extend(own.into_iter().map(|name| (name, member.ident)));
    }
}

fn wire_name(kind: Kind, member: &Member<'_>) -> Option<String> {
    match (&member.wire.name, &member.shape, kind) {
        (Some(name), _, _) => Some(name.clone()),
        (None, Shape::Unit | Shape::Named(_) | Shape::Tuple(_), Kind::Command) => {
            Some(names::snake_case(member.ident))
        }
        _ => None,
    }
}
