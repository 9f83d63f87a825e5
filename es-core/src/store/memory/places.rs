//! The places of event handlers, in memory.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;

use jiff::Timestamp;
use uuid::Uuid;

use super::MemoryStore;
use crate::store::{
    BoxFuture, Fence, HandlerKey, HandlerPlace, HandlerStore, Instruction, LeaseRequest, NewPlace,
    ParkedStream, PlaceStage, Progress, Saved, StoreError,
};
use crate::stream::{Position, StreamName};

/// All handlers, and the last fence there was: a handler that is forgotten and comes again goes on
/// from it.
#[derive(Debug, Default)]
pub(super) struct Places {
    by_key: BTreeMap<HandlerKey, Place>,
    fence: u64,
}

#[derive(Debug)]
struct Place {
    stage: PlaceStage,
    position: Position,
    fence: u64,
    lease: Option<Lease>,
    parked: HashMap<StreamName, ParkedStream>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    holder: Uuid,
    until: Timestamp,
}

impl Places {
    fn add(&mut self, new: NewPlace) {
        let serving = self
            .by_key
            .iter()
            .find(|(key, place)| key.name == new.key.name && place.stage == PlaceStage::Live)
            .map(|(key, _)| key.version);
        let stage = match serving {
            Some(version) if version > new.key.version && new.stage == PlaceStage::Live => {
                return;
            }
            Some(_) => PlaceStage::Building,
            None => new.stage,
        };
        self.by_key.entry(new.key).or_insert(Place {
            stage,
            position: new.position,
            fence: 0,
            lease: None,
            parked: HashMap::new(),
        });
    }

    fn lease(&mut self, request: &LeaseRequest, key: &HandlerKey) -> Option<Fence> {
        let place = self.by_key.get_mut(key)?;
        match place.lease {
            Some(lease) if lease.until > request.now => {
                if lease.holder != request.holder {
                    return None;
                }
            }
            _ => {
                self.fence += 1;
                place.fence = self.fence;
            }
        }
        place.lease = Some(Lease {
            holder: request.holder,
            until: request.until,
        });
        Some(Fence(place.fence))
    }

    fn save(&mut self, progress: Progress) -> Saved {
        let Some(place) = self.by_key.get_mut(&progress.key) else {
            return Saved::LeaseLost;
        };
        if place.lease.is_none() || place.fence != progress.fence.0 {
            return Saved::LeaseLost;
        }
        place.position = progress.position;
        for stream in &progress.taken_up {
            place.parked.remove(stream);
        }
        for mut parked in progress.set_aside {
            parked.key.clone_from(&progress.key);
            place.parked.insert(parked.stream.clone(), parked);
        }
        Saved::Yes
    }
}

impl HandlerStore for MemoryStore {
    fn places(&self) -> BoxFuture<'_, Result<Vec<HandlerPlace>, StoreError>> {
        let places = self
            .lock()
            .places
            .by_key
            .iter()
            .map(|(key, place)| HandlerPlace {
                key: key.clone(),
                stage: place.stage,
                position: place.position,
                holder: place.lease.map(|lease| lease.holder),
                leased_until: place.lease.map(|lease| lease.until),
                parked: place.parked.len() as u64,
            })
            .collect();
        Box::pin(ready(Ok(places)))
    }

    fn add_places(&self, places: Vec<NewPlace>) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut inner = self.lock();
        for place in places {
            inner.places.add(place);
        }
        Box::pin(ready(Ok(())))
    }

    fn lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<Vec<Option<Fence>>, StoreError>> {
        let mut inner = self.lock();
        let fences = request
            .handlers
            .iter()
            .map(|key| inner.places.lease(&request, key))
            .collect();
        Box::pin(ready(Ok(fences)))
    }

    fn give_back(&self, holder: Uuid) -> BoxFuture<'_, Result<(), StoreError>> {
        for place in self.lock().places.by_key.values_mut() {
            place.lease = place.lease.filter(|lease| lease.holder != holder);
        }
        Box::pin(ready(Ok(())))
    }

    fn save(&self, progress: Progress) -> BoxFuture<'_, Result<Saved, StoreError>> {
        let saved = self.lock().places.save(progress);
        Box::pin(ready(Ok(saved)))
    }

    fn parked<'a>(
        &'a self,
        key: &'a HandlerKey,
    ) -> BoxFuture<'a, Result<Vec<ParkedStream>, StoreError>> {
        let mut parked: Vec<_> = self
            .lock()
            .places
            .by_key
            .get(key)
            .map(|place| place.parked.values().cloned().collect())
            .unwrap_or_default();
        parked.sort_unstable_by_key(|parked: &ParkedStream| parked.position);
        Box::pin(ready(Ok(parked)))
    }

    fn instruct<'a>(
        &'a self,
        parked: &'a ParkedStream,
        instruction: Instruction,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut inner = self.lock();
        let parked = inner
            .places
            .by_key
            .get_mut(&parked.key)
            .and_then(|place| place.parked.get_mut(&parked.stream))
            .filter(|found| found.version == parked.version);
        let known = parked.is_some();
        if let Some(parked) = parked {
            parked.instruction = Some(instruction);
        }
        Box::pin(ready(Ok(known)))
    }

    fn forget<'a>(&'a self, key: &'a HandlerKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.lock().places.by_key.remove(key);
        Box::pin(ready(Ok(())))
    }
}
