//! The README shows this package's files word for word, and what the program prints.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

const README: &str = include_str!("../../../README.md");

/// The README's blocks of code: language and text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut blocks = Vec::new();
    let mut rest = README;
    while let Some((_, fenced)) = rest.split_once("\n```") {
        let (language, text) = fenced.split_once('\n').unwrap();
        let (text, after) = text.split_once("```\n").unwrap();
        blocks.push((language, text));
        rest = after;
    }
    blocks
}

#[test]
fn the_readme_shows_the_files_as_they_are() {
    for (name, file) in [
        ("src/lib.rs", include_str!("../src/lib.rs")),
        ("src/main.rs", include_str!("../src/main.rs")),
        ("tests/card.rs", include_str!("card.rs")),
    ] {
        assert!(
            blocks().iter().any(|(_, text)| *text == file),
            "no block of the README is {name}"
        );
    }
}

#[test]
fn the_readme_shows_what_the_program_prints_however_often_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let shown = blocks()
        .iter()
        .find_map(|(_, text)| text.starts_with("issued as version").then_some(*text))
        .unwrap();
    for _ in 0..2 {
        let output = Command::new(env!("CARGO_BIN_EXE_giftcard"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(without_times(&printed), without_times(shown));
    }
}

/// An audit trail's times differ from run to run.
fn without_times(text: &str) -> Vec<String> {
    let words = |line: &str| {
        let words = line.split_whitespace();
        let words = words.filter(|word| !(word.starts_with("20") && word.ends_with('Z')));
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(words).collect()
}
