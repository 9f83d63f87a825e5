//! Panics of the code that is tried: told with the sample, and the rest goes on.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use crate::replay::panic_text;

thread_local! {
    static IS_TRIED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, what is caught says where it panicked, and prints nothing. For a process of its own:
/// there is one hook for all threads.
pub(super) fn note_places() {
    let before = take_hook();
    set_hook(Box::new(move |panic| match IS_TRIED.get() {
        true => PLACE.set(panic.location().map(ToString::to_string)),
        false => before(panic),
    }));
}

/// What a panic said, if there was one.
pub(super) fn caught<T>(tried: impl FnOnce() -> T) -> Result<T, String> {
    IS_TRIED.set(true);
    // Nothing that it worked on is looked at again.
    let outcome = catch_unwind(AssertUnwindSafe(tried));
    IS_TRIED.set(false);
    outcome.map_err(|panic| match PLACE.take() {
        Some(place) => format!("{} ({place})", panic_text(&*panic)),
        None => panic_text(&*panic),
    })
}
