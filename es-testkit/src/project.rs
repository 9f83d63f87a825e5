//! Scenarios of projections: given these events, then the read model is so.

use es_core::{
    App, BoxFuture, Delivery, EventStore, HandlerError, InMemory, Projection, StoreError,
};
use uuid::Uuid;

use crate::fail::fail;
use crate::report::Report;
use crate::runtime::block_on;
use crate::stream::{Numbers, Stream, metas};

/// Begins a scenario of a projection in memory.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// use es_core::prelude::*;
/// use es_testkit::prelude::*;
///
/// /// How much lies on all accounts together.
/// #[derive(Default)]
/// struct Deposits(u64);
///
/// #[projection(name = "deposits")]
/// impl Deposits {
///     #[on]
///     fn deposited(&mut self, e: &Deposited) {
///         self.0 += e.amount;
///     }
/// }
///
/// project(Deposits::default())
///     .given(stream("acc-1", Deposited { amount: 5 }))
///     .given(stream("acc-2", [Deposited { amount: 7 }, Deposited { amount: 1 }]))
///     .then(|deposits| assert_eq!(deposits.0, 13));
/// ```
#[must_use = "this scenario tests nothing: say what comes of the events with `.given(…)` and `.then(…)`"]
pub fn project<P: InMemory>(projection: P) -> Project<P> {
    Project {
        projection,
        numbers: Numbers::default(),
        failed: None,
        any: false,
    }
}

/// A projection in memory and what it has heard of.
pub struct Project<P> {
    projection: P,
    numbers: Numbers,
    failed: Option<HandlerError>,
    /// Whether any event given was one it handles.
    any: bool,
}

impl<P: InMemory> Project<P> {
    /// Events that happen, after those given before.
    #[must_use = "this scenario tests nothing: say what comes of the events with `.then(…)`"]
    #[track_caller]
    pub fn given(mut self, stream: Stream) -> Self {
        let page = self.numbers.page(&stream);
        for (record, event) in page.iter().zip(metas(&stream)) {
            let Some(place) = P::META.place_of(event) else {
                continue;
            };
            self.any = true;
            if let Some(error) = &self.failed {
                self.fails(error);
            }
            if let Err(error) = self.projection.on(place, Delivery::of(record)) {
                self.failed = Some(error);
            }
        }
        self
    }

    #[track_caller]
    fn fails(&self, error: &HandlerError) -> ! {
        fail(&Report::new(format!(
            "projection {} failed on event {} of those given: {error}",
            P::META.name,
            self.numbers.so_far()
        )))
    }

    #[track_caller]
    fn check_any(&self) {
        if !self.any {
            fail(&Report::new(format!(
                "projection {} handles none of the events given; it handles {}",
                P::META.name,
                handled(P::META)
            )));
        }
    }

    /// Looks at the read model; assert in there.
    #[track_caller]
    pub fn then(self, look: impl FnOnce(&P)) -> Self {
        if let Some(error) = &self.failed {
            self.fails(error);
        }
        self.check_any();
        look(&self.projection);
        self
    }

    /// The last event failed with an error of which this is true.
    #[track_caller]
    pub fn then_error_matching(mut self, matches: impl FnOnce(&HandlerError) -> bool) -> Self {
        self.check_any();
        match self.failed.take() {
            None => fail(&Report::new(format!(
                "expected projection {} to fail, but it did not",
                P::META.name
            ))),
            Some(error) if matches(&error) => self,
            Some(error) => fail(&Report::new(format!(
                "projection {} failed, but the error does not match: {error}",
                P::META.name
            ))),
        }
    }
}

pub(crate) fn handled(meta: &es_core::HandlerMeta) -> String {
    let names: Vec<_> = meta.on.iter().map(|on| on.event.name).collect();
    names.join(", ")
}

/// Begins a scenario of a durable projection, in a store of its own that `open` makes.
///
/// The events are recorded in the store and the projection runs as it does in production; `then`
/// looks at its tables.
pub fn project_in<S, Opening, P>(
    open: impl FnOnce() -> Opening + Send + 'static,
    projection: P,
) -> ProjectIn<S, P>
where
    S: EventStore + Clone,
    Opening: Future<Output = Result<S, StoreError>> + Send + 'static,
    P: Projection,
{
    ProjectIn {
        open: Box::new(move || Box::pin(open())),
        projection,
        streams: Vec::new(),
    }
}

type Open<S> = Box<dyn FnOnce() -> BoxFuture<'static, Result<S, StoreError>> + Send>;

/// A durable projection and what it is to hear of.
#[must_use = "this scenario tests nothing: say what comes of the events with `.then(…)`"]
pub struct ProjectIn<S, P> {
    open: Open<S>,
    projection: P,
    streams: Vec<Stream>,
}

impl<S: EventStore + Clone, P: Projection> ProjectIn<S, P> {
    /// Events that happen, after those given before.
    pub fn given(mut self, stream: Stream) -> Self {
        self.streams.push(stream);
        self
    }

    /// Looks at the store once all events are handled; assert in there.
    #[track_caller]
    pub fn then<Looking>(self, look: impl FnOnce(S) -> Looking + Send)
    where
        Looking: Future<Output = ()> + Send,
    {
        let Self {
            open,
            projection,
            streams,
        } = self;
        let outcome = block_on(async move {
            let store = open().await.map_err(told("the store cannot be opened"))?;
            let mut builder = App::builder(store.clone()).projection(projection);
            for stream in &streams {
                builder = builder.add_aggregate(stream.aggregate);
            }
            let app = builder
                .discover_aggregates()
                .start()
                .await
                .map_err(told("the projection cannot start"))?;
            let mut ids = 0;
            for stream in streams {
                let append = stream.into_append(|| {
                    ids += 1;
                    Uuid::from_u128(ids)
                });
                store
                    .append(append)
                    .await
                    .map_err(told("the events cannot be given"))?;
            }
            let last = store
                .last_position()
                .await
                .map_err(told("the store failed"))?;
            app.caught_up(P::META.name, last)
                .await
                .map_err(told("the events were not handled"))?;
            let parked = app.parked().await.map_err(told("the store failed"))?;
            if let Some(parked) = parked.first() {
                return Err(Report::new(format!(
                    "projection {} failed on {} of {}, version {}: {}",
                    P::META.name,
                    parked.event,
                    parked.stream,
                    parked.version,
                    parked.error
                )));
            }
            look(store).await;
            app.shutdown().await;
            Ok(())
        });
        if let Err(report) = outcome {
            fail(&report);
        }
    }
}

fn told<E: std::fmt::Display>(what: &'static str) -> impl Fn(E) -> Report {
    move |error| Report::new(format!("{what}: {error}"))
}
