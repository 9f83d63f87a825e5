//! Forgets a handler, if that is meant.

use es_core::{HandlerStore, Timestamp};
use es_sqlite::SqliteStore;

use crate::arguments::Forget;
use crate::output::print;
use crate::store::{Error, Lease, of_handler};

/// Forgets a handler.
pub(super) async fn forget(store: &SqliteStore, forget: &Forget) -> Result<(), Error> {
    for place in of_handler(store, &forget.name, Some(forget.version)).await? {
        let what = format!(
            "the place of {} (position {}), {} and its tables",
            place.key,
            place.position,
            match place.parked {
                1 => "1 stream that it has set aside".to_owned(),
                parked => format!("{parked} streams that it has set aside"),
            }
        );
        let runs = match Lease::of(&place, Timestamp::now()) {
            Lease::Held => {
                "; a process runs it: it stops there, and begins anew when that starts next"
            }
            Lease::Free | Lease::RanOut => "",
        };
        if !forget.yes {
            return Err(Error::NotSure {
                what: format!("it would forget {what}{runs}"),
            });
        }
        store.forget(&place.key).await?;
        print(&format!("forgotten: {what}{runs}\n"))?;
    }
    Ok(())
}
