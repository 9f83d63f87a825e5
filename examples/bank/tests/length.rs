//! How much a user of `es` writes is a promise.

/// Lines of code: neither blank nor comment. `cargo fmt --check` holds their layout.
#[test]
fn the_whole_domain_is_at_most_70_lines() {
    let lines = include_str!("../src/account.rs")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count();
    assert!(lines <= 70, "src/account.rs has {lines} lines of code");
}
