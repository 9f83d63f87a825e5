//! Waits for async code in a test that is not async, or that is.

use std::panic::resume_unwind;
use std::thread;

use tokio::runtime::{Builder, Handle};

/// Runs a future to its end on a runtime of its own, with timers.
#[track_caller]
pub(crate) fn block_on<F: Future<Output: Send> + Send>(future: F) -> F::Output {
    let run = || {
        let runtime = Builder::new_current_thread().enable_time().build();
        #[allow(clippy::panic)] // without a runtime there is no test
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime can be made: {error}"));
        runtime.block_on(future)
    };
    if Handle::try_current().is_err() {
        return run();
    }
    // A runtime's thread may not block on another runtime.
    thread::scope(|scope| {
        // Named as the test, so that a handler's own panic is told of the test.
        let name = thread::current().name().unwrap_or("scenario").to_owned();
        let thread = thread::Builder::new().name(name).spawn_scoped(scope, run);
        #[allow(clippy::panic)] // without a thread there is no test
        let thread = thread.unwrap_or_else(|error| panic!("no thread can be made: {error}"));
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
