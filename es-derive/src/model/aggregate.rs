//! `#[derive(Aggregate)]`: the keys of `#[aggregate(…)]`, and the fields of the state.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitInt, LitStr, Member, Path, Type};

use super::rules::{self, Rule};
use crate::attr::{self, Once, Written};
use crate::errors::Errors;
use crate::fingerprint::Fingerprint;
use crate::names;

const KEYS: &[&str] = &[
    "name",
    "id",
    "error",
    "commands",
    "events",
    "created_by",
    "ignores",
    "services",
    "snapshot",
    "crate",
];

/// The keys without which there is no aggregate: the key, its form and its meaning.
const REQUIRED: &[(&str, &str, &str)] = &[
    (
        "name",
        " = \"…\"",
        "the category of its streams; it stays when the struct is renamed",
    ),
    ("id", " = …", "the type that tells one from another"),
    ("error", " = …", "why its commands are refused"),
    ("commands", " = …", "an enum with `#[derive(Command)]`"),
    ("events", " = …", "an enum with `#[derive(Event)]`"),
    ("created_by", "(…)", "the events that bring it into being"),
];

/// An aggregate.
pub(crate) struct AggregateModel<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attributes: &'a [Attribute],
    pub(crate) name: String,
    pub(crate) id: Option<Type>,
    pub(crate) error: Option<Type>,
    pub(crate) commands: Option<Type>,
    pub(crate) events: Option<Type>,
    pub(crate) services: Option<Type>,
    pub(crate) created_by: Vec<Path>,
    pub(crate) ignores: Vec<Path>,
    pub(crate) snapshot: Option<SnapshotKeys>,
    /// The fields of a struct; an enum has none that rules could change.
    pub(crate) fields: Vec<StateField<'a>>,
    /// Whether it is a struct, whose creating events may have rules.
    pub(crate) is_struct: bool,
    /// Tells this shape and these rules from others.
    pub(crate) fingerprint: u64,
    pub(crate) crate_path: TokenStream,
}

/// `snapshot(every = …, version = …)`.
pub(crate) struct SnapshotKeys {
    pub(crate) every: u64,
    pub(crate) version: u64,
}

/// A field with its rules.
pub(crate) struct StateField<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) rules: Vec<Rule>,
}

/// Reads an item; `None` if nothing can be made of it.
pub(crate) fn parse<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Option<AggregateModel<'a>> {
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            "a generic aggregate cannot be registered; write one for each concrete type",
        );
        return None;
    }
    let mut keys = Keys::default();
    let mut written = None;
    for attribute in input
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("aggregate"))
    {
        let written = written.get_or_insert_default();
        attr::read_keys(attribute, KEYS, errors, written, |key, input, errors| {
            keys.read(key, input, errors)
        });
    }
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("apply")) {
        errors.push(attribute, "`#[apply(…)]` rules stand on fields");
    }
    keys.check(&input.ident, written, errors);
    let fields = match &input.data {
        Data::Struct(data) => fields(&data.fields, errors),
        Data::Enum(data) => {
            data.variants
                .iter()
                .flat_map(|variant| variant.fields.iter().flat_map(|f| &f.attrs).chain(&variant.attrs))
                .filter(|attribute| attribute.path().is_ident("apply"))
                .for_each(|attribute| {
                    errors.push(attribute, "the aggregate is an enum, whose variants have no rules; write `#[apply]` methods in the `#[handlers]` block");
                });
            Vec::new()
        }
        Data::Union(data) => {
            errors.push(data.union_token, "an aggregate is a struct or an enum");
            return None;
        }
    };
    drop_ruled(keys.ignores.get_mut(), &fields, errors);
    let fingerprint = fingerprint(input, &keys);
    Some(AggregateModel {
        ident: &input.ident,
        attributes: &input.attrs,
        name: keys
            .name
            .take()
            .map(|name| name.value())
            .unwrap_or_default(),
        id: keys.id.take(),
        error: keys.error.take(),
        commands: keys.commands.take(),
        events: keys.events.take(),
        services: keys.services.take(),
        created_by: keys.created_by.take().unwrap_or_default(),
        ignores: keys.ignores.take().unwrap_or_default(),
        snapshot: keys.snapshot.take(),
        fields,
        is_struct: matches!(input.data, Data::Struct(_)),
        fingerprint,
        crate_path: attr::crate_path(keys.crate_path),
    })
}

#[derive(Default)]
struct Keys {
    name: Once<LitStr>,
    id: Once<Type>,
    error: Once<Type>,
    commands: Once<Type>,
    events: Once<Type>,
    services: Once<Type>,
    created_by: Once<Vec<Path>>,
    ignores: Once<Vec<Path>>,
    snapshot: Once<SnapshotKeys>,
    crate_path: Once<Path>,
}

impl Keys {
    fn read(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        match key.to_string().as_str() {
            "name" => self.name.set(key, attr::value(input)?, errors),
            "id" => self.id.set(key, attr::value(input)?, errors),
            "error" => self.error.set(key, attr::value(input)?, errors),
            "commands" => self.commands.set(key, attr::value(input)?, errors),
            "events" => self.events.set(key, attr::value(input)?, errors),
            "services" => self.services.set(key, attr::value(input)?, errors),
            "created_by" => self.created_by.set(key, attr::list(input)?, errors),
            "ignores" => self.ignores.set(key, attr::list(input)?, errors),
            "snapshot" => self
                .snapshot
                .set(key, snapshot(key, input, errors)?, errors),
            _ => self.crate_path.set(key, attr::value(input)?, errors),
        }
        Ok(())
    }

