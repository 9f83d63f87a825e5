//! What `cargo es` learns of a package's events, and that it leaves the user's own builds alone.

use crate::project::{EVENT, Project, TRACKED, es_core_path, manifest};

/// What every package here declares.
fn expected() -> Vec<String> {
    EVENTS.iter().map(ToString::to_string).collect()
}
const EVENTS: &[&str] = &["account.opened"];

const TELL: &[&str] = &["schema", "tell"];

#[test]
fn a_library_tells_its_events() {
    let project = Project::new(&[("Cargo.toml", &manifest("acct", "")), ("src/lib.rs", EVENT)]);
    assert_eq!(project.es(TELL).events(), expected());
}

#[test]
fn neither_side_makes_the_other_stale() {
    let project = Project::new(&[
        ("Cargo.toml", &manifest("turns", "")),
        ("src/lib.rs", EVENT),
    ]);
    for subcommand in ["build", "check", "test"] {
        project.cargo("", subcommand).not_fresh();
    }
    assert_eq!(project.es(TELL).events(), expected());
    for subcommand in ["build", "check", "test"] {
        assert_eq!(
            project.cargo("", subcommand).not_fresh(),
            [""; 0],
            "{subcommand}"
        );
        let told = project.es(TELL);
        assert_eq!(
            told.compiled(),
            [""; 0],
            "after {subcommand}: {}",
            told.stderr
        );
    }
    project.write("src/lib.rs", &format!("{EVENT}// edited\n"));
    assert_eq!(project.es(TELL).compiled(), ["turns"]);
}

/// Here both sides would share the compiled domain: it lies outside both workspaces.
#[test]
fn a_domain_outside_the_workspace_is_not_made_stale_either() {
    let application = manifest("application", "domain-outside = { path = \"../domain\" }");
    let project = Project::new(&[
        ("app/Cargo.toml", &application),
        (
            "app/src/lib.rs",
            &format!("pub use domain_outside::*;\n{TRACKED}"),
        ),
        ("domain/Cargo.toml", &manifest("domain-outside", "")),
        ("domain/src/lib.rs", EVENT),
    ]);
    std::fs::rename(project.path("Cargo.lock"), project.path("app/Cargo.lock")).unwrap();
    project.cargo("app", "build").not_fresh();
    assert_eq!(project.es_in("app", TELL).events(), expected());
    assert_eq!(project.cargo("app", "build").not_fresh(), [""; 0]);
    assert_eq!(project.es_in("app", TELL).compiled(), [""; 0]);
    assert_eq!(project.cargo("app", "build").not_fresh(), [""; 0]);
}

#[test]
fn a_package_with_only_a_binary_tells_its_events() {
    let main = format!(
        "#![deny(warnings)]\nmod events {{ {EVENT} }}\n\
         const _: &str = include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data/note.txt\"));\n\
         pub const NAMED: &str = env!(\"CARGO_BIN_NAME\");\n\
         fn main() {{ let _ = NAMED; let _ = events::Opened {{ owner: crate::events::NAME.into() }}; }}"
    )
    .replace(
        "mod events {",
        "mod events { pub const NAME: &str = env!(\"CARGO_PKG_NAME\");",
    );
    let project = Project::new(&[
        ("Cargo.toml", &manifest("only-binary", "")),
        ("src/main.rs", &main),
        ("data/note.txt", "hello"),
    ]);
    assert_eq!(project.es(TELL).events(), expected());
    assert_eq!(project.es(TELL).compiled(), [""; 0], "at once");
    project.cargo("", "build").not_fresh();
    assert_eq!(project.es(TELL).compiled(), [""; 0]);
    assert_eq!(project.cargo("", "build").not_fresh(), [""; 0]);
}

