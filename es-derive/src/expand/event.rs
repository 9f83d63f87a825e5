//! What the derive writes for one event: its meta, its codec, its past versions and their chain.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::attr;
use crate::model::catalogue::Fieldless;
use crate::model::event::EventFacts;
use crate::model::serde_attr::FieldDefault;
use crate::model::versions::{Form, PastVersion, Source, StepCode, VersionField, written};
use crate::model::wire::Retired;

/// The `Event` impl.
pub(crate) fn event_impl(path: &TokenStream, facts: &EventFacts<'_>) -> TokenStream {
    let EventFacts { ident, wire, .. } = facts;
    let (encode, read) = match facts.fieldless {
        Some(fieldless) => {
            let value = match fieldless {
                Fieldless::Unit => quote!(Self),
                Fieldless::Braces => quote!(Self {}),
            };
            (
                quote!(::core::result::Result::Ok(
                    ::std::borrow::ToOwned::to_owned("{}")
                )),
                quote!(::core::result::Result::Ok(#value)),
            )
        }
        None => (
            {
                let name = wire.name.as_deref().unwrap_or_default();
                quote_spanned! {ident.span()=>
                    <#ident as #path::__private::Payload>::to_json(self, #name)
                }
            },
            quote_spanned!(ident.span()=> <#ident as #path::__private::Payload>::from_json(payload)),
        ),
    };
    let meta = meta(path, facts);
    let mirrors = schema_mirrors(path, facts);
    let version = facts.last();
    let (past, otherwise) = past(path, facts);
    let reads_payload = facts.fieldless.is_none() || !facts.versions.past.is_empty();
    let payload = if reads_payload {
        quote!(payload)
    } else {
        quote!(_)
    };
    let retired = wire.retired.as_ref().map(|(key, retired)| {
        let replaced = match retired {
            Retired::Nothing => quote!(#path::__private::Replaced::by_nothing()),
            Retired::Into(function) => attr::located_at(
                function.span(),
                quote!(#path::__private::Replaced::by(&#function)),
            ),
        };
        quote_spanned! {key.span()=>
            #[automatically_derived]
            impl #path::RetiredEvent for #ident {
                const REPLACED: #path::__private::Replaced<Self> = #replaced;
            }
        }
    });
    let impls = quote! {
        #mirrors
        #[automatically_derived]
        impl #path::Event for #ident {
            const META: &'static #path::EventMeta = &#meta;
            #[inline]
            fn encode(&self) -> ::core::result::Result<::std::string::String, #path::EncodeError> {
                #encode
            }
            #[inline]
            fn decode(version: u32, #payload: &[u8]) -> ::core::result::Result<Self, #path::DecodeError> {
                #past
                match version {
                    #version => #read,
                    other => #otherwise,
                }
            }
        }
        #retired
    };
    if mirrors.is_empty() {
        impls
    } else {
        super::in_const(impls)
    }
}

fn meta(path: &TokenStream, facts: &EventFacts<'_>) -> TokenStream {
    let name = facts.wire.name.as_deref().unwrap_or_default();
    let type_name = facts.ident.to_string();
    // Cargo's name of the package; empty where something else builds it.
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let docs = attr::docs(facts.attributes);
    let shape = facts.shape_fingerprint;
    let past = facts.versions.past.iter().enumerate().map(|(place, past)| {
        let version = facts.number(place);
        let form = match &past.form {
            Form::Fields(fields) => form_of_fields(path, facts, version, fields),
            Form::Shape(ty) => quote_spanned! {ty.span()=>
                #path::__private::VersionForm::Shape(<#ty as #path::__private::PastShape>::schema)
            },
            Form::Json => quote!(#path::__private::VersionForm::Json),
        };
        quote!(#path::__private::EventVersion { version: #version, form: #form })
    });
    let version = facts.last();
    let form = form_of_fields(path, facts, version, &facts.versions.current);
    let aliases = &facts.wire.aliases;
    let aliases = (!aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])));
    let retired = facts
        .wire
        .retired
        .is_some()
        .then(|| quote!(.retired::<Self>()));
    quote! {
        #path::EventMeta::of::<Self>(
            #name,
            ::core::concat!(::core::module_path!(), "::", #type_name),
            #package,
            #docs,
            #shape,
            &[
                #(#past,)*
                #path::__private::EventVersion { version: #version, form: #form },
            ],
        )
        #aliases
        #retired
    }
}

fn form_of_fields(
    path: &TokenStream,
    facts: &EventFacts<'_>,
    version: u32,
    fields: &[VersionField],
) -> TokenStream {
    let closed = facts.container.denies_unknown_fields;
    let fields = fields.iter().filter_map(|field| {
        let serde = field.serde();
        if serde.skip {
            return None;
        }
        let ty = &field.ty;
        let name = field.ident.unraw().to_string();
        let wire = if serde.flatten {
            String::new()
        } else {
            facts.container.wire_name(&field.ident, &serde)
        };
        let type_text = written(ty);
        let docs = (!field.docs.is_empty()).then(|| {
            let docs = &field.docs;
            quote!(.docs(#docs))
        });
        let aliases = (!serde.aliases.is_empty()).then(|| {
            let aliases = &serde.aliases;
            quote!(.aliases(&[#(#aliases),*]))
        });
        let default = serde.default.map(|default| {
            let value = match default {
                FieldDefault::OfType => quote!(<#ty as ::core::default::Default>::default()),
                FieldDefault::Function(function) => quote!(#function()),
            };
            quote!(.default(|| #path::__private::default_json(#value)))
        });
        let left_out = serde
            .skip_serializing_if
            .then(|| quote!(.may_be_left_out()));
        let flatten = serde.flatten.then(|| quote!(.flatten()));
        let schema = field.has_schemars().then(|| {
            let mirror = mirror_name(version, field);
            quote!(.schema_of::<#mirror>())
        });
        Some(quote_spanned! {ty.span()=>
            #path::__private::FieldMeta::of::<#ty>(#name, #wire, #type_text)
                #docs #aliases #default #left_out #flatten #schema
        })
    });
    quote!(#path::__private::VersionForm::Fields { fields: &[#(#fields),*], closed: #closed })
}

impl Form {
    /// Whether a payload of this version says nothing.
    fn is_fieldless(&self) -> bool {
        matches!(self, Self::Fields(fields) if fields.is_empty())
    }
}

fn past_name(facts: &EventFacts<'_>, place: usize) -> Ident {
    format_ident!("{}V{}", facts.ident, facts.number(place))
}

/// The type a version is read as; past the last, the event itself.
fn type_at(path: &TokenStream, facts: &EventFacts<'_>, place: usize) -> TokenStream {
    match facts.versions.past.get(place).map(|past| &past.form) {
        None => {
            let ident = facts.ident;
            quote!(#ident)
        }
        Some(Form::Fields(_)) => {
            let name = past_name(facts, place);
            quote!(#name)
        }
        Some(Form::Shape(ty)) => quote!(#ty),
        Some(Form::Json) => quote!(#path::__private::serde_json::Value),
    }
}

/// The function that reads any other version than the last, and the call of it. It is apart so that
/// reading the last, which is inlined, stays small.
fn past(path: &TokenStream, facts: &EventFacts<'_>) -> (TokenStream, TokenStream) {
    let ident = facts.ident;
    let unreadable = quote! {
        ::core::result::Result::Err(
            #path::__private::unreadable_version(<#ident as #path::Event>::META, other),
        )
    };
    if facts.versions.past.is_empty() {
        return (TokenStream::new(), unreadable);
    }
    let mut functions = TokenStream::new();
    let mut arms = TokenStream::new();
    for (place, past) in facts.versions.past.iter().enumerate() {
        let version = facts.number(place);
        let ty = type_at(path, facts, place);
        let from = format_ident!("__from_{version}");
        let read = match &past.form {
            Form::Fields(fields) if fields.is_empty() => quote!(#ty {}),
            Form::Fields(_) => quote!(#path::__private::read_payload::<#ty>(payload)?),
            Form::Shape(shape) => quote_spanned! {shape.span()=>
                <#ty as #path::__private::PastShape>::read(payload)?
            },
            Form::Json => {
                quote!(#path::__private::read_payload::<#path::__private::serde_json::Value>(payload)?)
            }
        };
        arms.extend(quote!(#version => #from(#read),));
        functions.extend(step(path, facts, place, past));
    }
    let reads_payload = facts
        .versions
        .past
        .iter()
        .any(|past| !past.form.is_fieldless());
    let payload = if reads_payload {
        quote!(payload)
    } else {
        quote!(_)
    };
    let function = quote! {
        #[inline(never)]
        fn __past(version: u32, #payload: &[u8]) -> ::core::result::Result<#ident, #path::DecodeError> {
            #functions
            match version {
                #arms
                other => #unreadable,
            }
        }
    };
    (function, quote!(__past(other, payload)))
}

/// The step from one version to the next, and the way on from there.
fn step(
    path: &TokenStream,
    facts: &EventFacts<'_>,
    place: usize,
    past: &PastVersion,
) -> TokenStream {
    let version = facts.number(place);
    let ident = facts.ident;
    let ty = type_at(path, facts, place);
    let next = type_at(path, facts, place + 1);
    let from = format_ident!("__from_{version}");
    let step = format_ident!("__step_{version}");
    let after = facts.versions.past.get(place + 1);
    let go_on = match after {
        Some(_) => {
            let from = format_ident!("__from_{}", facts.number(place + 1));
            quote!(#from(next))
        }
        None => quote!(::core::result::Result::Ok(next)),
    };
    let next_is_fieldless = match after {
        Some(after) => after.form.is_fieldless(),
        None => facts.fieldless.is_some(),
    };
    let read_next = match past.form {
        Form::Json if next_is_fieldless => quote!(let next = #next {};),
        Form::Json => quote!(let next = #path::__private::read_stepped::<#next>(#version, next)?;),
        Form::Fields(_) | Form::Shape(_) => TokenStream::new(),
    };
    let made = match past.form {
        Form::Json => quote!(#path::__private::serde_json::Value),
        Form::Fields(_) | Form::Shape(_) => next.clone(),
    };
    let body = match &past.step {
        StepCode::Fields(sources) => fields_step(&ty, &next, past, sources),
        StepCode::Function(function) => quote_spanned! {function.span()=>
            #path::__private::StepOutput::<#made>::into_outcome(#function(past))
        },
    };
    quote! {
        #[inline]
        #[allow(unused_variables, clippy::all, clippy::pedantic)]
        fn #step(past: #ty) -> ::core::result::Result<#made, #path::__private::UpcastError> {
            #body
        }
        #[inline]
        fn #from(past: #ty) -> ::core::result::Result<#ident, #path::DecodeError> {
            let next = #path::__private::stepped(#version, #step(past))?;
            #read_next
            #go_on
        }
    }
}

/// The next version's fields from this one's: what is new is made first, what is kept moves last.
fn fields_step(
    ty: &TokenStream,
    next: &TokenStream,
    past: &PastVersion,
    sources: &[(Ident, Source)],
) -> TokenStream {
    let old = match &past.form {
        Form::Fields(fields) => fields.as_slice(),
        Form::Shape(_) | Form::Json => &[],
    };
    let old = old.iter().map(|field| &field.ident);
    let mut made = TokenStream::new();
    let mut values = TokenStream::new();
    for (number, (field, source)) in sources.iter().enumerate() {
        match source {
            Source::Field(old) => values.extend(quote!(#field: #old,)),
            Source::Expression(made_by) => {
                let (ty, value) = &**made_by;
                let new = format_ident!("__new_{number}", span = ty.span());
                made.extend(quote_spanned!(value.span()=> let #new: #ty = #value;));
                values.extend(quote!(#field: #new,));
            }
        }
    }
    quote! {
        let #ty { #(#old),* } = past;
        #made
        ::core::result::Result::Ok(#next { #values })
    }
}

/// The structs of past versions, beside the event's own.
pub(crate) fn past_structs(path: &TokenStream, facts: &EventFacts<'_>) -> TokenStream {
    let serde_crate = super::path_text(&quote!(#path::__private::serde));
    let visibility = facts.visibility;
    let container = facts.container.attribute();
    let structs = facts.versions.past.iter().enumerate().filter_map(|(place, past)| {
        let Form::Fields(fields) = &past.form else {
            return None;
        };
        let name = past_name(facts, place);
        let docs = format!("Version {} of [`{}`].", facts.number(place), facts.ident);
        let fields = fields.iter().map(|field| {
            let VersionField { ident, ty, .. } = field;
            let serde = field.attributes.iter().filter(|a| a.path().is_ident("serde"));
            quote!(#(#serde)* #visibility #ident: #ty)
        });
        Some(quote! {
            #[doc(hidden)]
            #[doc = #docs]
            #[allow(dead_code, missing_docs, missing_debug_implementations, clippy::all, clippy::pedantic)]
            #[derive(#path::__private::serde::Deserialize)]
            #[serde(crate = #serde_crate)]
            #container
            #visibility struct #name { #(#fields),* }
        })
    });
    quote!(#(#structs)*)
}

/// Structs of one field each, through which schemars reads its attributes.
fn schema_mirrors(path: &TokenStream, facts: &EventFacts<'_>) -> TokenStream {
    let schemars_crate = super::path_text(&quote!(#path::__private::schemars));
    let past = facts.versions.past.iter().enumerate();
    let past = past.filter_map(|(place, past)| match &past.form {
        Form::Fields(fields) => Some((facts.number(place), fields.as_slice())),
        Form::Shape(_) | Form::Json => None,
    });
    let all = past.chain([(facts.last(), facts.versions.current.as_slice())]);
    let mirrors = all.flat_map(|(version, fields)| {
        let mirrored = fields.iter().filter(|field| field.has_schemars());
        mirrored.map(move |field| {
            let name = mirror_name(version, field);
            let VersionField { ident, ty, .. } = field;
            let schemars = field
                .attributes
                .iter()
                .filter(|a| a.path().is_ident("schemars"));
            (name, quote!(#(#schemars)* #ident: #ty))
        })
    });
    let mirrors = mirrors.map(|(name, field)| {
        quote! {
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            #[derive(#path::__private::schemars::JsonSchema)]
            #[schemars(crate = #schemars_crate)]
            struct #name { #field }
        }
    });
    quote!(#(#mirrors)*)
}

fn mirror_name(version: u32, field: &VersionField) -> Ident {
    format_ident!("__Schema{version}_{}", field.ident.unraw())
}
