//! Handling a batch of events in one transaction with the projection's place.

use std::collections::{HashMap, HashSet};

use es_core::{
    Applied, Batch, DurableOver, HandlerError, ParkedStream, Position, RecordRef, Saved,
    StoreError, caught,
};
use rusqlite::ErrorCode;

use super::tables::{self, Object};
use super::{done, handle, has_ended, over};
use crate::places;
use crate::transaction::{Sqlite, SqliteTx, quoted};
use crate::work::Bench;

/// How carefully the events are handled: more so only once something has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// All events together: they succeed, or none is kept.
    None,
    /// Each in a savepoint of its own.
    Savepoints,
    /// And each has to leave the foreign keys whole, as the commit failed over one.
    ForeignKeys,
}

/// Why a pass over the events was not committed.
enum Failure {
    /// An event failed.
    Event,
    /// The event at this position has ended the transaction.
    Ended(Position, HandlerError),
    /// A foreign key was left broken.
    ForeignKeys,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn apply(bench: &Bench<'_>, batch: &Batch) -> Result<Applied, StoreError> {
    let mut care = Care::None;
    // Events that end the transaction when they are handled. They are not handled again.
    let mut ending = HashMap::new();
    loop {
        let pass = Pass {
            bench,
            batch,
            durable: over(bench, batch.handler())?,
            care,
            ending: &ending,
        };
        match pass.run() {
            Ok(applied) => return Ok(applied),
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Event) => care = care.max_with(Care::Savepoints),
            Err(Failure::ForeignKeys) => care = Care::ForeignKeys,
            Err(Failure::Ended(position, error)) => {
                care = care.max_with(Care::Savepoints);
                ending.insert(position, error);
            }
        }
    }
}

impl Care {
    fn max_with(self, other: Self) -> Self {
        if self == Self::ForeignKeys {
            self
        } else {
            other
        }
    }
}

struct Pass<'p> {
    bench: &'p Bench<'p>,
    batch: &'p Batch,
    durable: &'p dyn DurableOver<Sqlite>,
    care: Care,
    ending: &'p HashMap<Position, HandlerError>,
}

impl Pass<'_> {
    /// Handles the events and commits. What is not committed is rolled back.
    fn run(&self) -> Result<Applied, Failure> {
        let (bench, batch) = (self.bench, self.batch);
        let fail = |e| Failure::Store(bench.failed(e));
        let key = batch.handler().key();
        let transaction = bench.begin()?;
        if !places::holds(&transaction, &key, batch.fence()).map_err(fail)? {
            return Ok(Applied {
                saved: Saved::LeaseLost,
                failed: Vec::new(),
            });
        }
        let own = match self.care {
            Care::ForeignKeys => tables::recorded(&transaction, &key).map_err(fail)?,
            _ => Vec::new(),
        };
        let mut tx = SqliteTx::new(transaction, tables::suffix(key.version));
        let mut failed: Vec<ParkedStream> = Vec::new();
        let mut failed_streams = HashSet::new();
        for record in batch.records() {
            let stream = (record.category(), record.stream_id());
            if !failed_streams.is_empty() && failed_streams.contains(&stream) {
                continue;
            }
            if let Some(error) = self.ending.get(&record.position()) {
                failed_streams.insert(stream);
                failed.push(batch.park(record, error));
                continue;
            }
            let Err(error) = self.event(&mut tx, record, &own)? else {
                continue;
            };
            if bench.is_store_error(&error) {
                let error = bench.store_error_of(error);
                return Err(error.map_or(Failure::Event, Failure::Store));
            }
            if has_ended(bench, &tx) {
                return Err(Failure::Ended(record.position(), error));
            }
            if self.care == Care::None {
                return Err(Failure::Event);
            }
            failed_streams.insert(stream);
            failed.push(batch.park(record, &error));
        }
        let transaction = tx.into_inner();
        places::advance(
            &transaction,
            &key,
            batch.position(),
            batch.taken_up(),
            batch.set_aside().iter().chain(&failed),
        )
        .map_err(fail)?;
        match transaction.commit() {
            Ok(()) => Ok(Applied {
                saved: Saved::Yes,
                failed,
            }),
            Err(error)
                if self.care != Care::ForeignKeys
                    && error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Err(Failure::ForeignKeys)
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// Handles one event. If it fails, and there are savepoints, what it has done is undone.
    fn event(
        &self,
        tx: &mut SqliteTx<'_>,
        record: RecordRef<'_>,
        own: &[Object],
    ) -> Result<Result<(), HandlerError>, Failure> {
        if self.care == Care::None {
            return Ok(self.deliver(tx, record));
        }
        let fail = |e| Failure::Store(self.bench.failed(e));
        let run = |tx: &SqliteTx<'_>, sql: &str| tx.execute_batch(sql).map_err(fail);
        run(tx, "SAVEPOINT es_event")?;
        let mut result = self.deliver(tx, record);
        if result.is_ok() && self.care == Care::ForeignKeys {
            result = whole(tx, own).map_err(fail)?;
        }
        if has_ended(self.bench, tx) {
            return Ok(result);
        }
        match &result {
            Ok(()) => run(tx, "RELEASE es_event")?,
            Err(_) => run(tx, "ROLLBACK TO es_event; RELEASE es_event")?,
        }
        Ok(result)
    }

    fn deliver(&self, tx: &mut SqliteTx<'_>, record: RecordRef<'_>) -> Result<(), HandlerError> {
        let deliveries = caught_deliveries(self.batch, record)?;
        for (place, delivery) in deliveries {
            handle(self.bench, tx, |tx| {
                caught(|| done(self.durable.on(place, delivery, tx)))
            })?;
        }
        Ok(())
    }
}

/// Reading a retired event runs code of the domain, which may panic.
fn caught_deliveries<'r>(
    batch: &Batch,
    record: RecordRef<'r>,
) -> Result<es_core::Events<(usize, es_core::Delivery<'r>)>, HandlerError> {
    let mut deliveries = es_core::Events::new();
    caught(|| {
        deliveries = batch.deliveries(record)?;
        Ok(())
    })?;
    Ok(deliveries)
}

/// Whether no row of these tables refers to one that is not there.
fn whole(tx: &SqliteTx<'_>, own: &[Object]) -> rusqlite::Result<Result<(), HandlerError>> {
    for object in own.iter().filter(|object| object.kind == "table") {
        let sql = format!("PRAGMA foreign_key_check({})", quoted(&object.name));
        if tx.prepare(&sql)?.exists([])? {
            let text = format!(
                "a foreign key of table `{}` is broken after the event",
                object.plain
            );
            return Ok(Err(HandlerError::Failed(text.into())));
        }
    }
    Ok(Ok(()))
}
