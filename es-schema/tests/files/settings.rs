use es_schema::{Settings, report::Compatibility};
use std::path::Path;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(Path::new("es.toml"), text).map_err(|error| error.to_string())
}

const ALLOW: &str =
    "[[allow]]\nrule = \"EVENT_REMOVED\"\nevent = \"a\"\nreason = \"never stored\"\n";

#[test]
fn settings_are_read() {
    assert_eq!(parse("").unwrap(), Settings::default());
    let settings = parse(&format!("compatibility = \"full\"\n\n{ALLOW}")).unwrap();
    assert_eq!(settings.compatibility, Compatibility::Full);
    assert_eq!(settings.allow[0].rule, "EVENT_REMOVED");
    assert_eq!(settings.allow[0].line, 3);
}

#[test]
fn every_mistake_names_its_line() {
    for (text, wanted) in [
        ("compatibility = \"none\"", "line 1"),
        ("\nstrict = true", "line 2"),
        ("not toml", "line 1"),
        (
            &ALLOW.replace("EVENT_REMOVED", "EVENT_REMOVE"),
            "line 2: unknown rule `EVENT_REMOVE`",
        ),
        (
            &ALLOW.replace("never stored", "  "),
            "line 4: the reason is empty",
        ),
        (&ALLOW.replace("reason", "because"), "line 4"),
        (
            &format!("{ALLOW}pointer = \"properties/x\""),
            "line 5: the pointer `properties/x` does not begin with `/`",
        ),
        (
            "[[allow]]\nrule = \"EVENT_REMOVED\"\nevent = \"a\"\n",
            "missing field `reason`",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert!(
            error.contains("es.toml: ") && error.contains(wanted),
            "{text}\n{error}"
        );
    }
}