    /// What is missing, and what makes no sense together.
    fn check(&mut self, ident: &Ident, written: Option<Written>, errors: &mut Errors) {
        let Some(written) = written else {
            errors.push(
                ident,
                format!("`{ident}` needs `#[aggregate(name = \"…\", id = …, error = …, commands = …, events = …, created_by(…))]`"),
            );
            return;
        };
        for (key, form, what) in REQUIRED.iter().filter(|(key, ..)| !written.has(key)) {
            errors.push(
                ident,
                format!("`{ident}` needs `#[aggregate({key}{form})]`: {what}"),
            );
        }
        if let Some(name) = self.name.get() {
            names::check_wire_name(name, errors);
        }
        if let (Some(events), Some(key)) = (self.created_by.get(), self.created_by.key())
            && events.is_empty()
        {
            errors.push(key, "`created_by` names at least one event");
        }
        if let (Some(services), Some(id)) = (self.services.get(), self.id.get())
            && services.to_token_stream().to_string() == id.to_token_stream().to_string()
        {
            let message = "handlers find their arguments by type, and this is the id's; give the services a type of their own";
            errors.push(services, message);
            self.services = Once::default();
        }
        for (key, events) in [
            ("created_by", self.created_by.get_mut()),
            ("ignores", self.ignores.get_mut()),
        ] {
            if let Some(events) = events {
                keep_once(key, events, errors);
            }
        }
    }
}

fn keep_once(key: &str, events: &mut Vec<Path>, errors: &mut Errors) {
    let mut kept: Vec<Path> = Vec::new();
    for event in events.drain(..) {
        if kept.iter().any(|before| same(before, &event)) {
            errors.push(
                &event,
                format!("`{}` is named twice in `{key}`", event.to_token_stream()),
            );
        } else {
            kept.push(event);
        }
    }
    *events = kept;
}

/// Whether two paths are written the same.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

fn snapshot(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<SnapshotKeys> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(
            key.span(),
            "expected `snapshot(every = …)`",
        ));
    }
    let content;
    syn::parenthesized!(content in input);
    let mut every: Once<LitInt> = Once::default();
    let mut version: Once<LitInt> = Once::default();
    let mut written = Written::default();
    let read = |key: &Ident, input: ParseStream<'_>, errors: &mut Errors| {
        let number = if key == "every" {
            &mut every
        } else {
            &mut version
        };
        number.set(key, attr::value(input)?, errors);
        Ok(())
    };
    let known = &["every", "version"];
    attr::read_list(&content, "snapshot(…)", known, errors, &mut written, read)?;
    let mut number = |number: Option<&LitInt>, otherwise: u64| match number {
        Some(literal) => literal.base10_parse().unwrap_or_else(|error| {
            errors.add(error);
            otherwise
        }),
        None => otherwise,
    };
    let version = number(version.get(), 0);
    let count = number(every.get(), 1);
    match every.get() {
        None if !written.has("every") => errors.push(
            key,
            "`snapshot` needs `every = …`: how many events lie between two snapshots",
        ),
        Some(every) if count == 0 => {
            errors.push(
                every,
                "a snapshot is taken after every event at most: `every = 1`",
            );
        }
        _ => {}
    }
    Ok(SnapshotKeys {
        every: count.max(1),
        version,
    })
}

fn fields<'a>(fields: &'a Fields, errors: &mut Errors) -> Vec<StateField<'a>> {
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| StateField {
            member: match &field.ident {
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(index.into()),
            },
            ty: &field.ty,
            rules: rules::of_field(field, errors),
        })
        .collect()
}

/// An event that changes nothing has no rule.
fn drop_ruled(ignores: Option<&mut Vec<Path>>, fields: &[StateField<'_>], errors: &mut Errors) {
    let Some(ignores) = ignores else { return };
    ignores.retain(|ignored| {
        let mut rules = fields.iter().flat_map(|field| &field.rules);
        let is_ruled = rules.any(|rule| same(&rule.event, ignored));
        if is_ruled {
            let event = ignored.to_token_stream();
            errors.push(
                ignored,
                format!("`{event}` is ignored, but a field has a rule for it; keep one of the two"),
            );
        }
        !is_ruled
    });
}

/// Over the tokens of the fields, the rules, and the keys that say what events do. Docs and other
/// macros' attributes, serde's excepted, do not count.
fn fingerprint(input: &DeriveInput, keys: &Keys) -> u64 {
    let mut hash = Fingerprint::default();
    let counts = |attribute: &&Attribute| {
        ["apply", "serde"]
            .iter()
            .any(|name| attribute.path().is_ident(name))
    };
    input
        .attrs
        .iter()
        .filter(counts)
        .for_each(|attribute| hash.add(attribute));
    for events in [keys.created_by.get(), keys.ignores.get()] {
        events
            .into_iter()
            .flatten()
            .for_each(|event| hash.add(event));
        hash.add(&TokenStream::new());
    }
    if let Some(snapshot) = keys.snapshot.get() {
        hash.add(&snapshot.version);
    }
    let mut add_fields = |fields: &Fields| {
        for field in fields {
            field
                .attrs
                .iter()
                .filter(counts)
                .for_each(|attribute| hash.add(attribute));
            hash.add(&field.ident);
            hash.add(&field.ty);
        }
    };
    match &input.data {
        Data::Struct(data) => add_fields(&data.fields),
        Data::Enum(data) => {
            for variant in &data.variants {
                add_fields(&variant.fields);
            }
            for variant in &data.variants {
                variant
                    .attrs
                    .iter()
                    .filter(counts)
                    .for_each(|attribute| hash.add(attribute));
                hash.add(&variant.ident);
            }
        }
        Data::Union(_) => {}
    }
    hash.finish()
}
