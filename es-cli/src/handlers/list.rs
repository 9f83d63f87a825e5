//! How far each handler has come, and who runs it.

use std::time::Duration;

use anstyle::Style;
use es_core::{HandlerPlace, PlaceStage, Position, Timestamp};
use es_sqlite::SqliteStore;
use indicatif::HumanDuration;
use serde::Serialize;

use super::table::{Cell, Column, table};
use crate::arguments::ListFormat;
use crate::output::{BAD, GOOD, NOTABLE, Paint, print};
use crate::store::{Error, Lease, Look, look};

/// Prints the handlers.
pub(super) async fn list(store: &SqliteStore, format: ListFormat) -> Result<(), Error> {
    let look = look(store).await?;
    let now = Timestamp::now();
    let text = match format {
        ListFormat::Json => json(store, &look, now),
        ListFormat::Human if look.places.is_empty() => format!(
            "{} keeps no place of a handler: a policy or a durable projection gets one when its application starts\n",
            store.path().display()
        ),
        ListFormat::Human => human(&look, now, Paint::here()),
    };
    Ok(print(&text)?)
}

const COLUMNS: [Column; 7] = [
    text("HANDLER"),
    number("VERSION"),
    text("STAGE"),
    number("POSITION"),
    number("BEHIND"),
    number("PARKED"),
    text("LEASE"),
];

const fn text(title: &'static str) -> Column {
    Column {
        title,
        is_number: false,
    }
}

const fn number(title: &'static str) -> Column {
    Column {
        title,
        is_number: true,
    }
}

fn human(look: &Look, now: Timestamp, paint: Paint) -> String {
    let plain = Style::new();
    let row = |place: &HandlerPlace| -> Vec<Cell> {
        let behind = look.last.0.saturating_sub(place.position.0);
        let stage = match place.stage {
            PlaceStage::Building => ("building".to_owned(), NOTABLE),
            PlaceStage::Live => ("serving".to_owned(), plain),
        };
        vec![
            (place.key.name.clone(), plain),
            (place.key.version.to_string(), plain),
            stage,
            (place.position.to_string(), plain),
            (behind.to_string(), if behind > 0 { NOTABLE } else { plain }),
            (
                place.parked.to_string(),
                if place.parked > 0 { BAD } else { plain },
            ),
            lease(place, now),
        ]
    };
    let rows: Vec<_> = look.places.iter().map(row).collect();
    table(&COLUMNS, &rows, paint)
}

fn lease(place: &HandlerPlace, now: Timestamp) -> Cell {
    match Lease::of(place, now) {
        Lease::Held => ("held".to_owned(), GOOD),
        Lease::Free => ("free".to_owned(), NOTABLE),
        Lease::RanOut => {
            let since = place.leased_until.map(|until| now.duration_since(until));
            let since = since.and_then(|since| Duration::try_from(since).ok());
            let since = since.map(|since| format!(" {} ago", HumanDuration(since)));
            (format!("ran out{}", since.unwrap_or_default()), BAD)
        }
    }
}

#[derive(Serialize)]
struct Told<'l> {
    store: String,
    last_position: u64,
    handlers: Vec<ToldHandler<'l>>,
}

#[derive(Serialize)]
struct ToldHandler<'l> {
    name: &'l str,
    version: u32,
    stage: PlaceStage,
    position: u64,
    behind: u64,
    parked: u64,
    lease: ToldLease,
}

#[derive(Serialize)]
struct ToldLease {
    state: &'static str,
    holder: Option<String>,
    until: Option<Timestamp>,
}

impl<'l> ToldHandler<'l> {
    fn of(place: &'l HandlerPlace, last: Position, now: Timestamp) -> Self {
        Self {
            name: &place.key.name,
            version: place.key.version,
            stage: place.stage,
            position: place.position.0,
            behind: last.0.saturating_sub(place.position.0),
            parked: place.parked,
            lease: ToldLease {
                state: match Lease::of(place, now) {
                    Lease::Held => "held",
                    Lease::Free => "free",
                    Lease::RanOut => "ran_out",
                },
                holder: place.holder.map(|holder| holder.to_string()),
                until: place.leased_until,
            },
        }
    }
}

fn json(store: &SqliteStore, look: &Look, now: Timestamp) -> String {
    let places = look.places.iter();
    let told = Told {
        store: store.path().display().to_string(),
        last_position: look.last.0,
        handlers: places
            .map(|place| ToldHandler::of(place, look.last, now))
            .collect(),
    };
    // Texts, numbers and lists: there is no way for it to fail.
    format!(
        "{}\n",
        serde_json::to_string_pretty(&told).unwrap_or_default()
    )
}
