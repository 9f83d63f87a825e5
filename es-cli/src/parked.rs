//! The streams that event handlers have set aside: listing them, and saying what is to be done.

use std::fmt::Write;
use std::time::Duration;

use es_core::{
    HandlerPlace, HandlerStore, Instruction, ParkedStream, StoreError, StreamName, Timestamp,
};
use es_sqlite::SqliteStore;
use indicatif::HumanDuration;
use serde::Serialize;

use crate::arguments::{Instructed, ListFormat, Parked, ParkedCommand};
use crate::output::{BAD, NOTABLE, Paint, TITLE, print};
use crate::store::{self, Error, Lease, of_handler};

/// Runs a command on streams that are set aside.
///
/// # Errors
/// The store cannot be read, or nothing is set aside where something is to be done.
pub fn run(arguments: Parked) -> Result<(), Error> {
    match arguments.command {
        ParkedCommand::List {
            store,
            handler,
            format,
        } => store::with(&store, async |store| {
            let places = match &handler {
                Some(name) => of_handler(store, name, None).await?,
                None => store.places().await?,
            };
            list(store, &places, format).await
        }),
        ParkedCommand::Retry(which) => instruct(&which, Instruction::Retry),
        ParkedCommand::Release(which) => instruct(&which, Instruction::Release),
        ParkedCommand::Discard(which) => instruct(&which, Instruction::Discard),
    }
}

async fn list(
    store: &SqliteStore,
    places: &[HandlerPlace],
    format: ListFormat,
) -> Result<(), Error> {
    let mut found = Vec::new();
    for place in places {
        for parked in store.parked(&place.key).await? {
            let waiting = waiting(store, &parked).await?;
            found.push((parked, waiting));
        }
    }
    let text = match format {
        ListFormat::Json => json(store, &found),
        ListFormat::Human if found.is_empty() => "no stream is set aside\n".to_owned(),
        ListFormat::Human => {
            let (now, paint) = (Timestamp::now(), Paint::here());
            let texts: Vec<_> = found
                .iter()
                .map(|(parked, waiting)| human(parked, *waiting, now, paint))
                .collect();
            texts.join("\n")
        }
    };
    Ok(print(&text)?)
}

/// How many events there are in the stream after the one it is parked at.
async fn waiting(store: &SqliteStore, parked: &ParkedStream) -> Result<u64, StoreError> {
    let stream = parked.stream.clone();
    let version = i64::try_from(parked.version.0).unwrap_or(i64::MAX);
    let count: i64 = store
        .read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FROM event_log WHERE category = ?1 AND stream_id = ?2 AND version > ?3",
                )?
                .query_row((stream.category(), stream.id(), version), |row| row.get(0))
        })
        .await?;
    Ok(count.unsigned_abs())
}

fn human(parked: &ParkedStream, waiting: u64, now: Timestamp, paint: Paint) -> String {
    let title = format!("{}  {}", parked.key, parked.stream);
    let how = match (parked.instruction, parked.retry_at) {
        (Some(instruction), _) => {
            let said = match instruction {
                Instruction::Retry => "retry",
                Instruction::Release => "release",
                Instruction::Discard => "discard",
            };
            format!("{said} was said, and is not done yet")
        }
        (None, Some(at)) => format!("tried again {}", until(at, now)),
        (None, None) => "parked: retry, release or discard it".to_owned(),
    };
    let style = match (parked.instruction, parked.retry_at) {
        (None, None) => BAD,
        _ => NOTABLE,
    };
    let mut text = paint.with(TITLE, &title);
    let lines = [
        format!(
            "{}, version {} of the stream, tried {}",
            parked.event,
            parked.version,
            match parked.attempts {
                1 => "once".to_owned(),
                attempts => format!("{attempts} times"),
            }
        ),
        format!(
            "error: {}",
            parked.error.trim_end().replace('\n', "\n         ")
        ),
        format!("set aside {:.0}", parked.since),
        paint.with(style, &how),
        format!("{} behind it", events(waiting)),
    ];
    for line in lines {
        // Writing to a `String` does not fail.
        let _ = write!(text, "\n  {line}");
    }
    text.push('\n');
    text
}

fn until(at: Timestamp, now: Timestamp) -> String {
    match Duration::try_from(at.duration_since(now)) {
        Ok(wait) if wait >= Duration::from_secs(1) => format!("in {}", HumanDuration(wait)),
        _ => "at any moment, if a process runs the handler".to_owned(),
    }
}

fn events(count: u64) -> String {
    match count {
        0 => "no event".to_owned(),
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    }
}

#[derive(Serialize)]
struct Told<'p> {
    store: String,
    parked: Vec<ToldStream<'p>>,
}

