//! Numbers for the `metrics` facade. Without a recorder they cost a few instructions.
//! The crate's documentation lists them.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::engine::status::State;
use crate::stream::Position;

/// A command was answered.
pub(crate) fn command(
    aggregate: &'static str,
    name: &'static str,
    outcome: &'static str,
    events: u32,
    took: Duration,
) {
    counter!("es_commands_total", "aggregate" => aggregate, "command" => name, "outcome" => outcome).increment(1);
    histogram!("es_command_seconds", "aggregate" => aggregate, "command" => name).record(took);
    if events > 0 {
        counter!("es_appended_events_total", "aggregate" => aggregate, "command" => name)
            .increment(u64::from(events));
    }
}

/// A command is decided again: others were quicker.
pub(crate) fn conflict(aggregate: &'static str, name: &'static str) {
    counter!("es_conflicts_total", "aggregate" => aggregate, "command" => name).increment(1);
}

/// A handler has handled events.
pub(crate) fn handled(handler: &'static str, events: usize, state: &State, last: Position) {
    counter!("es_handled_events_total", "handler" => handler).increment(events as u64);
    gauge!("es_parked_streams", "handler" => handler).set(state.parked as f64);
    let lag = state.lag(last);
    gauge!("es_handler_lag_events", "handler" => handler).set(lag.events as f64);
    gauge!("es_handler_lag_seconds", "handler" => handler).set(lag.time.as_secs_f64());
}

/// Events of a handler failed.
pub(crate) fn failed(handler: &'static str, events: usize) {
    if events > 0 {
        counter!("es_failed_events_total", "handler" => handler).increment(events as u64);
    }
}

/// A handler took this long for a page.
pub(crate) fn took(handler: &'static str, took: Duration) {
    histogram!("es_handler_seconds", "handler" => handler).record(took);
}
