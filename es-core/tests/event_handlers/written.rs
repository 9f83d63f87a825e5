//! What `#[projection]` and `#[policy]` make of a block: its table, and how each event is handled.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use es_core::prelude::*;
use es_core::{
    Asks, AsyncTransactions, Delivery, Durable, HandlerError, HandlerKind, HandlerMeta, InMemory,
    OnRefusal, Page, Policy, PolicyCommand, PolicyStart, PolicyTerms, Position, Projection,
    Reaction, RecordRow, RefusedCommand, Sends, StoreTransaction, StreamName, To,
    TransactionFamily,
};

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "till")]
pub enum TillEvent {
    Opened { owner: String },
    Paid { cents: u64 },
    Shut,
}

#[derive(Command, Clone, Debug, PartialEq)]
pub enum TillCommand {
    Open { owner: String },
    Pay { cents: u64 },
    Close,
}

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TillId(String);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("out of order")]
pub struct OutOfOrder;

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "till", id = TillId, error = OutOfOrder,
    commands = TillCommand, events = TillEvent, created_by(Opened), ignores(Shut),
)]
pub struct Till {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Paid += cents)]
    cents: u64,
}

#[handlers]
impl Till {
    fn open(cmd: Open) -> Result<Opened, OutOfOrder> {
        Ok(Opened { owner: cmd.owner })
    }
    fn pay(&self, cmd: Pay) -> Result<Paid, OutOfOrder> {
        Ok(Paid { cents: cmd.cents })
    }
    fn close(&self, _: Close) -> Result<Shut, OutOfOrder> {
        Ok(Shut)
    }
}

/// A page with one record of the till `t1`.
fn page_of(name: &str, payload: &str) -> Page {
    page_of_till("t1", name, payload)
}

fn page_of_till(id: &str, name: &str, payload: &str) -> Page {
    let mut page = Page::of_stream(StreamName::new("till", id));
    page.push(RecordRow {
        category: "",
        id: "",
        version: Version(3),
        position: Position(7),
        event_id: uuid::Uuid::nil(),
        name,
        event_version: 1,
        recorded_at_micros: 0,
        payload: payload.as_bytes(),
        origin: br#"{"actor":"Ada"}"#,
    });
    page
}

/// The first record, and its place among the events of a handler.
fn delivery<'p>(meta: &HandlerMeta, page: &'p Page) -> (usize, Delivery<'p>) {
    let record = page.get(0).unwrap();
    let place = meta.on.iter().position(|on| on.event.name == record.name());
    (place.unwrap(), Delivery::of(record))
}

fn methods(meta: &HandlerMeta) -> Vec<(&'static str, &'static str)> {
    meta.on
        .iter()
        .map(|on| (on.method, on.event.name))
        .collect()
}

fn ready<T>(reaction: Reaction<'_, T>) -> Result<T, HandlerError> {
    match reaction {
        Reaction::Done(result) => result,
        Reaction::Pending(_) => panic!("it waits"),
    }
}

async fn later<T>(reaction: Reaction<'_, T>) -> Result<T, HandlerError> {
    match reaction {
        Reaction::Done(_) => panic!("it does not wait"),
        Reaction::Pending(future) => future.await,
    }
}

/// Takings by till.
#[derive(Default)]
struct Takings {
    cents: BTreeMap<TillId, u64>,
    by: Vec<String>,
    shut: Vec<TillId>,
}

/// What is in each till.
#[projection(name = "takings", version = 3)]
impl Takings {
    #[on]
    fn opened(&mut self, _: &Opened, id: &TillId) {
        self.cents.insert(id.clone(), 0);
    }

    // In any order.
    #[on]
    fn paid(&mut self, e: &Paid, at: &Metadata, id: &TillId) -> Result<(), OutOfOrder> {
        *self.cents.get_mut(id).ok_or(OutOfOrder)? += e.cents;
        self.by.extend(at.actor.clone());
        Ok(())
    }

    #[cfg(not(test))]
    #[on]
    fn not_there(&mut self, e: &NoSuchEvent) {}

    #[on]
    fn r#shut(&mut self, _: &Shut, id: &TillId) {
        self.shut.push(id.clone());
    }
}

