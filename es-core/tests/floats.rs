//! Floats: every finite one is read back as it was written, and no other gets into the store.

use std::collections::BTreeMap;

use es_core::prelude::*;
use es_core::*;

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Reading {
    pub value: f64,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Newtype(f32);

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub enum External {
    One(f64),
    Two(f64, f64),
    Three { at: f64 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(tag = "kind")]
pub enum Internal {
    Of(Reading),
    At { x: f64 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(tag = "kind", content = "is")]
pub enum Adjacent {
    One(f64),
    Two(f64, f64),
    At { x: f64 },
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(untagged)]
pub enum Untagged {
    One(f64),
    At { x: f64 },
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
#[event(name = "probe.shaped")]
pub struct Shaped {
    note: Option<String>,
    plain: f64,
    single: f32,
    maybe: Option<f64>,
    reading: Option<Reading>,
    list: Vec<f64>,
    array: [f32; 2],
    tuple: (u8, f64),
    by_name: BTreeMap<String, Vec<Reading>>,
    by_number: BTreeMap<i16, f64>,
    newtype: Option<Newtype>,
    boxed: Option<Box<f64>>,
    external: Option<External>,
    internal: Option<Internal>,
    adjacent: Option<Adjacent>,
    untagged: Option<Untagged>,
    split: Split,
    #[serde(flatten)]
    rest: Rest,
}

/// Writes key and value apart from each other.
#[derive(Deserialize, JsonSchema, Clone, Debug, PartialEq, Default)]
#[serde(transparent)]
pub struct Split(BTreeMap<String, f64>);

impl serde::Serialize for Split {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.0 {
            map.serialize_key(key)?;
            map.serialize_value(value)?;
        }
        map.end()
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Default)]
pub struct Rest {
    tail: f64,
    #[serde(flatten)]
    more: BTreeMap<String, f64>,
}

fn refused(change: impl FnOnce(&mut Shaped)) -> (String, &'static str) {
    let mut event = Shaped::default();
    change(&mut event);
    match event.encode() {
        Err(EncodeError::NotFinite { name, path, value }) => {
            assert_eq!(name, "probe.shaped");
            (path, value)
        }
        other => panic!("{other:?}"),
    }
}

const NAN: f64 = f64::NAN;
const INFINITE: f64 = f64::INFINITY;

#[test]
fn none_is_refused_wherever_it_is() {
    let at = |path: &str| (path.to_owned(), "NaN");
    assert_eq!(refused(|e| e.plain = NAN), at("plain"));
    assert_eq!(refused(|e| e.single = f32::NAN), at("single"));
    assert_eq!(refused(|e| e.maybe = Some(NAN)), at("maybe"));
    assert_eq!(refused(|e| e.list = vec![0.0, NAN]), at("list[1]"));
    assert_eq!(refused(|e| e.array = [0.0, f32::NAN]), at("array[1]"));
    assert_eq!(refused(|e| e.tuple = (0, NAN)), at("tuple[1]"));
    let nan = || Reading { value: NAN };
    assert_eq!(refused(|e| e.reading = Some(nan())), at("reading.value"));
    let named = |e: &mut Shaped| e.by_name = [("hall".to_owned(), vec![nan()])].into();
    assert_eq!(refused(named), at("by_name.hall[0].value"));
    let numbered = |e: &mut Shaped| e.by_number = [(-7, NAN)].into();
    assert_eq!(refused(numbered), at("by_number.-7"));
    let split = |e: &mut Shaped| e.split.0 = [("a".to_owned(), NAN)].into();
    assert_eq!(refused(split), at("split.a"));
    let newtype = |e: &mut Shaped| e.newtype = Some(Newtype(f32::NAN));
    assert_eq!(refused(newtype), at("newtype"));
    assert_eq!(refused(|e| e.boxed = Some(Box::new(NAN))), at("boxed"));
    assert_eq!(refused(|e| e.rest.tail = NAN), at("tail"));
    let flattened = |e: &mut Shaped| e.rest.more = [("odd".to_owned(), NAN)].into();
    assert_eq!(refused(flattened), at("odd"));
}

#[test]
fn none_is_refused_in_any_enum() {
    let nan = || Reading { value: NAN };
    for (value, path) in [
        (External::One(NAN), "external.One"),
        (External::Two(0.0, NAN), "external.Two[1]"),
        (External::Three { at: NAN }, "external.Three.at"),
    ] {
        assert_eq!(refused(|e| e.external = Some(value)).0, path);
    }
    for (value, path) in [
        (Internal::Of(nan()), "internal.value"),
        (Internal::At { x: NAN }, "internal.x"),
    ] {
        assert_eq!(refused(|e| e.internal = Some(value)).0, path);
    }
    for (value, path) in [
        (Adjacent::One(NAN), "adjacent.is"),
        (Adjacent::Two(0.0, NAN), "adjacent.is[1]"),
        (Adjacent::At { x: NAN }, "adjacent.is.x"),
    ] {
        assert_eq!(refused(|e| e.adjacent = Some(value)).0, path);
    }
    for (value, path) in [
        (Untagged::One(NAN), "untagged"),
        (Untagged::At { x: NAN }, "untagged.x"),
    ] {
        assert_eq!(refused(|e| e.untagged = Some(value)).0, path);
    }
}

#[test]
fn the_error_says_what_to_do() {
    let said = |value| {
        let reading = Some(Reading { value });
        let event = Shaped {
            reading,
            ..Shaped::default()
        };
        event.encode().unwrap_err().to_string()
    };
    let expected = |is: &str| {
        format!(
            "`probe.shaped` cannot be stored: `reading.value` is {is}, which JSON cannot hold: make it an `Option` that is `None` then, or refuse it in the command handler"
        )
    };
    assert_eq!(said(NAN), expected("NaN"));
    assert_eq!(said(INFINITE), expected("infinite"));
    assert_eq!(said(-INFINITE), expected("negative infinite"));
}

#[test]
fn what_is_null_by_right_is_written() {
    let event = Shaped {
        note: Some("null".into()),
        ..Shaped::default()
    };
    let json = event.encode().unwrap();
    assert_eq!(Shaped::decode(1, json.as_bytes()).unwrap(), event);
    assert!(json.contains("\"maybe\":null"));
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "probe.odd")]
pub struct Odd {
    of_list: Map,
    note: Option<u8>,
}

type Map = BTreeMap<Option<String>, u8>;

#[test]
fn other_mistakes_are_serdes_to_tell() {
    let event = Odd {
        of_list: [(None, 1)].into(),
        note: None,
    };
    assert_eq!(
        event.encode().unwrap_err(),
        EncodeError::NoJsonForm {
            name: "probe.odd",
            reason: "key must be a string".into()
        }
    );
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "probe.exact")]
pub struct Exact {
    wide: Vec<f64>,
    narrow: Vec<f32>,
}

#[test]
fn every_finite_float_is_read_back_as_it_was() {
    // xorshift64*: any bits will do, and the same each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bits = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    };
    let mut wide = vec![
        0.1,
        1e-308,
        -0.0,
        0.0,
        5e-324,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        f64::EPSILON,
        9_007_199_254_740_993.0,
        1e22,
        1e23,
    ];
    let mut narrow = vec![
        0.1,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1e-45,
        -0.0,
        16_777_217.0,
    ];
    for _ in 0..20_000 {
        wide.push(f64::from_bits(bits()));
        narrow.push(f32::from_bits(bits() as u32));
    }
    wide.retain(|value| value.is_finite());
    narrow.retain(|value| value.is_finite());
    assert!(wide.len() > 19_000 && narrow.len() > 19_000);
    let event = Exact { wide, narrow };
    let json = event.encode().unwrap();
    let read = Exact::decode(1, json.as_bytes()).unwrap();
    // Bits, since `-0.0 == 0.0`.
    let wide = |event: &Exact| event.wide.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    let narrow = |event: &Exact| event.narrow.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(wide(&read) == wide(&event));
    assert!(narrow(&read) == narrow(&event));
}

/// A sensor whose mean may be NaN, from events that are finite.
mod sensor {
    use std::convert::Infallible;

    use super::*;
    use crate::store::Watched;

    #[derive(Event, Clone, Debug, PartialEq)]
    #[event(prefix = "sensor")]
    pub enum SensorEvent {
        Placed { offset: f64 },
        Measured { value: f64 },
    }

    #[derive(Command, Clone, Debug)]
    pub enum SensorCommand {
        Place { offset: f64 },
        Measure { value: f64 },
    }

    #[derive(AggregateId, Clone, Debug, PartialEq)]
    pub struct SensorId(String);

    #[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[aggregate(
        name = "sensor",
        id = SensorId,
        error = Infallible,
        commands = SensorCommand,
        events = SensorEvent,
        created_by(Placed),
        snapshot(every = 1)
    )]
    pub struct Sensor {
        #[apply(Placed = Some(e.offset), Measured = Some(1.0 / e.value * 0.0))]
        ratio: Option<f64>,
    }

    #[handlers]
    impl Sensor {
        fn place(cmd: Place) -> Result<Placed, Infallible> {
            Ok(Placed { offset: cmd.offset })
        }

        fn measure(&self, cmd: Measure) -> Result<Measured, Infallible> {
            Ok(Measured { value: cmd.value })
        }
    }

    async fn app(store: &Watched) -> App {
        App::builder(store.clone())
            .aggregate::<Sensor>()
            .start()
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_decided_event_that_cannot_be_written_is_an_error_and_nothing_is_recorded() {
        let store = Watched::default();
        let app = app(&store).await;
        app.send("hall", Place { offset: 1.0 }).await.unwrap();
        let error = app.send("hall", Measure { value: NAN }).await.unwrap_err();
        let CommandError::Replay(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.event(), "sensor.measured");
        assert!(matches!(
            error.fault(),
            ReplayFault::Encode(EncodeError::NotFinite { .. })
        ));
        assert_eq!(
            error.to_string(),
            "stream sensor/hall, version 2: `sensor.measured` cannot be stored: `value` is NaN, which JSON cannot hold: make it an `Option` that is `None` then, or refuse it in the command handler"
        );
        assert_eq!(app.history::<Sensor>("hall").await.unwrap().len(), 1);
        app.send("hall", Measure { value: 2.0 }).await.unwrap();
    }

    #[tokio::test]
    async fn a_state_that_cannot_be_written_is_not_made_a_snapshot_of() {
        let store = Watched::default();
        let app = app(&store).await;
        app.send("hall", Place { offset: 1.0 }).await.unwrap();
        // As `null`, this NaN would be read back as `None`.
        app.send("hall", Measure { value: 0.0 }).await.unwrap();
        let stream = StreamName::new("sensor", "hall");
        let snapshot = store.read_snapshot(&stream).await.unwrap().unwrap();
        assert_eq!(snapshot.version, Version(1));
        let loaded = app.load::<Sensor>("hall").await.unwrap();
        assert!(loaded.ratio.is_some_and(f64::is_nan));
    }
}
