//! Which records a handler handles, and how: its events, their aliases, and the retired events that
//! read as them.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::StartProblem;
use crate::decided::Events;
use crate::event::{DecodeError, EventMeta, StoredEvent};
use crate::handler::{Asks, Delivery, HandlerError, HandlerMeta};
use crate::registry::Registry;
use crate::store::{AllQuery, Detail, NameFilter, RecordRef};
use crate::stream::Position;

/// Leads from a record to the methods that handle it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    by_name: Vec<(&'static str, Route)>,
    /// Names that are known and not handled.
    others: BTreeSet<&'static str>,
    categories: BTreeSet<&'static str>,
    detail: Option<Detail>,
}

#[derive(Clone, Debug)]
struct Route {
    /// Streams of these categories only; empty for all.
    categories: Vec<&'static str>,
    to: Target,
}

impl Route {
    #[inline]
    fn is_for(&self, category: &str) -> bool {
        self.categories.is_empty() || self.categories.contains(&category)
    }
}

#[derive(Clone, Debug)]
enum Target {
    /// The method at this place.
    Place(usize),
    /// A retired event: the methods for what it reads as.
    Replaced {
        event: &'static EventMeta,
        places: Vec<(&'static str, usize)>,
    },
}

impl Routes {
    /// The routes of a handler among these aggregates.
    pub(crate) fn new(
        meta: &'static HandlerMeta,
        registry: &Registry,
        problems: &mut Vec<StartProblem>,
    ) -> Self {
        let mut routes = Self {
            detail: Some(if meta.needs_all_of_a_record() {
                Detail::Full
            } else {
                Detail::Replay
            }),
            ..Self::default()
        };
        // Categories that an event's method takes, where its arguments restrict them.
        let mut restricted: BTreeMap<usize, Vec<&'static str>> = BTreeMap::new();
        for (place, on) in meta.on.iter().enumerate() {
            if on.event.retired.is_some() {
                problems.push(StartProblem::HandlesRetired {
                    handler: meta.name,
                    method: on.method,
                    event: on.event.type_path,
                });
                continue;
            }
            let emitters: Vec<_> = registry
                .aggregates()
                .filter(|aggregate| aggregate.events.contains(&on.event))
                .collect();
            if emitters.is_empty() {
                problems.push(StartProblem::EventOfNobody {
                    handler: meta.name,
                    method: on.method,
                    event: on.event.type_path,
                });
                continue;
            }
            let asks: Vec<_> = on.asks.iter().chain(meta.refused_asks).collect();
            let fits = |id: std::any::TypeId| {
                asks.iter().all(|asks| match asks {
                    Asks::Id(asked, _) => asked() == id,
                    Asks::Metadata => true,
                })
            };
            let fitting: Vec<_> = emitters
                .iter()
                .filter(|aggregate| fits((aggregate.id)().0))
                .map(|aggregate| aggregate.name)
                .collect();
            if fitting.is_empty() {
                let asked = asks.iter().find_map(|asks| match asks {
                    Asks::Id(_, name) => Some(name()),
                    Asks::Metadata => None,
                });
                problems.push(StartProblem::IdOfNobody {
                    handler: meta.name,
                    method: on.method,
                    event: on.event.type_path,
                    id: asked.unwrap_or_default(),
                    aggregates: emitters
                        .iter()
                        .map(|aggregate| format!("{} (`{}`)", aggregate.name, (aggregate.id)().1))
                        .collect(),
                });
                continue;
            }
            routes.categories.extend(&fitting);
            let narrow = fitting.len() < emitters.len();
            if narrow {
                restricted.insert(place, fitting.clone());
            }
            for name in std::iter::once(&on.event.name).chain(on.event.aliases) {
                routes.by_name.push((
                    name,
                    Route {
                        categories: if narrow { fitting.clone() } else { Vec::new() },
                        to: Target::Place(place),
                    },
                ));
            }
        }
        routes.add_retired(meta, registry, &restricted);
        for aggregate in registry.aggregates() {
            for event in aggregate.events.iter().chain(aggregate.retired) {
                for name in std::iter::once(&event.name).chain(event.aliases) {
                    if !routes.has(name) {
                        routes.others.insert(name);
                    }
                }
            }
        }
        routes
    }

