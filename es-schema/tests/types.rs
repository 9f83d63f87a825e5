//! What schemars really writes: Rust types before and after a change.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contracts::lines;

/// Each case: types before and now, and what is found.
macro_rules! types {
    ($($name:ident: $before:ty => $now:ty, [$($line:literal),*]; { $($items:item)* })*) => {
        $(#[test]
        fn $name() {
            $($items)*
            let expected: &[&str] = &[$($line),*];
            assert_eq!(lines::<$before, $now>(), expected);
        })*
    };
}

macro_rules! data {
    ($($item:item)*) => { $(#[derive(Serialize, Deserialize, JsonSchema)] #[allow(dead_code)] $item)* };
}

data! {
    enum Unit { Eur, Usd }
    enum UnitMore { Eur, Usd, Chf }
    /// Documented.
    struct Inner { a: u8, b: Option<String> }
    enum External { Cash, Card { number: String, month: u8 }, Iban(String), Pair(u8, u8) }
    #[serde(tag = "kind")]
    enum Internal { Cash, Card { number: String }, Held(Inner) }
    #[serde(tag = "kind", content = "data")]
    enum Adjacent { Cash, Card { number: String }, Held(Inner) }
    #[serde(untagged)]
    enum Untagged { Number(u32), Text(String), Both { a: u8, b: String } }
    struct Tree { value: u8, kids: Vec<Tree>, next: Option<Box<Tree>> }
    struct Everything {
        unit: Unit, unit_option: Option<Unit>, external: External, internal: Option<Internal>, adjacent: Vec<Adjacent>,
        untagged: Untagged, tree: Tree, inner: Inner, again: Option<Inner>, tuple: (u8, String), array: [u16; 4],
        set: BTreeSet<u8>, map: BTreeMap<String, Inner>, by_number: BTreeMap<u32, u8>, by_signed: BTreeMap<i8, u8>,
        at: jiff::Timestamp, day: jiff::civil::Date, id: uuid::Uuid, any: serde_json::Value, unit_type: (),
        #[serde(default)] defaulted: u32, #[serde(skip_serializing_if = "Option::is_none")] left_out: Option<i64>,
        flag: bool, letter: char, float: f32, double: f64, big: u128, nonzero: std::num::NonZeroU32,
        result: Result<u8, String>, range: std::ops::Range<u8>, duration: std::time::Duration,
        #[serde(flatten)] flat: Flat,
    }
    struct Flat { flat_a: u8, #[serde(flatten)] deeper: Deeper }
    struct Deeper { flat_b: Option<String> }
    struct Of<T> { x: T }
}

types! {
    a_type_is_like_itself: Everything => Everything, []; {}
    definitions_may_swap_their_names: Before => Now, []; {
        mod one { use super::*; data! { pub struct T { a: u8 } } }
        mod two { use super::*; data! { pub struct T { b: String } } }
        data! { struct Before { x: one::T, y: two::T } struct Now { y: two::T, x: one::T } }
    }
    names_of_types_do_not_matter: Of<Before> => Of<Now>, []; {
        data! { enum Before { A, B } enum Now { B, A } }
    }
    rename_all_is_no_change: Before => Now, []; {
        data! { struct Before { first_name: String } #[serde(rename_all = "snake_case")] struct Now { #[serde(rename = "first_name")] given: String } }
    }
    flatten_is_no_change: Before => Now, []; {
        data! { struct Before { q: u8, flat_a: u8, flat_b: Option<String> } struct Now { q: u8, #[serde(flatten)] flat: Flat } }
    }
    a_newtype_is_no_change: Of<u32> => Of<Cents>, []; { data! { struct Cents(u32); } }
    a_box_is_no_change: Of<Inner> => Of<Box<Inner>>, []; {}
    option_of_option_is_no_change: Of<Option<u8>> => Of<Option<Option<u8>>>, []; {}
    hash_map_is_no_change: Of<BTreeMap<u8, String>> => Of<std::collections::HashMap<u64, String>>, []; {}
    documentation: Of<Before> => Of<Now>, ["DOC_CHANGED /properties/x ok ok"]; {
        data! {
            /// One.
            struct Before { a: u8 }
            /// Another.
            struct Now { a: u8 }
        }
    }
    units_get_documented: Of<Unit> => Of<Now>, []; {
        data! { enum Now { #[doc = "The euro."] Eur, Usd } }
    }
    an_enum_grows: Of<Unit> => Of<UnitMore>, ["ENUM_VALUE_ADDED /properties/x ok breaks"]; {}
    an_enum_shrinks: Of<UnitMore> => Of<Unit>, ["ENUM_VALUE_REMOVED /properties/x breaks ok"]; {}
    an_option_of_an_enum_grows: Of<Option<Unit>> => Of<Option<UnitMore>>, ["ENUM_VALUE_ADDED /properties/x ok breaks"]; {}
    an_enum_gets_data: Of<Unit> => Of<Now>, ["VARIANT_ADDED /properties/x/oneOf/Other ok breaks"]; {
        data! { enum Now { Eur, Usd, Other(String) } }
    }
    to_an_option: Of<u8> => Of<Option<u8>>, ["REQUIRED_TO_OPTIONAL /properties/x ok breaks"]; {}
    from_an_option: Of<Option<Inner>> => Of<Inner>, ["OPTIONAL_TO_REQUIRED /properties/x breaks ok"]; {}
    to_a_default: Of<u8> => Now, ["REQUIRED_TO_OPTIONAL /properties/x ok ok"]; {
        data! { struct Now { #[serde(default)] x: u8 } }
    }
    an_option_that_is_left_out: Of<Option<u8>> => Now, []; {
        data! { struct Now { #[serde(skip_serializing_if = "Option::is_none")] x: Option<u8> } }
    }
    an_option_is_added: Before => Now, ["FIELD_ADDED_OPTIONAL /properties/b ok ok"]; {
        data! { struct Before { a: u8 } struct Now { a: u8, b: Option<Inner> } }
    }
    an_option_is_added_where_others_are_refused: Before => Now, ["FIELD_ADDED_OPTIONAL /properties/b ok breaks"]; {
        data! { #[serde(deny_unknown_fields)] struct Before { a: u8 } #[serde(deny_unknown_fields)] struct Now { a: u8, b: Option<Inner> } }
    }
    a_field_is_not_written_any_more: Before => Now, ["FIELD_REMOVED_REQUIRED /properties/b ok breaks"]; {
        data! { struct Before { a: u8, b: u8 } struct Now { a: u8, #[serde(skip_serializing)] b: u8 } }
    }
    a_field_of_a_flattened_struct: Before => Now, ["FIELD_ADDED_REQUIRED /properties/c breaks ok"]; {
        data! { struct More { b: u8, c: u8 } struct Less { b: u8 } struct Before { #[serde(flatten)] l: Less } struct Now { #[serde(flatten)] l: More } }
    }
    a_variant_of_a_flattened_enum: Before => Now, ["VARIANT_ADDED /oneOf/Gift ok breaks"]; {
        data! {
            #[serde(tag = "kind")] enum More { Cash, Card { number: String }, Gift }
            #[serde(tag = "kind")] enum Less { Cash, Card { number: String } }
            struct Before { q: u8, #[serde(flatten)] l: Less } struct Now { q: u8, #[serde(flatten)] l: More }
        }
    }
    an_external_variants_field: Of<External> => Of<Now>, ["FIELD_REMOVED_REQUIRED /properties/x/oneOf/Card/properties/month ok breaks"]; {
        data! { enum Now { Cash, Card { number: String }, Iban(String), Pair(u8, u8) } }
    }
    an_external_variants_tuple: Of<External> => Of<Now>, ["CARDINALITY_CHANGED /properties/x/oneOf/Pair breaks breaks"]; {
        data! { enum Now { Cash, Card { number: String, month: u8 }, Iban(String), Pair(u8, u8, u8) } }
    }
    a_unit_gets_data: Of<External> => Of<Now>, ["VARIANT_CHANGED /properties/x/oneOf/Cash breaks breaks"]; {
        data! { enum Now { Cash { cents: u64 }, Card { number: String, month: u8 }, Iban(String), Pair(u8, u8) } }
    }
    an_internal_newtypes_field: Of<Internal> => Of<Now>, ["TYPE_WIDENED /properties/x/oneOf/Held/properties/a ok breaks"]; {
        data! {
            #[doc = "Documented."] struct Wider { a: u16, b: Option<String> }
            #[serde(tag = "kind")] enum Now { Cash, Card { number: String }, Held(Wider) }
        }
    }
    external_to_internal: Of<External2> => Of<Internal>, ["TAGGING_CHANGED /properties/x breaks breaks"]; {
        data! { enum External2 { Cash, Card { number: String }, Held(Inner) } }
    }
    internal_to_adjacent: Of<Internal> => Of<Adjacent>, ["TAGGING_CHANGED /properties/x breaks breaks"]; {}
    adjacent_to_untagged: Of<Adjacent> => Of<Untagged>, ["TAGGING_CHANGED /properties/x breaks breaks"]; {}
    an_untagged_one_grows: Of<Untagged> => Of<Now>, ["VARIANT_ADDED /properties/x/anyOf/3 ok breaks"]; {
        data! { #[serde(untagged)] enum Now { Number(u32), Text(String), Both { a: u8, b: String }, Flag(bool) } }
    }
    an_untagged_one_changes: Of<Untagged> => Of<Now>, ["FIELD_ADDED_OPTIONAL /properties/x/anyOf/2/properties/c ok ok"]; {
        data! { #[serde(untagged)] enum Now { Number(u32), Text(String), Both { a: u8, b: String, c: Option<u8> } } }
    }
    a_recursive_type_changes: Tree => Now, ["TYPE_WIDENED /properties/value ok breaks"]; {
        data! { struct Now { value: u16, kids: Vec<Now>, next: Option<Box<Now>> } }
    }
    a_key_is_added: Of<BTreeMap<Key, u8>> => Of<BTreeMap<More, u8>>, ["ENUM_VALUE_ADDED /properties/x/propertyNames ok breaks"]; {
        data! {
            #[derive(PartialEq, Eq, PartialOrd, Ord)] enum Key { A, B }
            #[derive(PartialEq, Eq, PartialOrd, Ord)] enum More { A, B, C }
        }
    }
    keys_become_signed: Of<BTreeMap<u32, u8>> => Of<BTreeMap<i32, u8>>, ["TYPE_WIDENED /properties/x/propertyNames ok breaks"]; {}
    a_list_becomes_a_set: Of<Vec<u8>> => Of<BTreeSet<u8>>, ["CONSTRAINT_TIGHTENED /properties/x warns ok"]; {}
    an_array_becomes_a_list: Of<[u8; 4]> => Of<Vec<u8>>, ["CARDINALITY_CHANGED /properties/x ok breaks"]; {}
    integers_become_floats: Of<u64> => Of<f64>, ["INTEGER_TO_NUMBER /properties/x warns breaks"]; {}
    a_time_becomes_a_date: Of<jiff::Timestamp> => Of<jiff::civil::Date>, ["TYPE_CHANGED /properties/x breaks breaks"]; {}
    a_time_becomes_zoned: Of<jiff::Timestamp> => Of<jiff::Zoned>, ["TYPE_CHANGED /properties/x breaks breaks"]; {}
    a_uuid_becomes_a_string: Of<uuid::Uuid> => Of<String>, ["TYPE_WIDENED /properties/x ok breaks"]; {}
    usize_is_u64: Of<usize> => Of<u64>, []; {}
    a_letter_becomes_a_string: Of<char> => Of<String>, ["TYPE_WIDENED /properties/x ok breaks"]; {}
    zero_is_refused: Of<i32> => Of<std::num::NonZeroI32>, ["TYPE_NARROWED /properties/x breaks ok"]; {}
    anything: Of<u8> => Of<serde_json::Value>, ["TYPE_WIDENED /properties/x ok breaks"]; {}
    unknown_fields_are_refused: Inner => Now, ["UNKNOWN_FIELDS_DENIED  breaks ok", "DOC_CHANGED  ok ok"]; {
        data! { #[serde(deny_unknown_fields)] struct Now { a: u8, b: Option<String> } }
    }
    a_default_changes: Before => Now, ["DEFAULT_CHANGED /properties/x warns ok"]; {
        fn one() -> u8 { 1 }
        fn two() -> u8 { 2 }
        data! { struct Before { #[serde(default = "one")] x: u8 } struct Now { #[serde(default = "two")] x: u8 } }
    }
    a_range_of_an_annotation: Before => Now, ["CONSTRAINT_TIGHTENED /properties/x warns ok"]; {
        data! { struct Before { #[schemars(range(max = 9))] x: u32 } struct Now { #[schemars(range(max = 5))] x: u32 } }
    }
}
