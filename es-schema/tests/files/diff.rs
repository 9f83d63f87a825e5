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
