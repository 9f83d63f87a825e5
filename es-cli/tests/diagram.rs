//! The map that `cargo es diagram` draws.

use crate::project::{EVENT, Project, manifest};

const CARDS: &str = "use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = \"card\")]
pub enum CardEvent { Issued { cents: u64 }, Redeemed { cents: u64 } }

#[derive(Command, Clone, Debug)]
pub enum CardCommand { Issue { cents: u64 }, Redeem { cents: u64 } }

/// A gift card.
#[derive(Aggregate, Debug)]
#[aggregate(
    name = \"card\", id = String, error = std::fmt::Error,
    commands = CardCommand, events = CardEvent, created_by(Issued),
)]
pub struct Card {
    #[apply(Issued = cents, Redeemed -= cents)]
    left: u64,
}

#[handlers]
impl Card {
    fn issue(cmd: Issue) -> Result<Issued, std::fmt::Error> { Ok(Issued { cents: cmd.cents }) }
    fn redeem(&self, cmd: Redeem) -> Result<Redeemed, std::fmt::Error> { Ok(Redeemed { cents: cmd.cents }) }
}

#[derive(Default)]
pub struct Sold(u64);

#[projection(name = \"sold\")]
impl Sold {
    #[on]
    fn issued(&mut self, e: &Issued) { self.0 += e.cents; }
}

#[derive(Default)]
pub struct Rounding;

#[policy(name = \"rounding\")]
impl Rounding {
    #[on]
    fn redeemed(&self, e: &Redeemed, id: &String) -> Option<To<Redeem>> {
        (e.cents == 99).then(|| Redeem { cents: 1 }.to(id))
    }
}
";

const MERMAID: &str = "flowchart LR
  subgraph aggregate_card[\"card\"]
    command_card__issue[/\"card.issue\"/]:::command
    command_card__redeem[/\"card.redeem\"/]:::command
    event_card__issued([\"card.issued v1\"]):::event
    event_card__redeemed([\"card.redeemed v1\"]):::event
    command_card__issue --> event_card__issued
    command_card__redeem --> event_card__redeemed
  end
  policy_rounding{{\"rounding\"}}:::policy
  event_card__redeemed --> policy_rounding
  policy_rounding --> command_card__redeem
  projection_sold[(\"sold\")]:::projection
  event_card__issued --> projection_sold
  classDef command fill:#a9d0f5,stroke:#2b6cb0,color:#000
  classDef event fill:#fbd38d,stroke:#c05621,color:#000
  classDef retired fill:#eee,stroke:#999,color:#555
  classDef projection fill:#c6f6d5,stroke:#2f855a,color:#000
  classDef policy fill:#e9d8fd,stroke:#6b46c1,color:#000
";

/// Those of a workspace whose packages are named so.
fn workspace(members: &[(&str, &str, &str)]) -> Project {
    let names: Vec<String> = members.iter().map(|it| format!("\"{}\"", it.0)).collect();
    let root = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        names.join(", ")
    );
    let project = Project::new(&[("Cargo.toml", &root)]);
    for (name, file, text) in members {
        project.write(
            &format!("{name}/Cargo.toml"),
            &manifest(name, "thiserror = \"2\""),
        );
        project.write(&format!("{name}/src/{file}"), text);
    }
    project
}

#[test]
fn a_map_is_drawn_of_libraries_and_of_binaries() {
    let main = format!("{CARDS}\nfn main() {{}}\n");
    let two = "#[path = \"../cards.rs\"]\nmod cards;\nfn main() {}";
    let other = CARDS.replace("card", "voucher").replace("sold", "vouched");
    let project = workspace(&[
        ("map-library", "lib.rs", CARDS),
        ("map-binary", "main.rs", &main),
        ("map-binaries", "bin/one.rs", two),
        ("map-other", "lib.rs", &other.replace("rounding", "other")),
        (
            "map-differs",
            "lib.rs",
            &CARDS.replace("name = \"sold\"", "name = \"sold\", version = 2"),
        ),
        ("map-events", "lib.rs", EVENT),
    ]);
    project.write("map-binaries/src/bin/two.rs", two);
    project.write("map-binaries/src/cards.rs", CARDS);

    for package in ["map-library", "map-binary", "map-binaries"] {
        let drawn = project.es(&["diagram", "-p", package]);
        assert_eq!(drawn.code, 0, "{}", drawn.stderr);
        assert_eq!(drawn.stdout, MERMAID, "{package}");
    }

    let json = project.es_in(
        "map-library",
        &["diagram", "--format", "json", "-o", "map.json"],
    );
    assert_eq!((json.code, &*json.stdout), (0, ""), "{}", json.stderr);
    let json = project.read("map-library/map.json");
    let model: es_core::EventModel = serde_json::from_str(&json).unwrap();
    assert_eq!(model.to_mermaid(), MERMAID);
    assert_eq!(model.aggregates[0].docs, "A gift card.");

    let both = project.es(&["diagram", "-p", "map-other", "-p", "map-library"]);
    let turned = project.es(&["diagram", "-p", "map-library", "-p", "map-other"]);
    assert_eq!(both.stdout, turned.stdout, "{}", both.stderr);
    for line in MERMAID.lines() {
        assert!(both.stdout.contains(line), "`{line}`: {}", both.stdout);
    }
    assert!(both.stdout.contains("voucher.redeem"), "{}", both.stdout);

    let differs = project.es(&["diagram", "-p", "map-library", "-p", "map-differs"]);
    assert_eq!(
        (differs.code, last_line(&differs.stderr)),
        (
            2,
            "error: `map-differs` declares the projection `sold` otherwise than the packages before it: ask for one of them at a time, with `-p`"
        )
    );
    let none = project.es(&["diagram", "-p", "map-events"]);
    assert_eq!(
        (none.code, last_line(&none.stderr)),
        (
            2,
            "error: no aggregate is declared in `map-events`: an aggregate has `#[derive(Aggregate)]`, and its module or feature is turned on; name the package that has it with `-p`"
        )
    );
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// The domain of `examples/bank`, which by itself would have SQLite compiled once more.
#[test]
fn the_map_of_the_bank() {
    let account = include_str!("../../examples/bank/src/account.rs");
    let project = workspace(&[("map-bank", "lib.rs", account)]);
    let drawn = project.es(&["diagram", "-p", "map-bank"]);
    assert_eq!(drawn.code, 0, "{}", drawn.stderr);
    let bank = "flowchart LR
  subgraph aggregate_account[\"account\"]
    command_account__open[/\"account.open\"/]:::command
    command_account__deposit[/\"account.deposit\"/]:::command
    command_account__withdraw[/\"account.withdraw\"/]:::command
    command_account__close[/\"account.close\"/]:::command
    event_account__opened([\"account.opened v1\"]):::event
    event_account__deposited([\"account.deposited v1\"]):::event
    event_account__withdrawn([\"account.withdrawn v1\"]):::event
    event_account__closed([\"account.closed v1\"]):::event
    command_account__open --> event_account__opened
    command_account__deposit --> event_account__deposited
    command_account__withdraw --> event_account__withdrawn
    command_account__close --> event_account__closed
  end
  classDef ";
    assert!(drawn.stdout.starts_with(bank), "{}", drawn.stdout);
}
