//! How handlers that are behind come on.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use es_core::{HandlerKey, HandlerPlace, PlaceStage, Position, Timestamp};
use es_sqlite::SqliteStore;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};

use crate::store::{Error, Lease, look};

/// How often the store is looked at. A handler that is busy saves its place about as often.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Shows a bar for each handler that is behind; returns when all have caught up.
pub(super) async fn watch(store: &SqliteStore) -> Result<(), Error> {
    let mut bars = Bars::default();
    // Caught up is who has handled all there was a moment ago: while events come, nobody is
    // through with all there is.
    let mut before = None;
    loop {
        let now = look(store).await?;
        let goal = before.unwrap_or(now.last);
        let mut all_are_there = true;
        for place in &now.places {
            let is_there = place.stage == PlaceStage::Live && place.position >= goal;
            all_are_there &= is_there;
            match is_there {
                true => bars.finish(&place.key),
                false => bars.show(place, now.last),
            }
        }
        bars.drop_others(&now.places);
        if all_are_there {
            return Ok(());
        }
        before = Some(now.last);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The bars, on the standard error output; where that is no terminal, a line for each handler that
/// is behind, and one when it is through.
#[derive(Default)]
struct Bars {
    all: MultiProgress,
    shown: BTreeMap<HandlerKey, Shown>,
}

/// A bar, and where and when it began: what was done before is no measure of how fast it goes.
struct Shown {
    bar: ProgressBar,
    from: Position,
    since: Instant,
}

impl Shown {
    /// Events a second.
    fn rate(&self, position: Position) -> f64 {
        let done = position.0.saturating_sub(self.from.0) as f64;
        done / self.since.elapsed().as_secs_f64().max(0.001)
    }
}

impl Bars {
    fn show(&mut self, place: &HandlerPlace, last: Position) {
        let message = match (place.stage, Lease::of(place, Timestamp::now())) {
            (PlaceStage::Building, Lease::Held) => "building",
            (PlaceStage::Building, Lease::Free) => "building, no process runs it",
            (PlaceStage::Building, Lease::RanOut) => "building, its lease ran out",
            (PlaceStage::Live, Lease::Held) => "catching up",
            (PlaceStage::Live, Lease::Free) => "no process runs it",
            (PlaceStage::Live, Lease::RanOut) => "its lease ran out",
        };
        let behind = last.0.saturating_sub(place.position.0);
        let shown = self.shown.entry(place.key.clone()).or_insert_with(|| {
            let events = match behind {
                1 => "1 event".to_owned(),
                behind => format!("{behind} events"),
            };
            tell(format_args!("{}: {events} behind, {message}", place.key));
            let bar = ProgressBar::new(last.0)
                .with_style(style())
                .with_prefix(place.key.to_string());
            Shown {
                bar: self.all.add(bar),
                from: place.position,
                since: Instant::now(),
            }
        });
        shown.bar.set_length(last.0);
        shown.bar.set_position(place.position.0);
        let rate = shown.rate(place.position);
        shown.bar.set_message(if rate < 1.0 {
            message.to_owned()
        } else {
            let left = HumanDuration(Duration::from_secs_f64(behind as f64 / rate));
            format!("{rate:.0}/s, {left} left, {message}")
        });
    }

    fn finish(&mut self, key: &HandlerKey) {
        if let Some(shown) = self.shown.remove(key) {
            shown.bar.finish_and_clear();
            tell(format_args!("{key}: caught up"));
        }
    }

    /// Those that were forgotten meanwhile, or that a new version has replaced.
    fn drop_others(&mut self, places: &[HandlerPlace]) {
        self.shown.retain(|key, shown| {
            let is_there = places.iter().any(|place| place.key == *key);
            if !is_there {
                shown.bar.finish_and_clear();
            }
            is_there
        });
    }
}

/// Tells it in a line where there are no bars.
fn tell(line: std::fmt::Arguments<'_>) {
    if !std::io::stderr().is_terminal() {
        eprintln!("{line}");
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} {bar:30} {human_pos} of {human_len} events  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
