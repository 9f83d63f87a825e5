use super::kit::*;

#[test]
fn the_story_names_versions_and_their_state() {
    let folder = Folder::new();
    folder.bless(&Fake::new([
        opened(),
        event("account.closed", [version(1, &[], &[])]),
    ]));
    let fields = [("owner", "String"), ("currency", "String")];
    let mut two = event(
        "account.opened",
        [
            version(1, &[("owner", "String")], &[]),
            version(2, &fields, &[]),
        ],
    );
    two.aliases = vec!["acct_created".to_owned()];
    let story = folder.schemas().diff(&Fake::new([two])).unwrap();
    assert!(
        story.contains(
            "account.opened\n  formerly acct_created\n  v1 published\n  v2 not published yet\n    since v1: FIELD_ADDED_REQUIRED"
        ),
        "{story}"
    );
    assert!(
        story.contains("account.closed v1\n  published, and the code does not declare it\n"),
        "{story}"
    );
}

#[test]
fn what_a_nested_type_gained_is_no_change_between_versions() {
    let fields = [
        ("owner", "String"),
        ("currency", "Currency"),
        ("branch", "String"),
    ];
    let code = |currencies: &[&str], versions: usize| {
        let versions: Vec<_> = [
            version(1, &fields[..2], currencies),
            version(2, &fields, currencies),
            version(3, &fields[1..], currencies),
        ]
        .into_iter()
        .take(versions)
        .collect();
        Fake::new([event("account.opened", versions)])
    };
    let folder = Folder::new();
    folder.bless(&code(&["Eur", "Usd"], 2));
    let story = folder
        .schemas()
        .diff(&code(&["Eur", "Usd", "Chf"], 3))
        .unwrap();
    let grown = "    since it was published: ENUM_VALUE_ADDED `currency` may be `Chf`\n";
    let expected = format!(
        "account.opened\n  v1 published, and the code says something else\n{grown}  v2 published, and the code \
         says something else\n    since v1: FIELD_ADDED_REQUIRED the required field `branch` of type `string` is \
         new\n{grown}  v3 not published yet\n    since v2: FIELD_REMOVED_REQUIRED the required field `owner` is \
         gone\n"
    );
    assert_eq!(story, expected, "{story}");
}
