//! Aggregates of other kinds: async handlers, services, ids, snapshots, lossy events.
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::failures::failure;
use es_core::prelude::*;
use es_testkit::prelude::*;

#[derive(Debug, PartialEq)]
pub struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

mod gauge {
    use super::*;

    /// Gives a number more with every reading.
    #[derive(Default)]
    pub struct Sensor(pub AtomicU32);

    #[derive(AggregateId, Clone, Debug, PartialEq)]
    pub struct GaugeId(u64);

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "gauge")]
    pub enum GaugeEvent {
        Read {
            of: String,
            value: u32,
            correlation: Option<String>,
        },
    }

    #[derive(Command, Clone, Debug)]
    pub enum GaugeCommand {
        Take,
    }

    #[derive(Aggregate, Serialize, Deserialize, Debug)]
    #[aggregate(
        name = "gauge", id = GaugeId, error = Refused, services = Sensor,
        commands = GaugeCommand, events = GaugeEvent, created_by(Read), snapshot(every = 1),
    )]
    pub struct Gauge {
        #[apply(Read += value)]
        pub sum: u32,
    }

    #[handlers]
    impl Gauge {
        async fn take(
            _this: Option<&Self>,
            _: Take,
            id: &GaugeId,
            ctx: &Context,
            sensor: &Sensor,
        ) -> Result<Read, Refused> {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let value = sensor.0.fetch_add(1, Ordering::Relaxed) + 1;
            let correlation = ctx.correlation_id().map(str::to_owned);
            Ok(Read {
                of: id.to_string(),
                value,
                correlation,
            })
        }
    }
}
use gauge::*;

fn read(of: &str, value: u32) -> Read {
    Read {
        of: of.into(),
        value,
        correlation: Some("c-1".into()),
    }
}

#[test]
fn services_and_async_handlers_run_once_a_command() {
    given_commands::<Gauge>((Take, Take))
        .services(Sensor::default())
        .correlation_id("c-1")
        .when(Take)
        .then(read("1", 3))
        .and_state(|gauge| assert_eq!(gauge.sum, 6))
        .services(Sensor(AtomicU32::new(41)))
        .when(Take)
        .then(read("1", 42))
        .and_state(|gauge| assert_eq!(gauge.sum, 48));
}

#[tokio::test(flavor = "current_thread")]
async fn timers_work_inside_a_runtime() {
    given_nothing::<Gauge>()
        .services(Sensor::default())
        .correlation_id("c-1")
        .id(GaugeId::from(7))
        .when(Take)
        .then(read("7", 1));
}

#[test]
fn missing_services_are_named() {
    let text = failure(|| drop(given_nothing::<Gauge>().when(Take).then_nothing()));
    assert_eq!(
        text,
        "the scenario cannot start: aggregate gauge needs services of type `main::settings::gauge::Sensor`: give them with `.services(…)`\n"
    );
}

macro_rules! notes {
    ($($module:ident: $Id:ty;)+) => {$(
        mod $module {
            use super::*;
            #[derive(Event, Clone, Debug, PartialEq)]
            #[event(prefix = "note")]
            pub enum NoteEvent { Written { of: String } }
            #[derive(Command, Clone, Debug)]
            pub enum NoteCommand { Write }
            #[derive(Aggregate, Debug)]
            #[aggregate(
                name = "note", id = $Id, error = Refused,
                commands = NoteCommand, events = NoteEvent, created_by(Written), ignores(Written),
            )]
            pub struct Note {}
            #[handlers]
            impl Note {
                fn write(_: Write, id: &$Id) -> Result<Written, Refused> {
                    Ok(Written { of: es_core::AggregateId::to_text(id) })
                }
            }
        }
    )+};
}

#[derive(AggregateId, Clone, Debug, PartialEq)]
pub struct Key(uuid::Uuid);

/// An id with a form of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Plate(String);

impl es_core::AggregateId for Plate {
    fn to_text(&self) -> String {
        self.0.clone()
    }
    fn from_text(text: &str) -> Result<Self, es_core::InvalidId> {
        if text.starts_with("B-") {
            Ok(Self(text.into()))
        } else {
            Err(es_core::InvalidId::new(text, "Plate", "it begins with B-"))
        }
    }
}

impl es_core::IntoId<Plate> for Plate {
    fn into_id(self) -> Plate {
        self
    }
}

