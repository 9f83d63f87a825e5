//! What is known of a handler at compile time.

use std::any::TypeId;

use crate::event::{Event, EventMeta};
use crate::handler::{Asks, Sends, TransactionFamily};

/// What a handler is: its name, its events, its terms. The macros write it.
#[derive(Clone, Copy, Debug)]
pub struct HandlerMeta {
    /// The name, under which its place is kept.
    pub name: &'static str,
    /// The version of a projection; 1 for a policy.
    pub version: u32,
    /// What kind of handler it is.
    pub kind: HandlerKind,
    /// The path of the Rust type.
    pub type_path: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// The events it handles, in the order of its methods.
    pub on: &'static [OnEvent],
    /// What a `#[refused]` method asks for.
    pub refused_asks: &'static [Asks],
    /// What a `#[refused]` method may send.
    pub refused_sends: Sends,
}

/// What kind of handler it is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum HandlerKind {
    /// A projection that is a Rust value, rebuilt at every start.
    InMemory,
    /// A projection into the store, in the store's transactions of this family.
    Durable {
        /// The family.
        family: fn() -> TypeId,
        /// The family's name.
        family_name: &'static str,
    },
    /// A policy.
    Policy(PolicyTerms),
}

/// The terms a policy runs under: `#[policy(…)]`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyTerms {
    /// Which events it begins with.
    pub from: PolicyStart,
    /// What happens when one of its commands is refused.
    pub refused: OnRefusal,
    /// How many streams it handles at the same time.
    pub concurrency: u32,
    /// The services it asks for.
    pub services: fn() -> (TypeId, &'static str),
}

/// Which events a new policy begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyStart {
    /// Those recorded after its first start.
    FirstStart,
    /// All: `from = start`.
    Beginning,
}

/// What happens when a command of a policy is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRefusal {
    /// The event is parked.
    Park,
    /// Nothing: `refused = ignore`.
    Ignore,
    /// The `#[refused]` method is asked.
    Ask,
}

/// An event a handler handles.
#[derive(Clone, Copy, Debug)]
pub struct OnEvent {
    /// The event.
    pub event: &'static EventMeta,
    /// The method.
    pub method: &'static str,
    /// What the method asks for beside the event.
    pub asks: &'static [Asks],
    /// What the method may send.
    pub sends: Sends,
}

impl OnEvent {
    /// A method of a projection, or of a policy before [`OnEvent::sends`].
    pub const fn of<E: Event>(method: &'static str, asks: &'static [Asks]) -> Self {
        Self {
            event: E::META,
            method,
            asks,
            sends: Sends::Nothing,
        }
    }

    /// Says what the method may send.
    #[must_use]
    pub const fn sends(self, sends: Sends) -> Self {
        Self { sends, ..self }
    }
}

impl HandlerMeta {
    const fn new(
        kind: HandlerKind,
        name: &'static str,
        version: u32,
        type_path: &'static str,
        docs: &'static str,
        on: &'static [OnEvent],
    ) -> Self {
        Self {
            name,
            version,
            kind,
            type_path,
            docs,
            on,
            refused_asks: &[],
            refused_sends: Sends::Nothing,
        }
    }

    /// A projection in memory.
    pub const fn in_memory(
        name: &'static str,
        version: u32,
        type_path: &'static str,
        docs: &'static str,
        on: &'static [OnEvent],
    ) -> Self {
        Self::new(HandlerKind::InMemory, name, version, type_path, docs, on)
    }

    /// A projection into the store, in its transactions of the family `F`.
    pub const fn durable<F: TransactionFamily>(
        name: &'static str,
        version: u32,
        type_path: &'static str,
        docs: &'static str,
        on: &'static [OnEvent],
    ) -> Self {
        let kind = HandlerKind::Durable {
            family: TypeId::of::<F>,
            family_name: F::NAME,
        };
        Self::new(kind, name, version, type_path, docs, on)
    }

    /// A policy with these services.
    pub const fn policy<S: 'static>(
        name: &'static str,
        type_path: &'static str,
        docs: &'static str,
        on: &'static [OnEvent],
        from: PolicyStart,
        refused: OnRefusal,
        concurrency: u32,
    ) -> Self {
        let kind = HandlerKind::Policy(PolicyTerms {
            from,
            refused,
            concurrency,
            services: || (TypeId::of::<S>(), std::any::type_name::<S>()),
        });
        Self::new(kind, name, 1, type_path, docs, on)
    }

    /// Says what the policy's `#[refused]` method asks for and may send.
    #[must_use]
    pub const fn refused(self, asks: &'static [Asks], sends: Sends) -> Self {
        Self {
            refused_asks: asks,
            refused_sends: sends,
            ..self
        }
    }

    /// The place of an event among those it handles.
    pub fn place_of(&self, event: &EventMeta) -> Option<usize> {
        self.on.iter().position(|on| on.event.name == event.name)
    }

    /// Whether it needs what is recorded beside the payload: a method asks for it, or commands are
    /// to be keyed by the event's id and to carry its correlation.
    pub(crate) fn needs_all_of_a_record(&self) -> bool {
        if let HandlerKind::Policy(_) = self.kind {
            return true;
        }
        let mut asks = self
            .on
            .iter()
            .flat_map(|on| on.asks)
            .chain(self.refused_asks);
        asks.any(|asks| matches!(asks, Asks::Metadata))
    }
}
