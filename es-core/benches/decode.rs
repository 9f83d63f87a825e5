//! Decoding, as instructions: today's version beside plain serde_json, a version three steps old
//! beside today's, and the same three steps over `serde_json::Value`.
//!
//! `cargo xtask bench decode` counts them with callgrind; run plainly, it checks that all ways read
//! the same.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

use std::hint::black_box;

use es_core::__private::serde_json::{self, Value};
use es_core::Event as _;
use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "two", version = 4)]
#[upcast(1 => 2, rename(holder => owner))]
#[upcast(2 => 3, retype(cents: u32 => u64::from(cents)))]
#[upcast(3 => 4, rename(cents => amount))]
pub struct Two {
    owner: String,
    amount: u64,
}

impl Two {
    const NOW: &str = r#"{"owner":"Ada Lovelace","amount":4711}"#;
    const OLD: &str = r#"{"holder":"Ada Lovelace","cents":4711}"#;
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "five", version = 4)]
#[upcast(1 => 2, rename(holder => owner))]
#[upcast(2 => 3, retype(cents: u32 => u64::from(cents)))]
#[upcast(3 => 4, rename(cents => amount))]
pub struct Five {
    owner: String,
    amount: u64,
    f0: String,
    f1: u64,
    f2: bool,
}

impl Five {
    const NOW: &str = r#"{"owner":"Ada Lovelace","amount":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true}"#;
    const OLD: &str = r#"{"holder":"Ada Lovelace","cents":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true}"#;
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "ten", version = 4)]
#[upcast(1 => 2, rename(holder => owner))]
#[upcast(2 => 3, retype(cents: u32 => u64::from(cents)))]
#[upcast(3 => 4, rename(cents => amount))]
pub struct Ten {
    owner: String,
    amount: u64,
    f0: String,
    f1: u64,
    f2: bool,
    f3: Option<String>,
    f4: u32,
    f5: String,
    f6: u64,
    f7: bool,
}

impl Ten {
    const NOW: &str = r#"{"owner":"Ada Lovelace","amount":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true,"f3":"maybe 3","f4":4004,"f5":"a text of usual length 5","f6":123456795,"f7":true}"#;
    const OLD: &str = r#"{"holder":"Ada Lovelace","cents":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true,"f3":"maybe 3","f4":4004,"f5":"a text of usual length 5","f6":123456795,"f7":true}"#;
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "twenty", version = 4)]
#[upcast(1 => 2, rename(holder => owner))]
#[upcast(2 => 3, retype(cents: u32 => u64::from(cents)))]
#[upcast(3 => 4, rename(cents => amount))]
pub struct Twenty {
    owner: String,
    amount: u64,
    f0: String,
    f1: u64,
    f2: bool,
    f3: Option<String>,
    f4: u32,
    f5: String,
    f6: u64,
    f7: bool,
    f8: Option<String>,
    f9: u32,
    f10: String,
    f11: u64,
    f12: bool,
    f13: Option<String>,
    f14: u32,
    f15: String,
    f16: u64,
    f17: bool,
}

impl Twenty {
    const NOW: &str = r#"{"owner":"Ada Lovelace","amount":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true,"f3":"maybe 3","f4":4004,"f5":"a text of usual length 5","f6":123456795,"f7":true,"f8":"maybe 8","f9":4009,"f10":"a text of usual length 10","f11":123456800,"f12":true,"f13":"maybe 13","f14":4014,"f15":"a text of usual length 15","f16":123456805,"f17":true}"#;
    const OLD: &str = r#"{"holder":"Ada Lovelace","cents":4711,"f0":"a text of usual length 0","f1":123456790,"f2":true,"f3":"maybe 3","f4":4004,"f5":"a text of usual length 5","f6":123456795,"f7":true,"f8":"maybe 8","f9":4009,"f10":"a text of usual length 10","f11":123456800,"f12":true,"f13":"maybe 13","f14":4014,"f15":"a text of usual length 15","f16":123456805,"f17":true}"#;
}

/// The three steps as one would write them over values.
fn over_values(payload: &[u8]) -> Value {
    let mut value: Value = serde_json::from_slice(payload).unwrap();
    let object = value.as_object_mut().unwrap();
    let owner = object.remove("holder").unwrap();
    object.insert("owner".into(), owner);
    let cents = object.remove("cents").unwrap();
    object.insert("cents".into(), json!(cents.as_u64().unwrap()));
    let amount = object.remove("cents").unwrap();
    object.insert("amount".into(), amount);
    value
}

macro_rules! ways {
    ($($size:literal $Event:ident: $plain:ident $now:ident $old:ident $values:ident;)*) => {$(
        #[inline(never)]
        fn $plain(times: usize) -> Option<$Event> {
            let mut last = None;
            for _ in 0..times {
                last = serde_json::from_slice::<$Event>(black_box($Event::NOW.as_bytes())).ok();
                black_box(&last);
            }
            last
        }

        #[inline(never)]
        fn $now(times: usize) -> Option<$Event> {
            let mut last = None;
            for _ in 0..times {
                last = $Event::decode(black_box(4), black_box($Event::NOW.as_bytes())).ok();
                black_box(&last);
            }
            last
        }

        #[inline(never)]
        fn $old(times: usize) -> Option<$Event> {
            let mut last = None;
            for _ in 0..times {
                last = $Event::decode(black_box(1), black_box($Event::OLD.as_bytes())).ok();
                black_box(&last);
            }
            last
        }

        #[inline(never)]
        fn $values(times: usize) -> Option<$Event> {
            let mut last = None;
            for _ in 0..times {
                let value = over_values(black_box($Event::OLD.as_bytes()));
                last = serde_json::from_value(value).ok();
                black_box(&last);
            }
            last
        }
    )*

    fn run(way: &str, size: &str, times: usize) {
        match size {
            $($size => {
                let read = match way {
                    "plain" => $plain(times),
                    "now" => $now(times),
                    "old" => $old(times),
                    "values" => $values(times),
                    _ => panic!("no way {way}"),
                };
                assert_eq!(read.is_some(), times > 0);
            })*
            _ => panic!("no size {size}"),
        }
    }

    fn check() {
        $(
            let plain = $plain(1);
            assert!(plain.is_some());
            assert_eq!(plain, $now(1));
            assert_eq!(plain, $old(1));
            assert_eq!(plain, $values(1));
        )*
    }};
}

ways! {
    "2" Two: run_plain_2 run_now_2 run_old_2 run_values_2;
    "5" Five: run_plain_5 run_now_5 run_old_5 run_values_5;
    "10" Ten: run_plain_10 run_now_10 run_old_10 run_values_10;
    "20" Twenty: run_plain_20 run_now_20 run_old_20 run_values_20;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [way, size, times] => run(way, size, times.parse().unwrap_or(0)),
        _ => check(),
    }
}
