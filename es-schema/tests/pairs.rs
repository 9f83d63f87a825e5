//! The table of `tests/compat`: pairs of schemas, and all that is found in each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use es_schema::compat::{Change, Event, EventVersion, OwnField, Rule, Verdict, compare, judge};
use es_schema::shape::Shape;
use serde_json::Value;

/// Fewest pairs the table may have.
const FEWEST: usize = 120;

struct Pair {
    rule: Option<Rule>,
    name: String,
    case: Value,
}

fn pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat");
    let mut pairs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_uppercase();
        let rule = (stem != "NONE").then(|| stem.parse().unwrap());
        let cases: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in cases {
            let name = format!("{stem}: {}", case["name"].as_str().unwrap());
            pairs.push(Pair { rule, name, case });
        }
    }
    pairs
}

fn line(change: &Change) -> String {
    format!(
        "{} {} {} {}",
        change.rule, change.pointer, change.reads, change.read_by
    )
}

fn found(case: &Value) -> Vec<String> {
    if case.get("published_events").is_some() {
        let findings = judge(
            &events(&case["published_events"]),
            &events(&case["today_events"]),
        )
        .unwrap();
        return findings
            .iter()
            .map(|f| format!("{} {} {}", f.event, f.version, line(&f.change)))
            .collect();
    }
    let shape = |schema: &Value| Shape::parse(schema).unwrap();
    let today = shape(&case["today"]);
    let written = case.get("written").map_or(today.clone(), shape);
    compare(&shape(&case["published"]), &today, &written)
        .iter()
        .map(line)
        .collect()
}

fn events(listed: &Value) -> Vec<Event> {
    let mut events = Vec::new();
    for given in listed.as_array().unwrap() {
        let mut event = Event::new(
            given["name"].as_str().unwrap(),
            u32::try_from(given["version"].as_u64().unwrap()).unwrap(),
        );
        event.retired = given["retired"] == true;
        for alias in given["aliases"].as_array().into_iter().flatten() {
            event = event.alias(alias.as_str().unwrap());
        }
        for (number, given) in given["versions"].as_object().unwrap() {
            let fields = given["fields"].as_object().unwrap();
            let fields = fields
                .iter()
                .map(|(name, tokens)| OwnField::new(name, tokens.as_str().unwrap()));
            let mut version = EventVersion::default().fields(fields);
            version.read = given.get("read").cloned();
            version.written = given.get("written").cloned();
            event = event.version(number.parse().unwrap(), version);
        }
        events.push(event);
    }
    events
}

