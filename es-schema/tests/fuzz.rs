//! Whatever bytes are stored, decoding them is a value or an error; and what is read is written and
//! read again as the same, in the form its schema says.
//!
//! `ES_FUZZ_CASES` sets the number of cases.

use std::collections::BTreeMap;
use std::fmt::Debug;

use es_core::prelude::*;
use es_core::schema::DeclaredEvent;
use es_core::{DecodeError, Event, EventCatalogue, EventMeta, RetiredEvent, StoredEvent};
use es_schema::sample::samples;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};

macro_rules! data {
    ($($item:item)*) => {
        $(#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)] $item)*
    };
}

data! {
    #[derive(Copy, Eq, PartialOrd, Ord)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Currency { Euro, UsDollar }
    #[serde(deny_unknown_fields)]
    pub struct Money { amount: i128, currency: Currency }
    pub enum External { Cash, Card { number: String, month: Option<u8> }, Iban(String), Pair(u8, Box<Internal>) }
    #[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
    pub enum Internal { Nothing, Plain { valid_until: Option<Timestamp>, rates: [f32; 2] }, Held(Flat) }
    // serde keeps a content that comes before its tag, and then reads no numbers as keys: so "kind" is
    // before "with" in samples, whose keys are sorted.
    #[serde(tag = "kind", content = "with")]
    pub enum Adjacent { Nothing, Pair(u8, String), Named { by_name: BTreeMap<String, Currency>, by_day: BTreeMap<u8, Vec<Currency>> }, Deep(Box<External>) }
    #[serde(untagged)]
    pub enum Untagged { Number(u32), Ratio(f64), Text(String), Both { a: u8, b: Option<String> }, Many(Vec<i16>) }
    pub struct Flat { flat_a: u8, #[serde(default)] flat_b: Option<String>, #[serde(flatten)] deeper: Deeper }
    pub struct Deeper { deep: Vec<bool>, #[serde(skip_serializing_if = "Option::is_none")] left_out: Option<char> }
    pub struct Tree { value: i64, #[serde(default)] kids: Vec<Tree> }
    #[serde(transparent)]
    pub struct Cents(u64);
}

/// Events of every form a payload can take.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "fuzz", retired(Merged, Forgotten))]
pub enum FuzzEvent {
    /// Steps that rename, add, remove and retype.
    #[event(version = 6, alias = "fuzz_opened", alias = "fuzz.created")]
    #[upcast(1 => 2, rename(holder => owner))]
    #[upcast(2 => 3, rename("curr" => currency))]
    #[upcast(3 => 4, add(day: u8 = if text.starts_with("text") { 1 } else { text.parse()? }), remove(text: String))]
    #[upcast(4 => 5, retype(limit: u32 => u64::from(limit) * 100))]
    #[upcast(5 => 6, add(label: Option<String> = Some(format!("{owner}/{branch}"))), remove(#[serde(default)] branch: String))]
    Opened {
        owner: String,
        currency: Currency,
        limit: u64,
        day: u8,
        label: Option<String>,
    },
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[event(version = 3)]
    #[upcast(1 => 2, rename("sum" => paid_cents))]
    #[upcast(2 => 3, retype(paid_by: String => External::Iban(paid_by)))]
    Paid {
        paid_cents: Cents,
        #[serde(default, alias = "memo")]
        foot_note: Option<String>,
        paid_by: External,
    },
    #[event(version = 2)]
    #[upcast(1 => 2, remove(reason: External))]
    Closed,
    #[event(version = 2)]
    #[upcast(1 => 2, remove(nothing: Option<u8>))]
    Emptied {},
    #[event(version = 4)]
    #[upcast(1 => 2, json = any_rate)]
    #[upcast(2 => 3, json = rate_from_text)]
    #[upcast(3 => 4, with = rate_from_percent, from = RatePercent)]
    Rated { basis_points: u64, ratio: f64 },
    #[event(version = 2)]
    #[upcast(1 => 2, retype(small: f64 => if small.abs() < 1e30 { small as f32 } else { Err("too much")? }))]
    Numbers {
        huge: u128,
        least: i128,
        small: f32,
        double: f64,
        by_number: BTreeMap<u16, f64>,
        by_signed: BTreeMap<i64, Vec<u8>>,
        by_currency: BTreeMap<Currency, u128>,
        tuple: (u8, String, Option<i32>),
        array: [Money; 2],
        at: Timestamp,
        unit: (),
        letter: char,
    },
    #[event(version = 2)]
    #[upcast(1 => 2, rename(adj => adjacent), add(list: Vec<Untagged> = Vec::from([untagged.clone()])))]
    Nested {
        external: External,
        internal: Option<Internal>,
        adjacent: Adjacent,
        untagged: Untagged,
        list: Vec<Untagged>,
        tree: Tree,
        any: Value,
        #[serde(flatten)]
        flat: Flat,
    },
    #[serde(rename_all = "kebab-case")]
    #[event(version = 2)]
    #[upcast(1 => 2, add(how_many: u8 = 1))]
    Tagged {
        how_many: u8,
        #[serde(flatten)]
        kind: Internal,
        #[serde(default = "seven", skip_serializing_if = "is_seven")]
        day_of_week: u8,
    },
}

fn seven() -> u8 {
    7
}

fn is_seven(day: &u8) -> bool {
    *day == 7
}

#[derive(Deserialize, JsonSchema)]
pub struct RatePercent {
    percent: u32,
    #[serde(default)]
    ratio: f64,
}

fn rate_from_percent(old: RatePercent) -> Result<Rated, &'static str> {
    Ok(Rated {
        basis_points: u64::from(old.percent.checked_mul(100).ok_or("too much")?),
        ratio: old.ratio,
    })
}

fn rate_from_text(old: Value) -> Result<Value, String> {
    let text = old["rate"].as_str().ok_or("`rate` is not text")?;
    Ok(json!({ "percent": text.trim_end_matches('%').parse::<u32>().map_err(|_| "not a rate")? }))
}

fn any_rate(old: Value) -> Value {
    json!({ "rate": old })
}

/// Two in one.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fuzz.merged", version = 2, alias = "joined", retired(into = split))]
#[upcast(1 => 2, add(owner: String = String::from("nobody")))]
pub struct Merged {
    cents: u64,
    owner: String,
    #[serde(default)]
    by: Option<External>,
}

fn split(merged: Merged) -> (Opened, Option<Paid>) {
    let opened = Opened {
        owner: merged.owner,
        currency: Currency::Euro,
        limit: merged.cents,
        day: 1,
        label: None,
    };
    let paid = merged.by.map(|paid_by| Paid {
        paid_cents: Cents(merged.cents),
        foot_note: None,
        paid_by,
    });
    (opened, paid)
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fuzz.forgotten", version = 2, alias = "lost", retired(drop))]
#[upcast(1 => 2, retype(by: u8 => by.to_string()))]
pub struct Forgotten {
    by: String,
    how: Untagged,
}

type Read = dyn Fn(u32, &[u8]) -> Result<(), DecodeError>;

/// An event: what it is and what holds for each payload of it.
struct Subject {
    meta: &'static EventMeta,
    /// Whether the payload is read as this version; and what must hold if it is.
    read: Box<Read>,
}

fn writes(meta: &EventMeta) -> jsonschema::Validator {
    let event = DeclaredEvent::of(meta);
    jsonschema::draft202012::new(event.versions.last().unwrap().writes.as_ref().unwrap()).unwrap()
}

/// It is written, its schema allows what is written, and it is read as the same.
fn writes_what_it_reads<E: Event + Debug + PartialEq>(
    event: &E,
    writes: &jsonschema::Validator,
    stored: &[u8],
) {
    let told = || {
        format!(
            "{}: {}\n{event:?}",
            E::META.name,
            String::from_utf8_lossy(stored)
        )
    };
    // serde reads 1e300 as an `f32` that is infinite, and writes that as `null`.
    if format!("{event:?}").contains("inf") {
        return;
    }
    let text = event.encode().unwrap_or_else(|e| panic!("{e}: {}", told()));
    let again = E::decode(E::META.version, text.as_bytes());
    assert_eq!(again.as_ref(), Ok(event), "{text}: {}", told());
    let value: Value = serde_json::from_str(&text).unwrap();
    if let Err(error) = writes.validate(&value) {
        panic!("{error}: {text}: {}", told());
    }
}

fn written<E: Event + Debug + PartialEq>() -> Subject {
    let writes = writes(E::META);
    Subject {
        meta: E::META,
        read: Box::new(move |version, payload| {
            let event = E::decode(version, payload)?;
            writes_what_it_reads(&event, &writes, payload);
            Ok(())
        }),
    }
}

fn retired<E: RetiredEvent>() -> Subject {
    let opened = writes(Opened::META);
    let paid = writes(Paid::META);
    Subject {
        meta: E::META,
        read: Box::new(move |version, payload| {
            for event in E::decode(version, payload)?.replaced() {
                match event.downcast::<Opened>() {
                    Ok(event) => writes_what_it_reads(&event, &opened, payload),
                    Err(event) => {
                        let event = event.downcast::<Paid>().unwrap();
                        writes_what_it_reads(&event, &paid, payload);
                    }
                }
            }
            Ok(())
        }),
    }
}

fn subjects() -> Vec<Subject> {
    vec![
        written::<Opened>(),
        written::<Paid>(),
        written::<Closed>(),
        written::<Emptied>(),
        written::<Rated>(),
        written::<Numbers>(),
        written::<Nested>(),
        written::<Tagged>(),
        retired::<Merged>(),
        retired::<Forgotten>(),
    ]
}

fn from_catalogue(name: &str, version: u32, payload: &[u8]) -> Result<Vec<FuzzEvent>, DecodeError> {
    let mut events = Vec::new();
    let stored = StoredEvent {
        name,
        version,
        payload,
    };
    FuzzEvent::decode(stored, &mut |event| events.push(event))?;
    Ok(events)
}

/// Reads a payload as every event and every version, alone and by the catalogue.
fn read_as_all(subjects: &[Subject], payload: &[u8]) {
    for subject in subjects {
        let last = subject.meta.version;
        for version in (0..=last + 1).chain([u32::MAX]) {
            let alone = (subject.read)(version, payload);
            assert!((1..=last).contains(&version) || alone.is_err());
            let names = [subject.meta.name]
                .into_iter()
                .chain(subject.meta.aliases.iter().copied());
            for name in names {
                let listed = from_catalogue(name, version, payload).map(drop);
                assert_eq!(listed, alone, "{name} {version}");
            }
        }
    }
    for name in [
        "",
        "fuzz",
        "fuzz.gone",
        "fuzz.opened\0",
        "FUZZ.OPENED",
        "💥",
    ] {
        assert_eq!(
            from_catalogue(name, 1, payload),
            Err(DecodeError::UnknownEvent)
        );
    }
}

/// Event, version and payload of every sample.
fn all_samples(subjects: &[Subject]) -> Vec<(usize, u32, Value)> {
    let mut all = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        for version in DeclaredEvent::of(subject.meta).versions {
            let Some(reads) = version.reads else { continue };
            let samples = samples(&reads).unwrap();
            assert!(!samples.is_empty());
            all.extend(
                samples
                    .into_iter()
                    .map(|sample| (place, version.version, sample.payload)),
            );
        }
    }
    all
}

#[test]
fn every_sample_is_read_and_written_and_read_as_the_same() {
    let subjects = subjects();
    let mut refused = Vec::new();
    let mut by_steps: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (place, version, payload) in all_samples(&subjects) {
        let text = payload.to_string();
        let name = format!("{} {version}", subjects[place].meta.name);
        let (read, by_step) = by_steps.entry(name).or_default();
        match (subjects[place].read)(version, text.as_bytes()) {
            Ok(()) => *read += 1,
            // A schema does not say what a step can make something of.
            Err(DecodeError::Upcast { .. }) => *by_step += 1,
            Err(error) => refused.push(format!(
                "{} {version}: {error}: {text}",
                subjects[place].meta.name
            )),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    by_steps.retain(|_, (_, by_step)| *by_step > 0);
    let expected = [
        // An empty `text` is no number.
        ("fuzz.opened 1", (3, 1)),
        ("fuzz.opened 2", (3, 1)),
        ("fuzz.opened 3", (3, 1)),
        // The most that `percent` holds is too much.
        ("fuzz.rated 3", (1, 2)),
    ];
    let expected = expected.map(|(name, numbers)| (name.to_owned(), numbers));
    assert_eq!(
        by_steps,
        BTreeMap::from(expected),
        "read, and not by a step"
    );
}

/// What is written is read, as the tag is written first.
#[test]
fn numbers_as_keys_beside_a_tag_need_the_tag_first() {
    let read = |text: &str| serde_json::from_str::<Adjacent>(text);
    let named = Adjacent::Named {
        by_name: BTreeMap::new(),
        by_day: BTreeMap::from([(7, vec![Currency::Euro])]),
    };
    let text = serde_json::to_string(&named).unwrap();
    assert_eq!(read(&text).unwrap(), named);
    let content = r#"{"by_name":{},"by_day":{"7":["EURO"]}}"#;
    assert_eq!(text, format!(r#"{{"kind":"Named","with":{content}}}"#));
    let other = format!(r#"{{"with":{content},"kind":"Named"}}"#);
    let error = read(&other).unwrap_err().to_string();
    assert!(error.contains("expected u8"), "{error}");
}

#[test]
fn deep_payloads_are_errors() {
    let subjects = subjects();
    for (open, close) in [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"any\":[", "]}"),
        ("{\"kids\":[", "]}"),
    ] {
        for depth in [126, 127, 128, 129, 100_000] {
            let whole = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            read_as_all(&subjects, whole.as_bytes());
            read_as_all(&subjects, open.repeat(depth).as_bytes());
        }
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let samples = all_samples(&subjects);
    let deeper = |event: &EventMeta, field: &str| {
        let mut samples = samples.iter().rev();
        let (place, version, payload) = samples
            .find(|(place, ..)| subjects[*place].meta == event)
            .unwrap();
        let mut payload = payload.clone();
        payload[field] = HOLE.into();
        let text = payload.to_string();
        let text = text.replace(&Value::from(HOLE).to_string(), &deep);
        (subjects[*place].read)(*version, text.as_bytes())
    };
    // With `flatten` serde keeps what it does not know.
    for field in ["any", "tree", "external", "internal", "untagged", "more"] {
        assert!(deeper(Nested::META, field).is_err(), "{field}");
    }
    // Without it what is not known is passed over, however deep it is.
    assert_eq!(deeper(Opened::META, "more"), Ok(()));
    assert!(deeper(Paid::META, "more").is_err());
}

const KEYS: &[&str] = &[
    "owner",
    "holder",
    "currency",
    "curr",
    "limit",
    "day",
    "text",
    "branch",
    "label",
    "sum",
    "paidCents",
    "paidBy",
    "footNote",
    "memo",
    "reason",
    "percent",
    "ratio",
    "rate",
    "basis_points",
    "how-many",
    "kind",
    "with",
    "cents",
    "by",
    "how",
    "a",
    "b",
    "flat_a",
    "flat_b",
    "deep",
    "left_out",
    "value",
    "kids",
    "Card",
    "Iban",
    "Pair",
    "1",
    "-1",
    "65536",
    "",
];

/// Any JSON value that is not made of others, as text.
fn leaf() -> impl Strategy<Value = String> {
    let quoted = |text: &str| Value::from(text).to_string();
    prop_oneof![
        select(vec![
            "null",
            "true",
            "false",
            "0",
            "-0",
            "-0.0",
            "1e0",
            "1.0",
            "1e400",
            "-1e400",
            "1e300",
            "3.5e38",
            "5e-324",
            "1e-400",
            "18446744073709551616",
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211456",
            "-170141183460469231731687303715884105728",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"x\"",
            "{}",
            "[]",
            "\"-009999-01-01T00:00:00Z\"",
            "\"2024-02-30T00:00:00Z\"",
            "\"2024-06-30T23:59:60Z\"",
        ])
        .prop_map(str::to_owned),
        any::<i128>().prop_map(|number| number.to_string()),
        any::<i16>().prop_map(|number| number.to_string()),
        any::<u8>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| Value::from(number).to_string()),
        any::<f32>().prop_map(|number| Value::from(number).to_string()),
        any::<String>().prop_map(move |text| quoted(&text)),
        select(KEYS).prop_map(quoted),
        select(vec![
            "EURO",
            "US_DOLLAR",
            "Cash",
            "Nothing",
            "plain",
            "held",
            "7",
            "2024-01-01T00:00:00Z"
        ])
        .prop_map(quoted),
    ]
}

/// Any JSON, as text: keys may be there twice.
fn any_json() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 48, 8, |inner| {
        let key = prop_oneof![4 => select(KEYS).prop_map(str::to_owned), 1 => any::<String>()];
        let entry =
            (key, inner.clone()).prop_map(|(key, value)| format!("{}:{value}", Value::from(key)));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(entry, 0..8).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    })
}

#[derive(Clone, Debug)]
enum Mutation {
    Drop(Index),
    Replace(Index, String),
    Add(Index, String, String),
    Truncate(Index),
    Overwrite(Index, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let key = prop_oneof![select(KEYS).prop_map(str::to_owned), any::<String>()];
    prop_oneof![
        2 => any::<Index>().prop_map(Mutation::Drop),
        6 => (any::<Index>(), any_json()).prop_map(|(at, json)| Mutation::Replace(at, json)),
        2 => (any::<Index>(), key, any_json()).prop_map(|(at, key, json)| Mutation::Add(at, key, json)),
        1 => any::<Index>().prop_map(Mutation::Truncate),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Overwrite(at, byte)),
    ]
}

/// Calls `change` with every value in it.
fn each(value: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    change(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, change)),
        Value::Object(entries) => entries.values_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

/// Changes the one that the index picks among those that `is_meant`.
fn change_one(
    value: &mut Value,
    at: &Index,
    is_meant: fn(&Value) -> bool,
    change: impl Fn(&mut Value),
) {
    let mut number = 0;
    each(value, &mut |value| number += usize::from(is_meant(value)));
    if number == 0 {
        return;
    }
    let chosen = at.index(number);
    let mut place = 0;
    each(value, &mut |value| {
        if is_meant(value) {
            if place == chosen {
                change(value);
            }
            place += 1;
        }
    });
}

const HOLE: &str = "a hole";

fn mutated(mut payload: Value, mutation: &Mutation) -> Vec<u8> {
    let is_object = |value: &Value| value.as_object().is_some_and(|entries| !entries.is_empty());
    let filled = |payload: &Value, json: &str| {
        let hole = Value::from(HOLE).to_string();
        payload.to_string().replacen(&hole, json, 1).into_bytes()
    };
    match mutation {
        Mutation::Drop(at) => {
            change_one(&mut payload, at, is_object, |value| {
                let entries = value.as_object_mut().unwrap();
                let gone = entries.keys().nth(at.index(entries.len())).cloned();
                entries.remove(&gone.unwrap());
            });
            payload.to_string().into_bytes()
        }
        Mutation::Replace(at, json) => {
            change_one(&mut payload, at, |_| true, |value| *value = HOLE.into());
            filled(&payload, json)
        }
        Mutation::Add(at, key, json) => {
            change_one(&mut payload, at, Value::is_object, |value| {
                let entries: &mut Map<String, Value> = value.as_object_mut().unwrap();
                entries.insert(key.clone(), HOLE.into());
            });
            filled(&payload, json)
        }
        Mutation::Truncate(at) => {
            let mut text = payload.to_string().into_bytes();
            text.truncate(at.index(text.len()));
            text
        }
        Mutation::Overwrite(at, byte) => {
            let mut text = payload.to_string().into_bytes();
            let at = at.index(text.len());
            text[at] = *byte;
            text
        }
    }
}

fn config() -> ProptestConfig {
    let cases = std::env::var("ES_FUZZ_CASES").map_or(500, |cases| cases.parse().unwrap());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

thread_local! {
    static SUBJECTS: Vec<Subject> = subjects();
    static SAMPLES: Vec<(usize, u32, Value)> = SUBJECTS.with(|subjects| all_samples(subjects));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn floats_are_read_as_they_were_written(
        ratio in prop_oneof![any::<f64>(), 0.0..1e6],
        single in any::<f32>(),
    ) {
        let rated = Rated { basis_points: 1, ratio };
        prop_assert_eq!(Rated::decode(4, rated.encode().unwrap().as_bytes()), Ok(rated));
        let plain = Tagged {
            how_many: 1,
            kind: Internal::Plain { valid_until: None, rates: [single, 0.5] },
            day_of_week: 1,
        };
        prop_assert_eq!(Tagged::decode(2, plain.encode().unwrap().as_bytes()), Ok(plain));
    }

    #[test]
    fn bytes_are_read_or_refused(payload in any::<Vec<u8>>()) {
        SUBJECTS.with(|subjects| read_as_all(subjects, &payload));
    }

    #[test]
    fn json_is_read_or_refused(payload in any_json()) {
        SUBJECTS.with(|subjects| read_as_all(subjects, payload.as_bytes()));
    }

    #[test]
    fn changed_samples_are_read_or_refused(at in any::<Index>(), mutation in mutation()) {
        SUBJECTS.with(|subjects| SAMPLES.with(|samples| {
            let (place, version, sample) = at.get(samples);
            let payload = mutated(sample.clone(), &mutation);
            // What comes of it is not asked.
            let _ = (subjects[*place].read)(*version, &payload);
            let _ = from_catalogue(subjects[*place].meta.name, *version, &payload);
        }));
    }
}