notes! {
    of_text: String;
    of_number: i16;
    of_uuid: uuid::Uuid;
    of_key: Key;
    of_plate: Plate;
}

#[test]
fn every_kind_of_id_has_a_default() {
    let uuid = "00000000-0000-0000-0000-000000000001";
    given_nothing::<of_text::Note>()
        .when(of_text::Write)
        .then(of_text::Written {
            of: "test-1".into(),
        });
    given_nothing::<of_text::Note>()
        .id("n-7")
        .when(of_text::Write)
        .then(of_text::Written { of: "n-7".into() });
    given_nothing::<of_number::Note>()
        .when(of_number::Write)
        .then(of_number::Written { of: "1".into() });
    given_nothing::<of_uuid::Note>()
        .when(of_uuid::Write)
        .then(of_uuid::Written { of: uuid.into() });
    given_nothing::<of_key::Note>()
        .when(of_key::Write)
        .then(of_key::Written { of: uuid.into() });
    given_nothing::<of_plate::Note>()
        .id(Plate("B-12".into()))
        .when(of_plate::Write)
        .then(of_plate::Written { of: "B-12".into() });
}

#[test]
fn an_id_that_cannot_be_made_up_is_asked_for() {
    let text = failure(|| drop(given_nothing::<of_plate::Note>().when(of_plate::Write)));
    assert_eq!(
        text,
        "no `main::settings::Plate` can be made up, neither of `test-1` nor of `1` nor of `00000000-0000-0000-0000-000000000001`: say which with `.id(…)`\n"
    );
}

mod lossy {
    use super::*;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "lossy")]
    pub enum LossyEvent {
        Kept {
            #[serde(skip)]
            value: u32,
        },
        Measured {
            value: Weight,
        },
    }
    /// serde reads no integer of 128 bits behind a tag.
    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
    #[serde(tag = "in")]
    pub enum Weight {
        Grains { count: i128 },
        Grams { mass: f64 },
    }
    #[derive(Command, Clone, Debug)]
    pub enum LossyCommand {
        Keep { value: u32 },
        Measure { value: Weight },
    }
    #[derive(Aggregate, Debug)]
    #[aggregate(
        name = "lossy", id = String, error = Refused,
        commands = LossyCommand, events = LossyEvent, created_by(Kept, Measured),
        ignores(Kept, Measured),
    )]
    pub struct Lossy {}
    #[handlers]
    impl Lossy {
        fn keep(_: Option<&Self>, cmd: Keep) -> Result<Kept, Refused> {
            Ok(Kept { value: cmd.value })
        }
        fn measure(_: Option<&Self>, cmd: Measure) -> Result<Measured, Refused> {
            Ok(Measured { value: cmd.value })
        }
    }
}
use lossy::{Keep, Kept, Lossy, Measured, Weight};

#[test]
fn a_decided_event_must_survive_its_encoding() {
    given_nothing::<Lossy>()
        .when(Keep { value: 0 })
        .then(Kept { value: 0 });
    let text = failure(|| {
        given_nothing::<Lossy>()
            .when(Keep { value: 7 })
            .then(Kept { value: 7 });
    });
    let expected = "event lossy.kept does not survive its own encoding

- as it was, + as it is read back:
  Kept {
-     value: 7,
+     value: 0,
  }

as it is stored:
  {}

history (lossy/test-1):
  nothing

when:
  Keep { value: 7 }

state before:
  the lossy does not exist
";
    assert_eq!(text, expected);
}

fn given_weight(value: Weight) -> String {
    failure(|| {
        given::<Lossy>(Measured { value })
            .when(Keep { value: 0 })
            .then_nothing();
    })
}

#[test]
fn a_given_event_must_survive_its_encoding() {
    let text = given_weight(Weight::Grains { count: 7 });
    let expected = "event lossy.measured cannot be read back from its own encoding: the payload does not fit: at `value`: i128 is not supported at line 1 column 35

as it was:
  Measured { value: Grains { count: 7 } }

as it is stored:
  {\"value\":{\"in\":\"Grains\",\"count\":7}}
";
    assert_eq!(text, expected);
}

#[test]
fn a_given_event_must_have_an_encoding() {
    let text = given_weight(Weight::Grams { mass: f64::NAN });
    let expected = "`lossy.measured` cannot be stored: `value.mass` is NaN, which JSON cannot hold";
    assert!(text.contains(expected), "{text}");
}