#[test]
fn several_binaries_with_the_same_events_tell_them_once() {
    let main = "#[path = \"../events.rs\"]\nmod events;\nfn main() {}";
    let project = Project::new(&[
        ("Cargo.toml", &manifest("two-binaries", "")),
        ("src/events.rs", EVENT),
        ("src/bin/one.rs", main),
        ("src/bin/other-one.rs", main),
    ]);
    assert_eq!(project.es(TELL).events(), expected());
}

#[test]
fn a_build_script_and_features_of_a_binary_are_kept() {
    let more = "[features]\ndefault = [\"on\"]\non = []\nextra = [\"dep:thiserror\"]\n\
                [dependencies.thiserror]\nversion = \"2\"\noptional = true";
    let main = "const _: &str = env!(\"MADE\");
#[cfg(not(feature = \"on\"))] compile_error!(\"the default feature is off\");
#[cfg(feature = \"extra\")] #[derive(Debug, thiserror::Error)] #[error(\"x\")] pub struct Wrong;
fn main() {}";
    let script = "fn main() {
    assert!(std::path::Path::new(\"data.txt\").exists());
    println!(\"cargo::rustc-env=MADE=yes\\ncargo::rerun-if-changed=data.txt\");
}";
    let project = Project::new(&[
        ("Cargo.toml", &manifest("scripted", more)),
        ("build.rs", script),
        ("data.txt", ""),
        ("src/main.rs", main),
    ]);
    assert_eq!(project.es(TELL).code, 0);
    let extra = project.es(&["schema", "tell", "--all-features"]);
    assert_eq!(extra.code, 0, "{}", extra.stderr);
    let off = project.es(&["schema", "tell", "--no-default-features"]);
    assert_eq!(off.code, 2);
    assert!(
        off.stderr.contains("the default feature is off"),
        "{}",
        off.stderr
    );
}

#[test]
fn members_inherit_from_their_workspace() {
    let es_core = es_core_path();
    let root = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"domain\", \"plain\"]\n\
         [workspace.package]\nversion = \"1.0.0\"\nedition = \"2024\"\n\
         [workspace.dependencies]\nes-core = {{ path = \"{es_core}\" }}\nserde = \"1\"\n\
         [profile.dev.package.member-domain]\nopt-level = 1\n"
    );
    let domain = "[package]\nname = \"member-domain\"\nversion.workspace = true\nedition.workspace = true\n\
                  [dependencies]\nes-core.workspace = true\nserde.workspace = true\n";
    let plain = "[package]\nname = \"plain\"\nversion.workspace = true\nedition.workspace = true\n";
    let project = Project::new(&[
        ("Cargo.toml", &root),
        ("domain/Cargo.toml", domain),
        ("domain/src/lib.rs", EVENT),
        ("plain/Cargo.toml", plain),
        ("plain/src/lib.rs", ""),
    ]);
    for (folder, more) in [
        ("", &[][..]),
        ("domain/src", &[]),
        ("", &["--workspace"]),
        ("plain", &["-p", "member-domain"]),
        ("", &["--manifest-path", "domain/Cargo.toml"]),
    ] {
        let told = project.es_in(folder, &[TELL, more].concat());
        assert_eq!(told.events(), expected(), "{folder} {more:?}");
    }
    let plain = project.es_in("plain", TELL);
    assert_eq!(plain.code, 2);
    assert!(
        plain
            .stderr
            .contains("`es-core` is not among the dependencies of `plain`"),
        "{}",
        plain.stderr
    );
    let other = project.es(&["schema", "tell", "-p", "other"]);
    assert!(
        other.stderr.contains("it has `member-domain`, `plain`"),
        "{}",
        other.stderr
    );
}

#[test]
fn es_core_without_its_default_features_will_do() {
    let text = manifest("bare", "").replace(
        "es-core\" }",
        "es-core\", default-features = false, features = [\"derive\"] }",
    );
    let project = Project::new(&[("Cargo.toml", &text), ("src/lib.rs", EVENT)]);
    assert_eq!(project.es(TELL).events(), expected());
}

#[test]
fn a_renamed_es_core_will_do() {
    let text =
        manifest("renamed", "").replace("es-core = {", "sourcing = { package = \"es-core\",");
    let project = Project::new(&[
        ("Cargo.toml", &text),
        ("src/lib.rs", "pub use sourcing::schema;"),
    ]);
    assert_eq!(project.es(TELL).code, 0);
}

#[test]
fn patches_hold() {
    let text = manifest(
        "patched",
        "strsim = \"0.11\"\n[patch.crates-io]\nstrsim = { path = \"mine\" }",
    );
    let project = Project::new(&[
        ("Cargo.toml", &text),
        ("src/lib.rs", "pub use strsim::ONLY_IN_MINE;"),
        (
            "mine/Cargo.toml",
            "[package]\nname = \"strsim\"\nversion = \"0.11.1\"\nedition = \"2024\"\n",
        ),
        (
            "mine/src/lib.rs",
            "pub const ONLY_IN_MINE: u8 = 1;\npub fn jaro_winkler(_: &str, _: &str) -> f64 { 0.0 }\n\
             pub fn damerau_levenshtein(_: &str, _: &str) -> usize { 0 }\npub fn levenshtein(_: &str, _: &str) -> usize { 0 }",
        ),
    ]);
    assert_eq!(project.es(TELL).code, 0);
}

#[test]
fn a_lock_file_that_changes_is_followed() {
    let project = Project::new(&[
        ("Cargo.toml", &manifest("locked", "")),
        ("src/lib.rs", EVENT),
    ]);
    assert_eq!(project.es(TELL).code, 0);
    let lock = std::fs::read_to_string(project.path("Cargo.lock")).unwrap();
    project.write("Cargo.lock", &format!("{lock}\n"));
    let told = project.es(TELL);
    assert_eq!((told.code, told.compiled()), (0, vec![]), "{}", told.stderr);
}

#[test]
fn code_that_does_not_compile_is_shown_as_the_compiler_shows_it() {
    let project = Project::new(&[
        ("Cargo.toml", &manifest("red", "")),
        (
            "src/lib.rs",
            "fn unused() {}\npub fn wrong() -> u8 { \"text\" }\n",
        ),
    ]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("error[E0308]: mismatched types\n"),
        "{}",
        told.stderr
    );
    assert!(told.stderr.contains("src/lib.rs:2:24"), "{}", told.stderr);
    assert!(!told.stderr.contains("unused"), "{}", told.stderr);
    assert!(told.stderr.ends_with(
        "error: `red` does not compile, so its events are not known: mend the errors above\n"
    ));
}

#[test]
fn what_cannot_be_asked_says_why() {
    let text = manifest("alone", "").replace("es-core =", "# es-core =");
    let project = Project::new(&[("Cargo.toml", &text), ("src/lib.rs", "")]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr
            .contains("`es-core` is not among the dependencies of `alone`"),
        "{}",
        told.stderr
    );

    let project = Project::new(&[
        (
            "Cargo.toml",
            &manifest("macros", "[lib]\nproc-macro = true"),
        ),
        ("src/lib.rs", ""),
    ]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("`macros` is a procedural macro"),
        "{}",
        told.stderr
    );

    let project = Project::new(&[
        ("Cargo.toml", &manifest("tests-only", "")),
        ("tests/a.rs", ""),
    ]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("neither a library nor a binary"),
        "{}",
        told.stderr
    );

    let project = Project::new(&[]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("there is no `Cargo.toml` in"),
        "{}",
        told.stderr
    );

    let project = Project::new(&[
        (
            "Cargo.toml",
            &manifest("missing", "not-on-this-machine-es = \"1\""),
        ),
        ("src/lib.rs", ""),
    ]);
    let told = project.es(TELL);
    assert_eq!(told.code, 2);
    assert!(
        told.stderr.contains("run `cargo fetch --manifest-path"),
        "{}",
        told.stderr
    );
}
