//! A store's transactions, as far as handlers need them, and an event on its way to one.

use es_core::{
    AsyncTransactions, Delivery, Page, Position, RecordRow, StoreTransaction, StreamName,
    TransactionFamily, Version,
};

#[derive(Debug)]
pub(crate) struct Tx<'t>(pub(crate) &'t mut Vec<u64>);
pub(crate) struct TxFamily;

impl TransactionFamily for TxFamily {
    type Transaction<'t> = Tx<'t>;
    const NAME: &'static str = "Tx";
}

impl StoreTransaction for Tx<'_> {
    type Family = TxFamily;
}

impl AsyncTransactions for TxFamily {}

/// A page with one record of the aggregate `2`.
pub(crate) fn page(name: &str, payload: &str) -> Page {
    let mut page = Page::of_stream(StreamName::new("any", "2"));
    page.push(RecordRow {
        category: "",
        id: "",
        version: Version(1),
        position: Position(1),
        event_id: uuid::Uuid::nil(),
        name,
        event_version: 1,
        recorded_at_micros: 0,
        payload: payload.as_bytes(),
        origin: b"{}",
    });
    page
}

/// Its record.
pub(crate) fn delivery(page: &Page) -> Delivery<'_> {
    match page.get(0) {
        Some(record) => Delivery::of(record),
        None => unreachable!("the page has one record"),
    }
}