    fn add_retired(
        &mut self,
        meta: &'static HandlerMeta,
        registry: &Registry,
        restricted: &BTreeMap<usize, Vec<&'static str>>,
    ) {
        for aggregate in registry.aggregates() {
            for retired in aggregate.retired {
                let places: Vec<_> = retired
                    .retired
                    .map(|into| into.events())
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|event| Some((event.name, meta.place_of(event)?)))
                    .filter(|(_, place)| {
                        let categories = restricted.get(place);
                        categories.is_none_or(|categories| categories.contains(&aggregate.name))
                    })
                    .collect();
                if places.is_empty() {
                    continue;
                }
                self.categories.insert(aggregate.name);
                for name in std::iter::once(&retired.name).chain(retired.aliases) {
                    self.by_name.push((
                        name,
                        Route {
                            categories: vec![aggregate.name],
                            to: Target::Replaced {
                                event: retired,
                                places: places.clone(),
                            },
                        },
                    ));
                }
            }
        }
    }

    /// The records a handler needs to see: those it handles, and those nobody knows, which must not
    /// be passed over in silence.
    pub(crate) fn query(&self, after: Position, limit: u32) -> AllQuery {
        AllQuery {
            after,
            limit,
            names: NameFilter::Except(self.others.iter().map(|name| (*name).to_owned()).collect()),
            categories: Some(
                self.categories
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect(),
            ),
            detail: self.detail.unwrap_or(Detail::Full),
        }
    }

    #[inline]
    fn find(&self, record: &RecordRef<'_>) -> Option<&Route> {
        let (name, category) = (record.name(), record.category());
        self.by_name
            .iter()
            .find(|(known, route)| *known == name && route.is_for(category))
            .map(|(_, route)| route)
    }

    /// Whether records of this name are handled, in whatever category.
    fn has(&self, name: &str) -> bool {
        self.by_name.iter().any(|(known, _)| *known == name)
    }

    /// Whether the handler has to see a record; else it is a known one it does not handle.
    pub(crate) fn concerns(&self, record: &RecordRef<'_>) -> bool {
        self.find(record).is_some() || self.is_unknown(record.name())
    }

    fn is_unknown(&self, name: &str) -> bool {
        !self.others.contains(name) && !self.has(name)
    }

    /// Calls `on` for each event a record reads as, with the place of the method that handles it.
    #[inline]
    pub(crate) fn each<'r>(
        &self,
        record: RecordRef<'r>,
        on: &mut impl FnMut(usize, Delivery<'r>) -> Result<(), HandlerError>,
    ) -> Result<(), HandlerError> {
        if let Some(Route {
            to: Target::Place(place),
            ..
        }) = self.find(&record)
        {
            return on(*place, Delivery::of(record));
        }
        self.deliveries(record)?
            .into_iter()
            .try_for_each(|(place, delivery)| on(place, delivery))
    }

    /// What a record is delivered as.
    pub(crate) fn deliveries<'r>(
        &self,
        record: RecordRef<'r>,
    ) -> Result<Events<(usize, Delivery<'r>)>, HandlerError> {
        let Some(route) = self.find(&record) else {
            return if self.is_unknown(record.name()) {
                Err(DecodeError::UnknownEvent.into())
            } else {
                Ok(Events::new())
            };
        };
        match &route.to {
            Target::Place(place) => Ok(Events::one((*place, Delivery::of(record)))),
            Target::Replaced { event, places } => {
                let stored = StoredEvent {
                    name: event.name,
                    version: record.event_version(),
                    payload: record.payload(),
                };
                let mut deliveries = Events::new();
                for (index, event) in event.read_replaced(stored)?.into_iter().enumerate() {
                    let name = event.meta().name;
                    if let Some((_, place)) = places.iter().find(|(wanted, _)| *wanted == name) {
                        let index = u32::try_from(index).unwrap_or(u32::MAX);
                        deliveries.push((*place, Delivery::of_replaced(record, event, index)));
                    }
                }
                Ok(deliveries)
            }
        }
    }
}