#[test]
fn every_pair_is_judged_as_the_table_says() {
    let pairs = pairs();
    let mut wrong = Vec::new();
    for pair in &pairs {
        let mut found = found(&pair.case);
        let mut expected: Vec<String> =
            serde_json::from_value(pair.case["findings"].clone()).unwrap();
        found.sort();
        expected.sort();
        if found != expected {
            wrong.push(format!(
                "{}\n  expected {expected:?}\n  found    {found:?}",
                pair.name
            ));
        }
    }
    println!("{} pairs", pairs.len());
    assert!(
        wrong.is_empty(),
        "{} pairs are judged otherwise:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(pairs.len() >= FEWEST, "there are {} pairs", pairs.len());
}

/// Rules that mean a break to today's reader in some pairs and none in others.
const BOTH_WAYS: &[Rule] = &[
    Rule::EventRenamed,
    Rule::FieldRemovedRequired,
    Rule::FieldRemovedOptional,
    Rule::FieldRenamed,
    Rule::RequiredToOptional,
    Rule::CardinalityChanged,
    Rule::VariantRemoved,
];

#[test]
fn every_rule_is_exercised_in_all_its_ways() {
    let mut uses: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut reads: BTreeMap<Rule, BTreeSet<bool>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for pair in pairs() {
        assert!(
            names.insert(pair.name.clone()),
            "{} is there twice",
            pair.name
        );
        let lines: Vec<String> = serde_json::from_value(pair.case["findings"].clone()).unwrap();
        assert_eq!(pair.rule.is_none(), lines.is_empty(), "{}", pair.name);
        let mut rules = BTreeSet::new();
        for line in lines {
            let rule = Rule::ALL
                .iter()
                .find(|rule| line.split(' ').any(|word| word == rule.id()))
                .unwrap();
            let verdicts: Vec<&str> = line.rsplit(' ').take(2).collect();
            reads
                .entry(*rule)
                .or_default()
                .insert(verdicts[1] == "breaks");
            rules.insert(*rule);
        }
        assert!(
            pair.rule.is_none_or(|rule| rules.contains(&rule)),
            "{} does not exercise its rule",
            pair.name
        );
        for rule in rules {
            *uses.entry(rule).or_default() += 1;
        }
    }
    for rule in Rule::ALL {
        assert!(
            uses.get(rule).is_some_and(|uses| *uses >= 2),
            "{rule} is exercised {:?} times",
            uses.get(rule)
        );
    }
    for rule in BOTH_WAYS {
        assert_eq!(reads[rule].len(), 2, "{rule} is exercised in one way only");
    }
}

/// A change read the other way round breaks the other reader: widened is narrowed, added removed.
#[test]
fn a_pair_turned_round_turns_its_verdicts_round() {
    let opposite = |rule| match rule {
        Rule::TypeWidened => Some(Rule::TypeNarrowed),
        Rule::TypeChanged => Some(Rule::TypeChanged),
        Rule::EnumValueAdded => Some(Rule::EnumValueRemoved),
        Rule::VariantAdded => Some(Rule::VariantRemoved),
        Rule::TaggingChanged => Some(Rule::TaggingChanged),
        Rule::UnknownFieldsDenied => Some(Rule::UnknownFieldsAllowed),
        Rule::FieldAddedRequired => Some(Rule::FieldRemovedRequired),
        _ => None,
    };
    let mut turned = 0;
    for pair in pairs() {
        let (published, today) = (&pair.case["published"], &pair.case["today"]);
        if published.is_null() || pair.case.get("written").is_some() {
            continue;
        }
        let (published, today) = (
            Shape::parse(published).unwrap(),
            Shape::parse(today).unwrap(),
        );
        let (there, back) = (
            compare(&published, &today, &today),
            compare(&today, &published, &published),
        );
        assert_eq!(there.is_empty(), back.is_empty(), "{}", pair.name);
        // A rename pairs fields, and an alias holds in one direction only.
        if there.iter().any(|change| change.rule == Rule::FieldRenamed) {
            continue;
        }
        for change in &there {
            let Some(rule) = opposite(change.rule) else {
                continue;
            };
            let same = back
                .iter()
                .find(|other| other.rule == rule && other.pointer == change.pointer);
            let same = same.unwrap_or_else(|| {
                panic!("{}: no {rule} at {} in {back:?}", pair.name, change.pointer)
            });
            if !matches!(rule, Rule::FieldRemovedRequired) {
                assert_eq!(
                    (same.reads, same.read_by),
                    (change.read_by, change.reads),
                    "{}",
                    pair.name
                );
            }
            turned += 1;
        }
        assert_eq!(
            compare(&published, &published, &published),
            [],
            "{} has changed from itself",
            pair.name
        );
    }
    assert!(turned > 50, "only {turned} were turned round");
}

#[test]
fn what_hurts_says_how_it_is_repaired() {
    for pair in pairs() {
        let changes = match pair.case.get("published_events") {
            Some(published) => {
                let findings =
                    judge(&events(published), &events(&pair.case["today_events"])).unwrap();
                findings.into_iter().map(|finding| finding.change).collect()
            }
            None => {
                let today = Shape::parse(&pair.case["today"]).unwrap();
                compare(
                    &Shape::parse(&pair.case["published"]).unwrap(),
                    &today,
                    &today,
                )
            }
        };
        for change in changes {
            let hurts = change.reads.max(change.read_by) > Verdict::Compatible;
            assert_eq!(change.repair.is_some(), hurts, "{}: {change:?}", pair.name);
            let starts = change.what.chars().next().unwrap();
            assert!(
                !starts.is_uppercase() && !change.what.ends_with('.'),
                "{}",
                change.what
            );
        }
    }
}
