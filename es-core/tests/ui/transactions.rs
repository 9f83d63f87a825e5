// Two stores: one whose transactions block, and one whose transactions wait.
use es_core::{AsyncTransactions, StoreTransaction, TransactionFamily};

pub struct Tx<'t>(pub &'t mut Vec<String>, std::marker::PhantomData<*const ()>);
pub struct TxFamily;

impl TransactionFamily for TxFamily {
    type Transaction<'t> = Tx<'t>;
    const NAME: &'static str = "Tx";
}

impl StoreTransaction for Tx<'_> {
    type Family = TxFamily;
}

pub struct WaitingTx<'t>(pub &'t mut Vec<String>);
pub struct WaitingTxFamily;

impl TransactionFamily for WaitingTxFamily {
    type Transaction<'t> = WaitingTx<'t>;
    const NAME: &'static str = "WaitingTx";
}

impl StoreTransaction for WaitingTx<'_> {
    type Family = WaitingTxFamily;
}

impl AsyncTransactions for WaitingTxFamily {}
