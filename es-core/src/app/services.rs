//! The values handlers call on, one a type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

/// One value a type.
pub(crate) struct Services(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Default for Services {
    fn default() -> Self {
        let mut services = Self(HashMap::new());
        services.insert(());
        services
    }
}

impl Services {
    pub(crate) fn insert<S: Send + Sync + 'static>(&mut self, value: S) {
        self.0.insert(TypeId::of::<S>(), Arc::new(value));
    }

    pub(crate) fn has(&self, type_id: TypeId) -> bool {
        self.0.contains_key(&type_id)
    }

    pub(crate) fn get<S: Send + Sync + 'static>(&self) -> Option<Arc<S>> {
        Arc::clone(self.0.get(&TypeId::of::<S>())?).downcast().ok()
    }
}
