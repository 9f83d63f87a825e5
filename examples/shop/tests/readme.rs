//! What the README says is so.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::api::TestShop;
use crate::running::Running;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// Whether the README is to be written anew: `ES_UPDATE=1`.
fn updates() -> bool {
    std::env::var_os("ES_UPDATE").is_some()
}

/// The README, with what is in its blocks of a language replaced.
fn with_blocks(language: &str, mut replace: impl FnMut(&str) -> String) -> (String, String) {
    let before = fs::read_to_string(PATH).unwrap();
    let mut after = String::new();
    let mut rest = before.as_str();
    let fence = format!("```{language}\n");
    while let Some((text, block)) = rest.split_once(&fence) {
        let (block, behind) = block.split_once("```").unwrap();
        after += &format!("{text}{fence}{}```", replace(block));
        rest = behind;
    }
    after += rest;
    (before, after)
}

/// One after the other, since both may write it.
#[cfg(unix)]
#[tokio::test]
async fn the_readme_is_so() {
    let shop = TestShop::open().await;
    let mermaid = shop.shop.app.model().to_mermaid();
    hold("mermaid", |_| mermaid.clone());

    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(&folder.path().join("shop.db"), &["--demo"]);
    let host = running.url.strip_prefix("http://").unwrap();
    hold("console", |block| walk(block, host));
}

fn hold(language: &str, replace: impl FnMut(&str) -> String) {
    let (before, after) = with_blocks(language, replace);
    if updates() {
        fs::write(PATH, after).unwrap();
    } else {
        assert!(
            before == after,
            "the README is out of date: run `ES_UPDATE=1 cargo test -p shop readme`; it would be\n{after}"
        );
    }
}

/// Runs the commands of a block, and answers it with what they print.
fn walk(block: &str, host: &str) -> String {
    let mut answer = String::new();
    for step in format!("\n{block}").split("\n$ ").skip(1) {
        // A command goes on over lines that are indented.
        let mut lines = step.lines().peekable();
        let mut command = lines.next().unwrap().to_owned();
        while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
            command += &format!("\n{line}");
        }
        let expected: Vec<_> = lines.collect();
        let printed = run(&command, host, &expected.join("\n"));
        answer += &format!("$ {command}\n{printed}\n");
    }
    answer
}

/// Runs a command. A question is asked again until the answer is the expected one: a reader is
/// slower than the policies.
fn run(command: &str, host: &str, expected: &str) -> String {
    let is_question = !["-X", "--json"].iter().any(|part| command.contains(part));
    let begin = Instant::now();
    loop {
        let output = Command::new("sh")
            .args(["-c", &command.replace("localhost:3000", host)])
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed = without_times(printed.trim_end());
        let patience = Duration::from_secs(if updates() { 1 } else { 20 });
        if printed == expected || !is_question || begin.elapsed() > patience {
            return printed;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// With all times being one, and all attempts the third.
fn without_times(text: &str) -> String {
    let text = (1..10).fold(text.to_owned(), |text, attempts| {
        text.replace(&format!("\"attempts\":{attempts}"), "\"attempts\":3")
    });
    let mut parts = text.split("\"2");
    let mut answer = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let time = part.split('"').next().unwrap_or_default();
        if time.len() > 15 && time.ends_with('Z') {
            answer += "\"2026-01-02T09:00:00Z";
            answer += &part[time.len()..];
        } else {
            answer += "\"2";
            answer += part;
        }
    }
    answer
}
