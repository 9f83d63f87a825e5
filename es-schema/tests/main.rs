#![allow(dead_code)]
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize, JsonSchema)]
enum Unit {
    Aa,
    Bb,
}
/// doc
#[derive(Serialize, Deserialize, JsonSchema)]
enum UnitDoc {
    /// doc aa
    Aa,
    /// doc bb
    Bb,
    Cc,
}
#[derive(Serialize, Deserialize, JsonSchema)]
enum Ext {
    U,
    U2,
    N(u32),
    T(u8, String),
    S { a: u8, b: Option<String> },
    E {},
}
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Int {
    U,
    N(Inner),
    S { a: u8 },
}
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "data")]
enum Adj {
    U,
    N(u32),
    T(u8, String),
    S { a: u8 },
}
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Unt {
    U,
    N(u32),
    S { a: u8 },
    T(String),
}
#[derive(Serialize, Deserialize, JsonSchema)]
enum Other {
    A,
    #[serde(other)]
    Rest,
}
/// Inner doc
#[derive(Serialize, Deserialize, JsonSchema)]
struct Inner {
    x: i8,
    #[serde(alias = "yy")]
    y: f32,
}
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Deny {
    x: i8,
    #[serde(flatten)]
    inner: Option<Inner>,
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct Flat {
    q: i8,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    e: Int,
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct FlatM {
    q: i8,
    #[serde(flatten)]
    inner: BTreeMap<String, u8>,
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct FlatExt {
    q: i8,
    #[serde(flatten)]
    e: Ext,
    #[serde(flatten)]
    o: Option<Inner>,
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct Node {
    v: u8,
    next: Option<Box<Node>>,
    kids: Vec<Node>,
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct NewT(u32);
#[derive(Serialize, Deserialize, JsonSchema)]
struct Un;
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tup(u32, Option<u8>);
#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
enum K {
    A,
    B,
}
fn d() -> u32 {
    4
}
#[derive(Serialize, Deserialize, JsonSchema)]
struct All {
    /// field doc
    f: Option<Inner>,
    #[serde(default)]
    g: Option<u8>,
    #[serde(default = "d")]
    h: u32,
    #[serde(default)]
    i: Vec<Inner>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sk: Option<i64>,
    /// dd
    #[serde(default)]
    inn: Option<Inner>,
    j: u8,
    k: u16,
    l: u64,
    m: u128,
    n: i64,
    o: i128,
    p: usize,
    q: f32,
    r: f64,
    s: bool,
    t: char,
    u: (u8, String),
    v: [u8; 3],
    w: BTreeMap<String, u8>,
    x: BTreeMap<u32, Inner>,
    y: BTreeMap<K, u8>,
    xi: BTreeMap<i8, u8>,
    z: serde_json::Value,
    aa: jiff::Timestamp,
    ab: uuid::Uuid,
    ac: (),
    ad: Option<()>,
    ae: std::collections::BTreeSet<u8>,
    af: std::num::NonZeroU8,
    ag: std::time::Duration,
    ah: Option<Unit>,
    ai: Option<Ext>,
    aj: Option<Option<u8>>,
    nz: std::num::NonZeroI32,
    #[schemars(length(min = 1, max = 5), regex(pattern = "^[a-z]+$"))]
    ak: String,
    #[schemars(range(min = 1, max = 10))]
    al: u32,
    #[serde(rename = "Uu")]
    am: Unit,
    an: Result<u8, String>,
    ao: jiff::civil::Date,
    ap: jiff::SignedDuration,
    aq: Un,
    ar: Tup,
    at: NewT,
    aw: [u8; 0],
    ax: jiff::Zoned,
    ay: jiff::civil::Time,
    az: jiff::Span,
    #[serde(skip_serializing)]
    ss: u8,
    #[serde(skip_deserializing)]
    sd: u8,
    #[serde(skip)]
    skk: u8,
    #[deprecated]
    dep: u8,
    bb: std::ops::Range<u8>,
    bc: std::net::IpAddr,
    bd: std::path::PathBuf,
    be: std::ops::Bound<u8>,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    #[schemars(with = "i64")]
    bf: jiff::Timestamp,
}
fn dump<T: JsonSchema>() {
    let de = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let se = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    println!(
        "== {} {}",
        std::any::type_name::<T>(),
        serde_json::to_string(&de).unwrap()
    );
    if de != se {
        println!("== SER {}", serde_json::to_string(&se).unwrap());
    }
}
#[test]
fn probe() {
    dump::<Unit>();
    dump::<UnitDoc>();
    dump::<Ext>();
    dump::<Int>();
    dump::<Adj>();
    dump::<Unt>();
    dump::<Other>();
    dump::<Deny>();
    dump::<Flat>();
    dump::<FlatM>();
    dump::<FlatExt>();
    dump::<Node>();
    dump::<NewT>();
    dump::<Un>();
    dump::<All>();
}