#[test]
fn a_projection_in_memory_says_what_it_handles() {
    let meta = Takings::META;
    assert_eq!((meta.name, meta.version), ("takings", 3));
    assert!(matches!(meta.kind, HandlerKind::InMemory));
    assert!(meta.type_path.ends_with("written::Takings"));
    assert_eq!(meta.docs, "What is in each till.");
    assert_eq!(
        methods(meta),
        [
            ("opened", "till.opened"),
            ("paid", "till.paid"),
            ("shut", "till.shut")
        ]
    );
    assert!(matches!(meta.on[0].asks, [Asks::Id(_, name)] if name().ends_with("TillId")));
    assert!(matches!(meta.on[1].asks, [Asks::Metadata, Asks::Id(..)]));
    assert!(meta.on.iter().all(|on| matches!(on.sends, Sends::Nothing)));
    assert_eq!(Takings::default().into_handler().meta().name, "takings");
}

#[test]
fn a_projection_in_memory_handles_each_event_by_its_method() -> Result<(), HandlerError> {
    let mut takings = Takings::default();
    for (name, payload) in [
        ("till.opened", r#"{"owner":"Ada"}"#),
        ("till.paid", r#"{"cents":5}"#),
        ("till.paid", r#"{"cents":6}"#),
        // The place after a method that is not there.
        ("till.shut", "{}"),
    ] {
        let page = page_of(name, payload);
        let (place, delivery) = delivery(Takings::META, &page);
        takings.on(place, delivery)?;
    }
    let t1 = TillId("t1".into());
    assert_eq!(takings.cents, BTreeMap::from([(t1.clone(), 11)]));
    assert_eq!(takings.by, ["Ada", "Ada"]);
    assert_eq!(takings.shut, [t1]);
    Ok(())
}

#[test]
fn what_goes_wrong_in_a_projection_is_told() {
    let mut takings = Takings::default();
    let mut on = |page: &Page| {
        let (place, delivery) = delivery(Takings::META, page);
        takings.on(place, delivery).unwrap_err()
    };
    let error = on(&page_of("till.paid", r#"{"cents":5}"#));
    assert!(matches!(&error, HandlerError::Failed(error) if error.is::<OutOfOrder>()));
    let error = on(&page_of("till.paid", r#"{"cents":"five"}"#));
    assert!(matches!(error, HandlerError::Unreadable(_)));
    let error = on(&page_of_till("", "till.opened", r#"{"owner":"Ada"}"#));
    assert!(matches!(error, HandlerError::InvalidId(_)));
    let page = page_of("till.shut", "{}");
    let error = takings
        .on(3, Delivery::of(page.get(0).unwrap()))
        .unwrap_err();
    assert!(matches!(error, HandlerError::Unreadable(_)));
}

/// Methods may replace each other.
#[derive(Default)]
struct Replaced(u32);

#[projection(name = "replaced")]
impl Replaced {
    #[cfg(not(test))]
    #[on]
    fn paid(&mut self, _: &Paid) {
        self.0 += 1;
    }

    #[cfg(test)]
    #[on]
    fn paid(&mut self, _: &Paid) {
        self.0 += 10;
    }

    #[cfg(all(test, not(test)))]
    #[on]
    fn shut_by_day(&mut self, _: &Shut) {}

    #[cfg(not(all(test, not(test))))]
    #[on]
    fn shut_by_night(&mut self, _: &Shut) {
        self.0 += 100;
    }
}

#[test]
fn methods_that_are_not_there_take_no_place() -> Result<(), HandlerError> {
    let meta = Replaced::META;
    assert_eq!(meta.version, 1);
    assert_eq!(
        methods(meta),
        [("paid", "till.paid"), ("shut_by_night", "till.shut")]
    );
    let mut replaced = Replaced::default();
    for (place, name, payload) in [(0, "till.paid", r#"{"cents":1}"#), (1, "till.shut", "{}")] {
        let page = page_of(name, payload);
        replaced.on(place, Delivery::of(page.get(0).unwrap()))?;
    }
    assert_eq!(replaced.0, 110);
    Ok(())
}

/// A transaction that may not leave its thread.
struct LogTx<'t> {
    lines: &'t mut Vec<String>,
    not_send: std::marker::PhantomData<*const ()>,
}
struct LogTransactions;

impl TransactionFamily for LogTransactions {
    type Transaction<'t> = LogTx<'t>;
    const NAME: &'static str = "LogTx";
}

impl StoreTransaction for LogTx<'_> {
    type Family = LogTransactions;
}

#[derive(Default)]
struct Log;

#[projection(name = "log")]
impl Log {
    #[init]
    fn create(tx: &mut LogTx<'_>) {
        tx.lines.push("created".into());
    }

    #[on]
    fn opened(&self, e: &Opened, tx: &mut LogTx<'_>, id: &TillId) -> Result<(), OutOfOrder> {
        if e.owner.is_empty() {
            return Err(OutOfOrder);
        }
        tx.lines.push(format!("{} by {}", id.0, e.owner));
        Ok(())
    }

    #[on]
    fn paid<'t>(&self, e: &Paid, at: &Metadata, tx: &mut LogTx<'t>) {
        tx.lines.push(format!("{} at {}", e.cents, at.position.0));
    }

    #[on]
    fn shut(&self, _: &Shut) {}
}

#[test]
fn a_durable_projection_handles_events_in_the_transaction() -> Result<(), HandlerError> {
    let HandlerKind::Durable {
        family,
        family_name,
    } = Log::META.kind
    else {
        panic!("it is durable");
    };
    assert_eq!(family(), std::any::TypeId::of::<LogTransactions>());
    assert_eq!(family_name, "LogTx");

    let mut lines = Vec::new();
    let mut tx = LogTx {
        lines: &mut lines,
        not_send: std::marker::PhantomData,
    };
    ready(Log.init(&mut tx))?;
    for (name, payload) in [
        ("till.opened", r#"{"owner":"Ada"}"#),
        ("till.paid", r#"{"cents":5}"#),
        ("till.shut", "{}"),
    ] {
        let page = page_of(name, payload);
        let (place, delivery) = delivery(Log::META, &page);
        ready(Log.on(place, delivery, &mut tx))?;
    }
    let page = page_of("till.opened", r#"{"owner":""}"#);
    let (place, delivery) = delivery(Log::META, &page);
    let error = ready(Log.on(place, delivery, &mut tx)).unwrap_err();
    assert!(matches!(&error, HandlerError::Failed(error) if error.is::<OutOfOrder>()));
    assert_eq!(lines, ["created", "t1 by Ada", "5 at 7"]);
    Ok(())
}

/// A transaction that waits.
struct QueueTx<'t, T>(&'t mut Vec<T>);
struct QueueTransactions;

impl TransactionFamily for QueueTransactions {
    type Transaction<'t> = QueueTx<'t, String>;
    const NAME: &'static str = "QueueTx";
}

impl StoreTransaction for QueueTx<'_, String> {
    type Family = QueueTransactions;
}

impl AsyncTransactions for QueueTransactions {}

struct Queue {
    prefix: String,
}

#[projection(name = "queue")]
impl Queue {
    #[init]
    async fn create(&self, tx: &mut QueueTx<'_, String>) -> Result<(), OutOfOrder> {
        tokio::task::yield_now().await;
        tx.0.push(format!("{}created", self.prefix));
        Ok(())
    }

    #[on]
    async fn paid(&self, e: &Paid, id: &TillId, tx: &mut QueueTx<'_, String>) {
        tokio::task::yield_now().await;
        tx.0.push(format!("{}{} {}", self.prefix, id.0, e.cents));
    }

    #[on]
    fn shut(&self, _: &Shut, tx: &mut QueueTx<'_, String>) {
        tx.0.push("shut".into());
    }
}

#[tokio::test]
async fn a_durable_projection_may_wait() -> Result<(), HandlerError> {
    let queue = Queue {
        prefix: "> ".into(),
    };
    let mut lines = Vec::new();
    let mut tx = QueueTx(&mut lines);
    later(queue.init(&mut tx)).await?;
    let page = page_of("till.paid", r#"{"cents":5}"#);
    let (place, paid) = delivery(Queue::META, &page);
    let reaction = queue.on(place, paid, &mut tx);
    drop(page);
    later(reaction).await?;
    let page = page_of("till.shut", "{}");
    let (place, shut) = delivery(Queue::META, &page);
    ready(queue.on(place, shut, &mut tx))?;
    assert_eq!(lines, ["> created", "> t1 5", "shut"]);
    Ok(())
}

/// Without tables to make.
#[derive(Default)]
struct NoTables;

#[projection(name = "no_tables")]
impl NoTables {
    #[on]
    fn shut(&self, _: &Shut, tx: &mut LogTx<'_>) {
        tx.lines.clear();
    }
}

#[test]
fn a_durable_projection_need_not_make_tables() -> Result<(), HandlerError> {
    let mut lines = vec!["one".to_owned()];
    let mut tx = LogTx {
        lines: &mut lines,
        not_send: std::marker::PhantomData,
    };
    ready(NoTables.init(&mut tx))?;
    assert_eq!(lines, ["one"]);
    Ok(())
}

/// Gives a bonus for every opening.
#[derive(Default)]
struct Bonus;

/// Pays the bonus.
#[policy(name = "bonus")]
impl Bonus {
    #[on]
    fn opened(&self, _: &Opened, id: &TillId) -> To<Pay> {
        Pay { cents: 10 }.to(id)
    }

    #[on]
    fn paid(&self, e: &Paid, id: &TillId) -> Result<(Option<To<Pay>>, Vec<To<Close>>), OutOfOrder> {
        match e.cents {
            0 => Err(OutOfOrder),
            cents => Ok((
                (cents > 100).then(|| Pay { cents: 1 }.to(id)),
                vec![Close.to(id)],
            )),
        }
    }

    #[on]
    fn shut(&self, _: &Shut) {}
}

fn terms(meta: &HandlerMeta) -> PolicyTerms {
    match meta.kind {
        HandlerKind::Policy(terms) => terms,
        _ => panic!("it is a policy"),
    }
}

/// The commands it may send.
fn sent(sends: &Sends) -> Vec<String> {
    match sends {
        Sends::Nothing => Vec::new(),
        Sends::OneOf {
            aggregate,
            commands,
        } => commands
            .iter()
            .map(|command| command.name(aggregate))
            .collect(),
        Sends::All(all) => all.iter().flat_map(sent).collect(),
    }
}

#[test]
fn a_policy_says_what_it_does() {
    let meta = Bonus::META;
    assert_eq!(
        (meta.name, meta.version, meta.docs),
        ("bonus", 1, "Pays the bonus.")
    );
    let terms = terms(meta);
    assert_eq!(terms.from, PolicyStart::FirstStart);
    assert_eq!(terms.refused, OnRefusal::Park);
    assert_eq!(terms.concurrency, 8);
    assert_eq!((terms.services)().0, std::any::TypeId::of::<()>());
    let sends: Vec<_> = meta.on.iter().map(|on| sent(&on.sends)).collect();
    assert_eq!(
        sends,
        [vec!["till.pay"], vec!["till.pay", "till.close"], vec![]]
    );
}

fn react(policy: &Bonus, page: &Page) -> Result<Vec<PolicyCommand>, HandlerError> {
    let (place, delivery) = delivery(Bonus::META, page);
    ready(policy.on(place, delivery, &()))
}

#[test]
fn a_policy_answers_with_commands_in_order() -> Result<(), HandlerError> {
    let commands = react(&Bonus, &page_of("till.opened", r#"{"owner":"Ada"}"#))?;
    let pay: Vec<_> = commands
        .iter()
        .filter_map(|c| c.downcast_ref::<Pay>())
        .collect();
    assert_eq!(pay, [&Pay { cents: 10 }.to(TillId("t1".into()))]);
    let names = |commands: Vec<PolicyCommand>| -> Vec<_> {
        commands.iter().map(PolicyCommand::name).collect()
    };
    let commands = react(&Bonus, &page_of("till.paid", r#"{"cents":101}"#))?;
    assert_eq!(names(commands), ["till.pay", "till.close"]);
    let commands = react(&Bonus, &page_of("till.paid", r#"{"cents":1}"#))?;
    assert_eq!(names(commands), ["till.close"]);
    assert!(react(&Bonus, &page_of("till.shut", "{}"))?.is_empty());
    let error = react(&Bonus, &page_of("till.paid", r#"{"cents":0}"#)).unwrap_err();
    assert!(matches!(&error, HandlerError::Failed(error) if error.is::<OutOfOrder>()));
    Ok(())
}

#[test]
fn a_policy_without_a_refused_method_hands_the_refusal_back() {
    let page = page_of("till.shut", "{}");
    let refusal = RefusedCommand::not_found("till.pay", StreamName::new("till", "t2"));
    let delivery = Delivery::of(page.get(0).unwrap());
    let error = ready(Bonus.refused(refusal, delivery, &())).unwrap_err();
    assert!(matches!(error, HandlerError::Refused(refusal) if refusal.is_not_found()));
}

/// What the policy below calls on.
#[derive(Default)]
struct Mailer {
    mails: Mutex<Vec<String>>,
    asked: AtomicUsize,
}

struct Greeter {
    greeting: &'static str,
}

#[policy(name = "greeter", services = Mailer, from = start, concurrency = 2)]
impl Greeter {
    #[on]
    async fn opened(&self, e: &Opened, mailer: &Mailer) -> Option<To<Pay>> {
        tokio::task::yield_now().await;
        mailer
            .mails
            .lock()
            .unwrap()
            .push(format!("{} {}", self.greeting, e.owner));
        None
    }

    #[refused]
    async fn refused(&self, refusal: &RefusedCommand, id: &TillId, mailer: &Mailer) -> To<Close> {
        mailer.asked.fetch_add(1, Ordering::Relaxed);
        assert!(refusal.error::<OutOfOrder>().is_some());
        Close.to(id)
    }
}

#[tokio::test]
async fn a_policy_has_services_terms_and_answers_refusals() -> Result<(), HandlerError> {
    let meta = Greeter::META;
    let terms = terms(meta);
    assert_eq!(terms.from, PolicyStart::Beginning);
    assert_eq!(terms.refused, OnRefusal::Ask);
    assert_eq!(terms.concurrency, 2);
    assert_eq!((terms.services)().0, std::any::TypeId::of::<Mailer>());
    assert!(meta.on[0].asks.is_empty());
    assert!(matches!(meta.refused_asks, [Asks::Id(..)]));
    assert_eq!(sent(&meta.refused_sends), ["till.close"]);

    let mailer = Mailer::default();
    let greeter = Greeter { greeting: "Hello" };
    let page = page_of("till.opened", r#"{"owner":"Ada"}"#);
    let (place, opened) = delivery(meta, &page);
    assert!(later(greeter.on(place, opened, &mailer)).await?.is_empty());
    assert_eq!(*mailer.mails.lock().unwrap(), ["Hello Ada"]);

    let refusal = RefusedCommand::new("till.pay", StreamName::new("till", "t1"), OutOfOrder);
    let (_, opened) = delivery(meta, &page);
    let commands = later(Policy::refused(&greeter, refusal, opened, &mailer)).await?;
    assert_eq!(commands[0].name(), "till.close");
    assert_eq!(mailer.asked.load(Ordering::Relaxed), 1);
    Ok(())
}

#[derive(Default)]
struct Careless;

#[policy(name = "careless", refused = ignore)]
impl Careless {
    #[on]
    fn shut(&self, _: &Shut) {}
}

#[derive(Default)]
struct Careful;

#[policy(name = "careful")]
impl Careful {
    #[on]
    fn shut(&self, _: &Shut, id: &TillId) -> To<Close> {
        Close.to(id)
    }

    #[cfg(not(test))]
    #[refused]
    fn refused_by_day(&self, _: &RefusedCommand, what: &NoSuchType) {}

    #[cfg(test)]
    #[refused]
    fn refused_by_night(&self, _: &RefusedCommand) {}
}

#[derive(Default)]
struct Calm;

#[policy(name = "calm")]
impl Calm {
    #[on]
    fn shut(&self, _: &Shut) {}

    #[cfg(not(test))]
    #[refused]
    fn refused(&self, _: &RefusedCommand, what: &NoSuchType) {}
}

#[test]
fn what_becomes_of_a_refusal_is_said() {
    assert_eq!(terms(Careless::META).refused, OnRefusal::Ignore);
    assert_eq!(terms(Careful::META).refused, OnRefusal::Ask);
    assert_eq!(terms(Calm::META).refused, OnRefusal::Park);
}

/// The handlers of that name, as `discover()` finds them: whether each is built by `Default`.
#[cfg(feature = "inventory")]
fn discovered(name: &str) -> Vec<bool> {
    es_core::__private::inventory::iter::<es_core::HandlerEntry>()
        .filter(|entry| entry.meta.name == name)
        .map(|entry| entry.build().is_some())
        .collect()
}

#[cfg(feature = "inventory")]
#[test]
fn handlers_are_found_and_built_by_default() {
    #[derive(Default)]
    struct Inside;

    #[projection(name = "inside")]
    impl Inside {
        #[on]
        fn shut(&mut self, _: &Shut) {}
    }

    struct InsideWithout(#[allow(dead_code)] u8);

    #[policy(name = "inside_without")]
    impl InsideWithout {
        #[on]
        fn shut(&self, _: &Shut) {}
    }

    for name in ["takings", "log", "bonus", "inside"] {
        assert_eq!(discovered(name), [true], "{name}");
    }
    for name in ["queue", "greeter", "inside_without"] {
        assert_eq!(discovered(name), [false], "{name}");
    }
}

#[test]
fn an_event_leads_to_its_aggregate() {
    use es_core::{Aggregate, AppliedTo};

    fn stream_of<E: AppliedTo<A>, A: Aggregate>(_: &E) -> &'static str {
        A::NAME
    }

    // By a rule, by `ignores(…)`, by a method.
    assert_eq!(stream_of(&Paid { cents: 1 }), "till");
    assert_eq!(stream_of(&Shut), "till");
}
