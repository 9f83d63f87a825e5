//! Handlers without their types, as the engine runs them.

use std::any::{Any, TypeId};
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use crate::app::Services;
use crate::engine::Routes;
use crate::handler::{
    Delivery, Durable, HandlerError, HandlerMeta, InMemory, Policy, PolicyCommand, Reaction,
    RefusedCommand, TransactionFamily,
};
use crate::replay::panic_text;
use crate::store::{DurableHandler, Page};

/// A projection or a policy, ready to run.
pub struct Handler {
    pub(crate) meta: &'static HandlerMeta,
    pub(crate) kind: HandlerKindOf,
}

#[derive(Clone)]
pub(crate) enum HandlerKindOf {
    InMemory(Arc<dyn ErasedInMemory>),
    Durable(DurableHandler),
    Policy(Arc<dyn ErasedPolicy>),
}

impl Handler {
    /// Name, version, events.
    pub fn meta(&self) -> &'static HandlerMeta {
        self.meta
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handler").field(&self.meta.name).finish()
    }
}

/// A handler as `discover()` finds it; the macros submit one each.
#[derive(Clone, Copy)]
pub struct HandlerEntry {
    /// Name, version, events.
    pub meta: &'static HandlerMeta,
    /// Builds it, if its type has `Default`.
    pub(crate) make: fn() -> Option<Handler>,
}

impl HandlerEntry {
    /// An entry; `make` builds the handler, if it can.
    pub const fn new(meta: &'static HandlerMeta, make: fn() -> Option<Handler>) -> Self {
        Self { meta, make }
    }

    /// The handler, if its type has `Default`.
    pub fn build(&self) -> Option<Handler> {
        (self.make)()
    }
}

impl fmt::Debug for HandlerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HandlerEntry")
            .field(&self.meta.name)
            .finish()
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(HandlerEntry);

/// Finds out whether a type has `Default`: `(&Probe::<T>::new()).make()` takes the method of
/// [`MakeByDefault`] where it applies, else that of [`NoDefault`].
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    #[allow(clippy::new_without_default)] // it is for the macros
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

#[doc(hidden)]
pub trait MakeByDefault<T> {
    fn make(&self) -> Option<T>;
}

impl<T: Default> MakeByDefault<T> for Probe<T> {
    fn make(&self) -> Option<T> {
        Some(T::default())
    }
}

#[doc(hidden)]
pub trait NoDefault<T> {
    fn make(&self) -> Option<T>;
}

impl<T> NoDefault<T> for &Probe<T> {
    fn make(&self) -> Option<T> {
        None
    }
}

/// A projection in memory, as the engine runs it.
pub fn in_memory<P: InMemory>(projection: P) -> Handler {
    Handler {
        meta: P::META,
        kind: HandlerKindOf::InMemory(Arc::new(Shelf(RwLock::new(projection)))),
    }
}

/// A projection into the store, as the engine runs it.
pub fn durable<F: TransactionFamily, P: Durable<F>>(projection: P) -> Handler {
    Handler {
        meta: P::META,
        kind: HandlerKindOf::Durable(DurableHandler::new::<F, P>(projection)),
    }
}

/// A policy, as the engine runs it.
pub fn policy<P: Policy>(policy: P) -> Handler {
    Handler {
        meta: P::META,
        kind: HandlerKindOf::Policy(Arc::new(OfType(policy))),
    }
}

/// A projection in memory of any type.
pub(crate) trait ErasedInMemory: Send + Sync {
    /// Handles the records of a page at these indexes, in order. Records of a stream that had a
    /// failure before, in `failed`, are passed over.
    fn handle(
        &self,
        page: &Page,
        routes: &Routes,
        is_parked: &dyn Fn(&Page, usize) -> bool,
        failed: &mut dyn FnMut(usize, HandlerError),
    );

    /// The `RwLock` of the projection.
    fn value(&self) -> &dyn Any;
}

/// Where a projection in memory is read and written.
pub(crate) struct Shelf<P>(pub(crate) RwLock<P>);

impl<P: InMemory> ErasedInMemory for Shelf<P> {
    fn handle(
        &self,
        page: &Page,
        routes: &Routes,
        is_parked: &dyn Fn(&Page, usize) -> bool,
        failed: &mut dyn FnMut(usize, HandlerError),
    ) {
        // A panic of a handler is caught below, so nobody else can have poisoned it.
        let mut projection = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let projection = &mut *projection;
        let mut next = 0;
        while next < page.len() {
            let mut current = next;
            // What a handler that panics leaves behind is its own half-done work: the event is
            // parked, and that is what its list says.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                for (index, record) in page.iter().enumerate().skip(next) {
                    current = index;
                    if is_parked(page, index) {
                        continue;
                    }
                    routes.each(record, &mut |place, delivery| {
                        projection.on(place, delivery)
                    })?;
                }
                Ok(())
            }));
            match outcome {
                Ok(Ok(())) => return,
                Ok(Err(error)) => failed(current, error),
                Err(panic) => failed(current, HandlerError::Panicked(panic_text(&*panic))),
            }
            next = current + 1;
        }
    }

    fn value(&self) -> &dyn Any {
        &self.0
    }
}

/// A policy of any type.
pub(crate) trait ErasedPolicy: Send + Sync {
    fn on<'a>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        services: &'a (dyn Any + Send + Sync),
    ) -> Reaction<'a, Vec<PolicyCommand>>;

    fn refused<'a>(
        &'a self,
        refusal: RefusedCommand,
        delivery: Delivery<'_>,
        services: &'a (dyn Any + Send + Sync),
    ) -> Reaction<'a, Vec<PolicyCommand>>;

    /// The services, from the `App`'s.
    fn services(&self, services: &Services) -> Option<Arc<dyn Any + Send + Sync>>;
}

struct OfType<P>(P);

fn services_missing<'a>(type_id: TypeId) -> Reaction<'a, Vec<PolicyCommand>> {
    // The start saw to it that they are there, and of this type.
    Reaction::Done(Err(HandlerError::Failed(
        format!("services of type {type_id:?} are missing").into(),
    )))
}

impl<P: Policy> ErasedPolicy for OfType<P> {
    fn on<'a>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        services: &'a (dyn Any + Send + Sync),
    ) -> Reaction<'a, Vec<PolicyCommand>> {
        match services.downcast_ref::<P::Services>() {
            Some(services) => self.0.on(place, delivery, services),
            None => services_missing(TypeId::of::<P::Services>()),
        }
    }

    fn refused<'a>(
        &'a self,
        refusal: RefusedCommand,
        delivery: Delivery<'_>,
        services: &'a (dyn Any + Send + Sync),
    ) -> Reaction<'a, Vec<PolicyCommand>> {
        match services.downcast_ref::<P::Services>() {
            Some(services) => self.0.refused(refusal, delivery, services),
            None => services_missing(TypeId::of::<P::Services>()),
        }
    }

    fn services(&self, services: &Services) -> Option<Arc<dyn Any + Send + Sync>> {
        let services = services.get::<P::Services>()?;
        Some(services)
    }
}