#[derive(Serialize)]
struct ToldStream<'p> {
    handler: &'p str,
    handler_version: u32,
    stream: String,
    category: &'p str,
    id: &'p str,
    version: u64,
    position: u64,
    event: &'p str,
    error: &'p str,
    attempts: u32,
    since: Timestamp,
    retry_at: Option<Timestamp>,
    instruction: Option<Instruction>,
    waiting: u64,
}

impl<'p> ToldStream<'p> {
    fn of(parked: &'p ParkedStream, waiting: u64) -> Self {
        Self {
            handler: &parked.key.name,
            handler_version: parked.key.version,
            stream: parked.stream.to_string(),
            category: parked.stream.category(),
            id: parked.stream.id(),
            version: parked.version.0,
            position: parked.position.0,
            event: &parked.event,
            error: &parked.error,
            attempts: parked.attempts,
            since: parked.since,
            retry_at: parked.retry_at,
            instruction: parked.instruction,
            waiting,
        }
    }
}

fn json(store: &SqliteStore, found: &[(ParkedStream, u64)]) -> String {
    let streams = found.iter();
    let told = Told {
        store: store.path().display().to_string(),
        parked: streams
            .map(|(parked, waiting)| ToldStream::of(parked, *waiting))
            .collect(),
    };
    // Texts, numbers and lists: there is no way for it to fail.
    format!(
        "{}\n",
        serde_json::to_string_pretty(&told).unwrap_or_default()
    )
}

fn instruct(which: &Instructed, instruction: Instruction) -> Result<(), Error> {
    store::with(&which.store, async |store| {
        let mut said = 0;
        for place in of_handler(store, &which.handler, which.version).await? {
            let lease = Lease::of(&place, Timestamp::now());
            let mut said_here = 0;
            for parked in store.parked(&place.key).await? {
                if which
                    .streams
                    .stream
                    .as_ref()
                    .is_some_and(|it| *it != parked.stream)
                {
                    continue;
                }
                let waiting = waiting(store, &parked).await?;
                // Taken up meanwhile, it is not there.
                if store.instruct(&parked, instruction).await? {
                    print(&will(&parked, waiting, instruction))?;
                    said_here += 1;
                }
            }
            if said_here > 0 {
                print(by_whom(lease))?;
            }
            said += said_here;
        }
        match said {
            0 => Err(not_parked(store, which).await?),
            _ => Ok(()),
        }
    })
}

/// What an instruction does.
fn will(parked: &ParkedStream, waiting: u64, instruction: Instruction) -> String {
    let after = match (waiting, instruction) {
        (0, _) => String::new(),
        (1, Instruction::Discard) => " and the event after it".to_owned(),
        (count, Instruction::Discard) => format!(" and the {count} events after it"),
        (1, Instruction::Release) => "; the event after it follows".to_owned(),
        (count, Instruction::Release) => format!("; the {count} events after it follow in order"),
        (1, Instruction::Retry) => "; if that works, the event after it follows".to_owned(),
        (count, Instruction::Retry) => {
            format!("; if that works, the {count} events after it follow in order")
        }
    };
    let event = format!("{} (version {})", parked.event, parked.version);
    let what = match instruction {
        Instruction::Retry => format!("{event} is tried again{after}"),
        Instruction::Release => format!("{event} is passed over{after}"),
        Instruction::Discard if waiting > 0 => format!("{event}{after} are passed over"),
        Instruction::Discard => format!("{event} is passed over"),
    };
    format!("{} {}: {what}\n", parked.key, parked.stream)
}

fn by_whom(lease: Lease) -> &'static str {
    match lease {
        Lease::Held => {
            "done by the process that runs the handler, at the latest half a second from now, or at its next start\n"
        }
        Lease::Free => {
            "no process runs the handler now: done by the one that runs it next, when it starts\n"
        }
        Lease::RanOut => {
            "no process seems to run the handler, its lease ran out: done by the one that runs it next\n"
        }
    }
}

/// The error that tells what is set aside instead.
async fn not_parked(store: &SqliteStore, which: &Instructed) -> Result<Error, Error> {
    let mut found = Vec::new();
    for place in store.places().await? {
        for parked in store.parked(&place.key).await? {
            found.push(format!("  {} {}", parked.key, parked.stream));
        }
    }
    let stream = |stream: &StreamName| {
        format!(
            "handler {} has not set stream {stream} aside",
            which.handler
        )
    };
    let what = which.streams.stream.as_ref().map_or_else(
        || format!("handler {} has set no stream aside", which.handler),
        stream,
    );
    let parked = match found.is_empty() {
        true => "no handler has set a stream aside".to_owned(),
        false => format!("set aside are:\n{}", found.join("\n")),
    };
    Ok(Error::NotParked { what, parked })
}
