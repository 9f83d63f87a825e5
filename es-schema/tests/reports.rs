//! Reports: what people, programs and GitHub are told.

use es_schema::compat::{Change, Finding, Rule, Verdict};
use es_schema::report::{Colour, Compatibility, Outcome, github, human, json};
use serde_json::{Value, json};

fn finding(
    event: &str,
    version: u32,
    rule: Rule,
    pointer: &str,
    reads: Verdict,
    read_by: Verdict,
) -> Finding {
    let change = Change {
        rule,
        pointer: pointer.into(),
        what: "`x` changed, 100%:\nyes".into(),
        reads,
        read_by,
        repair: Some("`#[serde(default)]`".into()),
    };
    Finding {
        event: event.into(),
        version,
        change,
    }
}

fn findings() -> Vec<Finding> {
    vec![
        finding(
            "a",
            1,
            Rule::DocChanged,
            "/properties/x",
            Verdict::Compatible,
            Verdict::Compatible,
        ),
        finding(
            "b",
            2,
            Rule::EnumValueAdded,
            "/properties/x",
            Verdict::Compatible,
            Verdict::Breaks,
        ),
        finding(
            "b",
            2,
            Rule::FieldAddedRequired,
            "/properties/y",
            Verdict::Breaks,
            Verdict::NotApplicable,
        ),
    ]
}

#[test]
fn people_see_the_worst_first_and_a_summary() {
    let mut findings = findings();
    for finding in &mut findings {
        finding.change.what = "`x` changed".into();
    }
    let text = human(&findings, Compatibility::Reads, Colour::Never);
    let expected = "\
b version 2
  breaks FIELD_ADDED_REQUIRED at /properties/y
         `x` changed
         reads breaks, read-by not judged
         repair: `#[serde(default)]`
  warns  ENUM_VALUE_ADDED at /properties/x
         `x` changed
         reads ok, read-by breaks
         repair: as above

a version 1
  ok     DOC_CHANGED at /properties/x
         `x` changed
         reads ok, read-by ok

schemas are broken: 3 changes, 1 breaking, 1 warning, 1 compatible
";
    assert_eq!(text, expected);
    let coloured = human(&findings, Compatibility::Reads, Colour::Always);
    assert!(
        coloured.contains("\u{1b}[31mbreaks\u{1b}[0m"),
        "{coloured:?}"
    );
}

#[test]
fn github_sees_escaped_commands() {
    let text = github(&findings(), Compatibility::Reads, |finding| {
        format!("schemas/{},{}.json", finding.event, finding.version)
    });
    let expected = "\
::warning file=schemas/b%2C2.json,title=ENUM_VALUE_ADDED b version 2 at /properties/x::`x` changed, 100%25:%0Ayes (reads ok, read-by breaks)%0Arepair: `#[serde(default)]`
::error file=schemas/b%2C2.json,title=FIELD_ADDED_REQUIRED b version 2 at /properties/y::`x` changed, 100%25:%0Ayes (reads breaks, read-by not judged)%0Arepair: `#[serde(default)]`
";
    assert_eq!(text, expected);
}

#[test]
fn programs_see_every_key() {
    let value: Value = serde_json::from_str(&json(&findings(), Compatibility::Full)).unwrap();
    assert_eq!(
        value["count"],
        json!({"breaking": 2, "warning": 0, "compatible": 1})
    );
    assert_eq!(
        (&value["outcome"], &value["compatibility"], &value["format"]),
        (&json!("broken"), &json!("full"), &json!(1))
    );
    assert_eq!(
        value["findings"][2],
        json!({
            "event": "b", "version": 2, "rule": "FIELD_ADDED_REQUIRED", "pointer": "/properties/y", "what": "`x` changed, 100%:\nyes",
            "reads": "breaks", "read_by": "not_applicable", "repair": "`#[serde(default)]`",
        })
    );
}

#[test]
fn only_full_compatibility_fails_by_other_readers() {
    let reader = &findings()[1..2];
    assert_eq!(Compatibility::Reads.outcome(reader), Outcome::Holds);
    assert_eq!(Compatibility::Full.outcome(reader), Outcome::Broken);
    assert_eq!(Compatibility::Reads.outcome(&findings()), Outcome::Broken);
}

#[test]
fn rules_are_known_by_their_ids() {
    for rule in Rule::ALL {
        assert_eq!(rule.id().parse(), Ok(*rule));
        assert!(!rule.description().is_empty());
    }
    let told: Vec<_> = es_schema::rules().map(|(id, _)| id).collect();
    assert_eq!(told.len(), Rule::ALL.len() + 2);
    assert!(told.contains(&"SAMPLE_BROKEN"));
    assert!("NO_SUCH_RULE".parse::<Rule>().is_err());
}
