//! Which samples there are: every choice that a fullest payload meets, taken otherwise.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::Sample;
use super::value::{Maker, Point};
use crate::shape::Shape;

/// Most samples of a schema.
const MOST: usize = 64;
/// Most payloads made to find them.
const MOST_TRIED: usize = 1000;

pub(super) fn samples(shape: &Shape) -> Vec<Sample> {
    let mut found = Found::default();
    if let Some(payload) = Maker::new(shape, BTreeMap::new()).smallest() {
        found.add("smallest", payload);
    }
    // Choices by their place; those met in a branch are tried within it.
    let mut queue = VecDeque::from([(BTreeMap::new(), "fullest".to_owned())]);
    let mut met: BTreeSet<String> = BTreeSet::new();
    let mut tried = 0;
    while let Some((forced, name)) = queue.pop_front() {
        tried += 1;
        if found.samples.len() >= MOST || tried > MOST_TRIED {
            break;
        }
        let mut maker = Maker::new(shape, forced.clone());
        let Some(payload) = maker.fullest() else {
            continue;
        };
        found.add(&name, payload);
        for Point { place, options } in maker.points {
            if !met.insert(place.clone()) {
                continue;
            }
            for (index, option) in options.iter().enumerate() {
                let mut forced = forced.clone();
                forced.insert(place.clone(), index);
                queue.push_back((forced, format!("{place}-{option}")));
            }
        }
    }
    found.samples
}

#[derive(Default)]
struct Found {
    samples: Vec<Sample>,
    names: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, name: &str, payload: Value) {
        if self.samples.iter().any(|sample| sample.payload == payload) {
            return;
        }
        let stem = file_name(name);
        let mut name = stem.clone();
        let mut count = 1;
        while !self.names.insert(name.clone()) {
            count += 1;
            name = format!("{stem}-{count}");
        }
        self.samples.push(Sample { name, payload });
    }
}

/// Small letters, digits and single dashes.
fn file_name(name: &str) -> String {
    let mut safe = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            safe.push(letter);
        } else if !safe.is_empty() && !safe.ends_with('-') {
            safe.push('-');
        }
    }
    let safe = safe.trim_end_matches('-');
    if safe.is_empty() {
        "sample".to_owned()
    } else {
        safe.chars().take(80).collect()
    }
}
