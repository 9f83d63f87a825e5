//! One event, whether a variant or a struct: what is written of it, and what is locked.

use syn::{Attribute, Ident, Visibility};

use super::catalogue::{Catalogue, Fieldless, Kind, Member, Model, Shape, Single};
use super::serde_attr::{self, ContainerSerde};
use super::versions::{Form, Versions};
use super::wire::Wire;
use crate::errors::Errors;

/// The events of an item, but for those that have a derive of their own.
pub(crate) fn of_model<'a>(model: &'a Model<'a>) -> Vec<EventFacts<'a>> {
    match model {
        Model::Catalogue(catalogue) if catalogue.kind == Kind::Event => catalogue
            .members
            .iter()
            .filter_map(|member| EventFacts::of_member(catalogue, member))
            .collect(),
        Model::Single(single) if single.kind == Kind::Event => vec![EventFacts::of_single(single)],
        Model::Catalogue(_) | Model::Single(_) => Vec::new(),
    }
}

/// Reports what the container and the fields of an event cannot have together.
pub(super) fn check(model: &Model<'_>, errors: &mut Errors) {
    for facts in of_model(model) {
        if !facts.container.denies_unknown_fields {
            continue;
        }
        let past = facts.versions.past.iter().rev();
        let past = past.filter_map(|past| match &past.form {
            Form::Fields(fields) => Some(fields),
            Form::Shape(_) | Form::Json => None,
        });
        // An older version has the newer one's attributes: the newest with a mistake tells it.
        for fields in std::iter::once(&facts.versions.current).chain(past) {
            let mut fine = true;
            for field in fields {
                fine &= serde_attr::check_not_flattened(&field.attributes, errors);
            }
            if !fine {
                break;
            }
        }
    }
}

/// All there is to know of an event, a variant's or a struct's.
pub(crate) struct EventFacts<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) attributes: &'a [Attribute],
    pub(crate) wire: &'a Wire,
    pub(crate) fieldless: Option<Fieldless>,
    pub(crate) versions: &'a Versions,
    pub(crate) shape_fingerprint: u64,
    pub(crate) container: ContainerSerde,
}

impl<'a> EventFacts<'a> {
    pub(crate) fn of_single(single: &'a Single<'a>) -> Self {
        Self {
            ident: single.ident,
            visibility: single.visibility,
            attributes: single.attributes,
            wire: &single.wire,
            fieldless: single.fieldless,
            versions: &single.versions,
            shape_fingerprint: single.shape_fingerprint,
            container: ContainerSerde::read(single.attributes),
        }
    }

    /// `None` for a variant whose struct has a derive of its own.
    pub(crate) fn of_member(catalogue: &'a Catalogue<'a>, member: &'a Member<'a>) -> Option<Self> {
        let fieldless = match member.shape {
            Shape::Foreign(_) => return None,
            Shape::Unit => Some(Fieldless::Unit),
            Shape::Named(fields) => fields.named.is_empty().then_some(Fieldless::Braces),
            Shape::Tuple(_) => None,
        };
        let container = catalogue.serde.iter().chain(&member.serde).copied();
        Some(Self {
            ident: member.ident,
            visibility: catalogue.visibility,
            attributes: member.attributes,
            wire: &member.wire,
            fieldless,
            versions: &member.versions,
            shape_fingerprint: member.shape_fingerprint,
            container: ContainerSerde::read(container),
        })
    }

    /// The last version; 1 where a mistake was reported.
    pub(crate) fn last(&self) -> u32 {
        self.number(self.versions.past.len())
    }

    /// The version at this place, counted from 0.
    pub(crate) fn number(&self, place: usize) -> u32 {
        u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
    }
}
