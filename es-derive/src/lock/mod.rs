//! The lock: a version whose schema is committed is frozen. Its own fields, and those of every
//! version that the steps derive, are compared with what was published; the newest first, so that
//! one mistake is one error.
//!
//! The compiler is told which files were read, so that editing or deleting one checks again.

mod json;
mod published;

use std::path::Path;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::attr;
use crate::model::event::EventFacts;
use crate::model::versions::{Form, VersionField, written};
use crate::names;
use published::{Published, PublishedField};

/// Turns the lock off: `off`.
const SWITCH: &str = "ES_SCHEMA_LOCK";

/// What the lock has to say of an event: errors, and the files it looked at.
pub(crate) fn check(facts: &EventFacts<'_>) -> TokenStream {
    let Some(event) = facts.wire.name.as_deref() else {
        return TokenStream::new();
    };
    let Some(folder) = published::folder() else {
        return TokenStream::new();
    };
    let last = facts.last();
    let exists = |version: &u32| folder.join(published::file_name(event, *version)).is_file();
    let files: Vec<_> = (1..=last.saturating_add(1)).filter(exists).collect();
    if files.is_empty() {
        return TokenStream::new();
    }
    let tracked = files.iter().map(|version| {
        let file = format!("/schemas/{}", published::file_name(event, *version));
        quote! {
            const _: &[u8] = ::core::include_bytes!(::core::concat!(
                ::core::env!("CARGO_MANIFEST_DIR"),
                #file
            ));
        }
    });
    let found = if published::is_off() {
        TokenStream::new()
    } else {
        compare(facts, event, &folder)
    };
    quote! {
        const _: ::core::option::Option<&str> = ::core::option_env!(#SWITCH);
        #(#tracked)*
        #found
    }
}

/// An error that an editor, which keeps what a macro said for good, does not see.
fn error(at: Span, message: &str) -> TokenStream {
    let error = quote_spanned!(at=> ::core::compile_error! { #message });
    not_in_an_editor(&error)
}

fn not_in_an_editor(code: &TokenStream) -> TokenStream {
    quote! {
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(not(rust_analyzer))]
            const _: () = { #code };
        };
    }
}

fn compare(facts: &EventFacts<'_>, event: &str, folder: &Path) -> TokenStream {
    let last = facts.last();
    let read = |version| Published::read(folder, event, version);
    match read(last.saturating_add(1)) {
        Ok(None) => {}
        Ok(Some(_)) => {
            let newer = last.saturating_add(1);
            let at = match &facts.wire.version {
                Some(version) => version.span(),
                None => facts.ident.span(),
            };
            let message = format!(
                "{event} v{newer} is published, so the version cannot go back to {last}: set `version = {newer}` and restore its step `#[upcast({last} => {newer}, …)]`"
            );
            return error(at, &message);
        }
        Err(message) => return error(facts.ident.span(), &message),
    }
    for version in (1..=last).rev() {
        let published = match read(version) {
            Ok(Some(published)) => published,
            Ok(None) => continue,
            Err(message) => return error(facts.ident.span(), &message),
        };
        let past = facts.versions.past.get(version as usize - 1);
        let ours = match past.map(|past| &past.form) {
            None => &facts.versions.current,
            Some(Form::Fields(fields)) => fields,
            // The doors compare their schemas.
            Some(Form::Shape(_) | Form::Json) => continue,
        };
        let Some(theirs) = &published.fields else {
            continue;
        };
        let comparison = Comparison {
            event,
            version,
            file: &published.file,
            step: past.map(|past| past.attribute.path().span()),
            step_is_published: folder
                .join(published::file_name(event, version.saturating_add(1)))
                .is_file(),
            whole: facts.ident,
        };
        let found = comparison.compare(facts, ours, theirs);
        if !found.is_empty() {
            return found;
        }
    }
    TokenStream::new()
}

/// One version against its published form.
struct Comparison<'a> {
    event: &'a str,
    version: u32,
    file: &'a str,
    /// The step from a past version.
    step: Option<Span>,
    /// Whether the version it leads to is published too: then the step is not a new one.
    step_is_published: bool,
    /// The event.
    whole: &'a Ident,
}

/// A difference: where it is, what it is, and the step that makes a new version of it.
struct Difference {
    /// `None` for what is not there.
    at: Option<Span>,
    what: String,
    step: String,
    /// Types that only the compiler can tell apart.
    types: Option<(Type, Type)>,
}

impl Comparison<'_> {
    fn compare(
        &self,
        facts: &EventFacts<'_>,
        ours: &[VersionField],
        theirs: &[PublishedField],
    ) -> TokenStream {
        let mut differences = Vec::new();
        let mut added: Vec<&VersionField> = Vec::new();
        let mut gone: Vec<PublishedField> = theirs.to_vec();
        for field in ours {
            let serde = field.serde();
            if serde.skip {
                continue;
            }
            let wire = facts.container.wire_name(&field.ident, &serde);
            let place = gone.iter().position(|known| {
                known.flatten == serde.flatten
                    && if serde.flatten {
                        is_same_spelling(&known.ty, &field.ty)
                    } else {
                        known.name == wire
                    }
            });
            let Some(place) = place else {
                added.push(field);
                continue;
            };
            let known = gone.swap_remove(place);
            differences.extend(self.of_type(field, &known));
            if known.default != serde.default.is_some() {
                differences.push(self.of_presence(field, &known));
            }
        }
        gone.sort_by(|a, b| a.name.cmp(&b.name));
        for field in added {
            let same_type = gone
                .iter()
                .position(|known| !known.flatten && is_same_spelling(&known.ty, &field.ty));
            differences.push(match same_type {
                Some(place) => self.renamed(facts, field, &gone.remove(place)),
                None => self.added(facts, field),
            });
        }
        differences.extend(gone.iter().map(|known| self.gone(known)));
        // What only the compiler can tell apart may be no difference at all.
        let certain = differences.iter().filter(|it| it.types.is_none());
        let certain: Vec<_> = certain.map(|it| it.step.as_str()).collect();
        let errors = differences.iter().map(|difference| {
            let Difference {
                at,
                what,
                step,
                types,
            } = difference;
            match types {
                None => {
                    let fix = self.fix(&certain.join(", "));
                    let at = match (self.step, at) {
                        (Some(step), _) if self.step_is_published => step,
                        (_, Some(at)) => *at,
                        (step, None) => step.unwrap_or_else(|| self.whole.span()),
                    };
                    error(at, &format!("{what}; {fix}"))
                }
                Some((now, then)) => {
                    let steps = certain.iter().copied().chain([step.as_str()]);
                    let fix = self.fix(&steps.collect::<Vec<_>>().join(", "));
                    must_be_same(now, then, what, &fix)
                }
            }
        });
        quote!(#(#errors)*)
    }

    /// Whether the mistake is in a step that was just written.
    fn is_new_step(&self) -> bool {
        self.step.is_some() && !self.step_is_published
    }

    fn name(&self) -> String {
        format!("the published {} v{}", self.event, self.version)
    }

    fn fix(&self, steps: &str) -> String {
        let next = self.version.saturating_add(1);
        match self.step {
            None => format!(
                "published versions are frozen: set version = {next} and add #[upcast({} => {next}, {steps})]",
                self.version
            ),
            Some(_) if self.step_is_published => format!(
                "the step of a published version is frozen: restore it as it was for `{}`",
                self.file
            ),
            Some(_) => format!(
                "the step {} => {next} has to lead from the fields that were published: {steps}",
                self.version
            ),
        }
    }

    fn added(&self, facts: &EventFacts<'_>, field: &VersionField) -> Difference {
        let name = field.ident.unraw();
        let wire = facts.container.wire_name(&field.ident, &field.serde());
        Difference {
            at: Some(field.ident.span()),
            what: format!("field \"{wire}\" is not in {}", self.name()),
            step: format!("add({name}: {} = …)", written(&field.ty)),
            types: None,
        }
    }

    fn gone(&self, known: &PublishedField) -> Difference {
        let what = if known.flatten {
            format!("the flattened `{}`", known.ty)
        } else {
            format!("field \"{}: {}\"", known.name, known.ty)
        };
        let serde = if known.flatten {
            "#[serde(flatten)] "
        } else {
            ""
        };
        Difference {
            at: None,
            what: format!("{what} of {} is gone", self.name()),
            step: format!("remove({serde}{}: {})", rust_name(&known.name), known.ty),
            types: None,
        }
    }

    fn renamed(
        &self,
        facts: &EventFacts<'_>,
        field: &VersionField,
        known: &PublishedField,
    ) -> Difference {
        let name = field.ident.unraw();
        let wire = facts.container.wire_name(&field.ident, &field.serde());
        let old = &known.name;
        // Renamed on the wire alone, or in Rust too.
        let step = if self.is_new_step() {
            format!("it is `{}` there, not `{name}`", rust_name(old))
        } else if name == rust_name(old).as_str() {
            format!("rename(\"{old}\" => {name})")
        } else {
            format!("rename({} => {name})", rust_name(old))
        };
        Difference {
            at: Some(field.ident.span()),
            what: format!(
                "field \"{wire}\" is not in {}, and its \"{old}\" of the same type is gone",
                self.name()
            ),
            step,
            types: None,
        }
    }

    fn of_presence(&self, field: &VersionField, known: &PublishedField) -> Difference {
        let name = field.ident.unraw();
        let ty = written(&field.ty);
        let (what, serde) = if known.default {
            (
                format!(
                    "field \"{name}\" has `#[serde(default)]` in {}, and not here",
                    self.name()
                ),
                "#[serde(default)] ",
            )
        } else {
            (
                format!(
                    "field \"{name}\" has no `#[serde(default)]` in {}",
                    self.name()
                ),
                "",
            )
        };
        Difference {
            at: Some(field.ident.span()),
            what,
            step: format!("retype({serde}{name}: {ty} => {name})"),
            types: None,
        }
    }

    fn of_type(&self, field: &VersionField, known: &PublishedField) -> Option<Difference> {
        if is_same_spelling(&known.ty, &field.ty) {
            return None;
        }
        let same_schema = primitive_schema(&field.ty).map(|(kind, format)| {
            known.schema.0.as_deref() == Some(kind) && known.schema.1.as_deref() == format
        });
        let then: Option<Type> = syn::parse_str(&known.ty).ok();
        let types = match (same_schema, then) {
            // Another spelling: an alias of a primitive type.
            (Some(true), _) => return None,
            (None, Some(then)) => {
                let span = field.ty.span();
                let then = attr::located_at(span, then);
                Some((field.ty.clone(), syn::parse2(then).ok()?))
            }
            (Some(false), _) | (None, None) => None,
        };
        let name = field.ident.unraw();
        let (then, now) = (&known.ty, written(&field.ty));
        Some(Difference {
            at: Some(field.ty.span()),
            what: format!(
                "field \"{name}\" is `{then}` in {}, not `{now}`",
                self.name()
            ),
            step: format!("retype({name}: {then} => …)"),
            types,
        })
    }
}

/// A bound that only a type itself meets: other spellings of it raise no alarm.
fn must_be_same(now: &Type, then: &Type, what: &str, fix: &str) -> TokenStream {
    let check = attr::located_at(now.span(), quote!(__is_published_as::<#now, #then>()));
    not_in_an_editor(&quote! {
        #[diagnostic::on_unimplemented(message = #what, label = "another type", note = #fix)]
        trait __PublishedAs<Then: ?::core::marker::Sized> {}
        impl<T: ?::core::marker::Sized> __PublishedAs<T> for T {}
        const fn __is_published_as<Now: __PublishedAs<Then>, Then>() {}
        #check
    })
}

/// Whether a published type and one of today are spelt alike, paths apart.
fn is_same_spelling(then: &str, now: &Type) -> bool {
    let now_text = written(now);
    if then == now_text {
        return true;
    }
    syn::parse_str::<Type>(then).is_ok_and(|then| without_paths(&then) == without_paths(now))
}

/// The type's tokens without what leads to each name: `Vec<a::B>` as `Vec < B >`.
fn without_paths(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    while let Some(place) = text.find("::") {
        let (before, after) = text.split_at(place);
        let before = before.trim_end();
        // A turbofish within a type says nothing.
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '#'))
            .map_or(0, |place| place + 1);
        let after = after.get(2..).unwrap_or_default().trim_start();
        let kept = if after.starts_with('<') {
            before
        } else {
            before.get(..start).unwrap_or_default()
        };
        text = format!("{kept}{after}");
    }
    text.replace(' ', "")
}

/// `type` and `format` that schemars gives a primitive type.
fn primitive_schema(ty: &Type) -> Option<(&'static str, Option<&'static str>)> {
    let schema = match written(ty).as_str() {
        "bool" => ("boolean", None),
        "String" => ("string", None),
        "u8" => ("integer", Some("uint8")),
        "u16" => ("integer", Some("uint16")),
        "u32" => ("integer", Some("uint32")),
        "u64" => ("integer", Some("uint64")),
        "u128" => ("integer", Some("uint128")),
        "usize" => ("integer", Some("uint")),
        "i8" => ("integer", Some("int8")),
        "i16" => ("integer", Some("int16")),
        "i32" => ("integer", Some("int32")),
        "i64" => ("integer", Some("int64")),
        "i128" => ("integer", Some("int128")),
        "isize" => ("integer", Some("int")),
        "f32" => ("number", Some("float")),
        "f64" => ("number", Some("double")),
        _ => return None,
    };
    Some(schema)
}

/// A key of a payload as a Rust field is likely called.
fn rust_name(wire: &str) -> String {
    let name = wire.replace(['-', '.', ' '], "_");
    match syn::parse_str::<Ident>(&name) {
        Ok(ident) => names::snake_case(&ident),
        Err(_) => "field".to_owned(),
    }
}
